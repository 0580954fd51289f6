// What a data set consists of: in a line, in tables, and as a sheet of samples for a page.
#pragma once

#include <string>

#include "apps/report/html.h"
#include "apps/report/table.h"
#include "data/dataset.h"

namespace norma { inline namespace NORMA_BUILD {

/// "28×28 in grey"
std::string size_words(const Dataset& data);

/// "28×28 in grey, 10 classes; chance level 11.35%; mean 0.131, deviation 0.308": of the training set, except
/// the chance level, the share of the largest class of the test set, which always answering it would reach.
std::string summary_words(const DataPair& data);

/// Each class with the numbers of its training and test samples and its share of the test set.
Table class_table(const DataPair& data);

/// Each channel's mean and deviation over the training set, in parts of full.
Table channel_table(const DataPair& data);

/// Ten training samples of each class, the first ones, in a row each.
void add_samples(Page& page, const Dataset& train);

}}  // namespace norma
