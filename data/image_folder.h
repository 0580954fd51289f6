// Data sets as folders of pictures: train/NAME/… and test/NAME/…, one folder per class.
#pragma once

#include <filesystem>

#include "data/dataset.h"

namespace norma { inline namespace NORMA_BUILD {

/// Whether `folder` holds a folder train/ or test/.
bool has_class_folders(const std::filesystem::path& folder);

/// Reads every file of folder/train/NAME/ and folder/test/NAME/ (data/image.h; grey, neither scaled nor
/// inverted). The classes are the NAMEs in the order of their bytes ("10" comes before "2"); samples come one
/// of each class in turn, each class in the order of its files' names, while they last. A NAME that is not
/// UTF-8 is escaped (core/text.h). What list_folder (data/formats/files.h) leaves out is passed over. Error,
/// naming the file or folder: train/ or test/ is missing, they have other classes than each other, fewer than
/// 2 or more than 256; a class has no picture; a file is not a picture, or of another size than the first, or
/// its sides are past 4096; all are more than 4 GiB.
DataPair read_image_folders(const std::filesystem::path& folder);

}}  // namespace norma
