// A run in words, for the first lines of a command and the last of a page.
#pragma once

#include <string>

#include "apps/run/result.h"

namespace norma { inline namespace NORMA_BUILD {

/// "784-100-100-100-10, sigmoid, batch norm before it"
std::string network_words(const RunConfig& config, const Dataset& data);

/// "SGD, lr 0.1, momentum 0.9, batches of 60"
std::string optimizer_words(const RunConfig& config);

/// What one should know of the samples that a run takes, in sentences; else "": how many are held out; that
/// each epoch leaves out a last batch of one, which batch normalization cannot train on; that its statistics
/// follow the order of the file; that not all classes are among the first samples.
std::string sample_words(const RunConfig& resolved, const Dataset& train);

/// What to know of how a run ended, in sentences; else "": that its last evaluation is far below its best, by
/// more than a point and two standard errors; that it is no better on the test set than the answer of the
/// largest class alone, by two standard errors.
std::string ending_words(const RunResult& result, const DataPair& data);

}}  // namespace norma
