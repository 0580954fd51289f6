// Data sets as folders of pictures: train/NAME/… and test/NAME/…, or NAME/… to be split, one folder per
// class.
#pragma once

#include <filesystem>

#include "data/dataset.h"
#include "data/image.h"

namespace norma { inline namespace NORMA_BUILD {

/// How pictures in folders become a data set.
struct PictureOptions {
  Colour colour = Colour::automatic;  // rgb if any picture has a colour, else grey
  Index height = 0, width = 0;        // of every picture, by data/resize_image.h; 0: they have one size
  // Share of each class that is for testing, if nothing else is; 0: there are train/ and test/; 1: all, and
  // there is no training set.
  double split = 0;
  std::uint64_t split_seed = 1;  // draws which
};

/// Whether `folder` holds a folder train/ or test/.
bool has_class_folders(const std::filesystem::path& folder);

/// Reads every file of folder/train/NAME/ and folder/test/NAME/, or, with options.split, of folder/NAME/
/// (data/read_image.h, not inverted). The classes are the NAMEs in the order of their bytes ("10" comes
/// before "2"); samples come one of each class in turn, each class in the order of its files' names, while
/// they last. A NAME that is not UTF-8 is escaped (core/text.h). What list_folder (data/formats/files.h)
/// leaves out is passed over. Of a class of n files that is split, the test set gets split · n, rounded, at
/// least 1 and at most n − 1, drawn by split_seed from the names in their order. The note of the pair says if
/// colours were dropped. Error, naming the file or folder: train/ or test/ is missing, or is there and should
/// be drawn; they have other classes than each other, fewer than 2 or more than 256; a class has no picture,
/// or one that is to be split; a file is not a picture, or of another size than the first and not to be
/// resized, or its sides are past 4096; all are more than 4 GiB.
DataPair read_image_folders(const std::filesystem::path& folder, const PictureOptions& options = {});

}}  // namespace norma
