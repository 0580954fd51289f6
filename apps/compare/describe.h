// A run in words, for the first lines of a command and the last of a page.
#pragma once

#include <string>

#include "apps/run/config.h"
#include "data/dataset.h"

namespace norma { inline namespace NORMA_BUILD {

/// "784-100-100-100-10, sigmoid, batch norm before it"
std::string network_words(const RunConfig& config, const Dataset& data);

/// "SGD, lr 0.1, momentum 0.9, batches of 60"
std::string optimizer_words(const RunConfig& config);

/// What one should know of the samples that a run takes, in sentences; else "": that each epoch leaves out a
/// last batch of one, which batch normalization cannot train on; that its statistics follow the order of the
/// file; that not all classes are among the first samples.
std::string sample_words(const RunConfig& resolved, const Dataset& train);

}}  // namespace norma
