// Finds a data set by its name, or draws one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "data/image_folder.h"

namespace norma { inline namespace NORMA_BUILD {

/// How many samples load_data draws, and from which seed. The test set is drawn from another one.
struct Drawn {
  Index train = 12000;
  Index test = 2000;
  std::uint64_t seed = 1;
};

/// A data set that has a name.
struct DataRow {
  const char* name;     // what --data takes
  const char* printed;  // "MNIST": what reports call it
  const char* note;     // beside the name in the help; or ""
  bool digits;          // all prepared in the way of data/digit_image.h
  // Nothing if it is nowhere; if it is `needed`, an Error that says where it was looked for.
  std::optional<DataPair> (*load)(const std::filesystem::path& data_dir, const Drawn& drawn, bool needed);
};

/// In the order in which load_data("") tries them.
const std::vector<DataRow>& data_sets();

/// The row, or null: then the name is a folder's.
const DataRow* find_data_set(const std::string& name);

/// Reads or draws a training and a test set of the same classes and image size. `name` is one of
/// - "mnist": read from the first place that has any of its four files: data_dir if one is given, else
///   $NORMA_DATA_DIR, $XDG_CACHE_HOME/norma and ~/.cache/norma; in each, the folder mnist/ or the place
///   itself;
/// - "fashion-mnist" and "kmnist": the same four files in a folder of that name in one of those places;
/// - "cifar10": the six files of data/cifar10.h, from cifar10/ or cifar-10-batches-bin/ there, or the place;
/// - "digits" and "shapes": drawn by draw_digits and draw_shapes (data/digits.h, data/shapes.h), which need
/// no
///   file;
/// - "": as "mnist"; but as "digits" if no data_dir is given and MNIST is nowhere found;
/// - a folder of four IDX files, such as one of EMNIST's: its classes are 0 … its greatest training label;
/// - a folder of CIFAR-10's six files;
/// - a folder without IDX files that holds train/ and test/, each with one folder of pictures per class, or
///   with pictures.split those folders themselves: data/image_folder.h, which `pictures` is for.
///
/// The files are {train,t10k}-images-idx3-ubyte and {train,t10k}-labels-idx1-ubyte, plain or with .gz; "test"
/// may stand for "t10k", '.' for the '-' before idx, and one prefix before all four
/// ("emnist-balanced-train-images-idx3-ubyte.gz"). A file that is missing may be in a folder of its name.
/// Four plain files are taken before four gzipped ones; else no two may stand for the same. What list_folder
/// (data/formats/files.h) leaves out is passed over.
///
/// Error, one line naming the file or folder, what was found and what was expected: a missing folder or file,
/// two files for one, several sets in one folder, a file that read_idx refuses, numbers of images and labels
/// or sizes of training and test images that differ, a label past the classes, IDX files to be resized,
/// split or coloured.
DataPair load_data(const std::string& name, const std::filesystem::path& data_dir = {},
                   const Drawn& drawn = {}, const PictureOptions& pictures = {});

}}  // namespace norma
