// CIFAR-10 in a folder.
#pragma once

#include <filesystem>

#include "data/dataset.h"

namespace norma { inline namespace NORMA_BUILD {

/// Whether `folder` holds any of data_batch_1.bin … data_batch_5.bin and test_batch.bin.
bool has_cifar10(const std::filesystem::path& folder);

/// Reads the six files, of any number of records each (data/formats/cifar.h): samples of (3, 32, 32). Error,
/// naming the file, if one is missing, holds what another one holds, or read_cifar refuses it.
DataPair read_cifar10(const std::filesystem::path& folder);

}}  // namespace norma
