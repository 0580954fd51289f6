// The one table of a run's options: their names, meanings and allowed values, for the command line,
// config.json and the factors of a comparison alike.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "apps/run/config.h"
#include "core/suggest.h"
#include "data/image_folder.h"
#include "layers/network/sentence.h"

namespace norma { inline namespace NORMA_BUILD {

struct Option {
  std::string name;     // "batch-size": --batch-size on the command line, "batch_size" in config.json
  std::string help;     // one line, with the allowed values
  std::string metavar;  // "N"
  enum class Kind { text, number, list, flag } kind;
  std::vector<std::string> choices;                         // the only values, if not empty
  std::function<void(RunConfig&, const std::string&)> set;  // Error on a value that is not allowed
  std::function<std::string(const RunConfig&)> get;         // set(c, get(c)) changes nothing
  std::string group = {};                                   // heading in the help
};

/// In the order of the help.
const std::vector<Option>& run_options();

/// '_' and '-' are the same. Error that names the nearest option.
const Option& find_option(const std::string& name);

/// "batch-size" → "batch_size": an option's key in config.json.
std::string key_of(std::string name);

/// The network of a configuration: --layers or the ready-made model, with --norm and its noise put in. Error
/// that names the option.
Sentence network(const RunConfig& config, Index classes = 10);

/// The configuration of the same network without its batch normalization, as folding leaves it. Changes
/// nothing else.
RunConfig without_batch_norm(RunConfig config);

/// What --colour may be.
const std::vector<Named<Colour>>& colours();

/// How the pictures of a folder become a data set.
PictureOptions picture_options(const RunConfig& config);

/// What --norm-freeze keeps as it was at the start.
struct Frozen {
  bool statistics, affine;
};
const std::vector<Named<Frozen>>& norm_freezes();
Frozen frozen(const RunConfig& config);

/// --activation, or the model's usual one; "" of a model that has none.
std::string activation_of(const RunConfig& config);

/// How many of its --accumulate parts share a batch's statistics, by --norm-group.
Index parts_in_group(const RunConfig& config);

/// The fewest samples of a batch that its parts can be made of, with statistics of two samples at least if
/// the network normalizes with them.
Index least_batch(const RunConfig& config);

/// Whether --norm puts a normalizer in.
bool normalizes(const RunConfig& config);

/// Whether it normalizes with the batch's statistics in training (--norm-freeze does not keep it from it) and
/// with averages of them in evaluation.
bool uses_batch_statistics(const RunConfig& config);

/// What an option needs to have an effect, if `config` lacks it ("--norm batch" for norm-eps); else "".
std::string missing_requirement(const RunConfig& config, const std::string& name);

/// Gives every option that has no effect its default.
void reset_unused(RunConfig& config);

/// Checks each value as its option does, wherever it came from, and what no single option can: batch
/// normalization with batches of one, …
void validate(const RunConfig& config);

/// As JSON, one key per line, in the table's order.
std::string to_json(const RunConfig& config);

/// Sets what the JSON object in `text` has; Error naming
/// `where`, and the key, on an unknown key or a wrong value.
void read_json(RunConfig& config, const std::string& text, const std::string& where);

}}  // namespace norma
