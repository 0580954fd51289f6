// Module::load().
#include <algorithm>
#include <map>

#include "layers/module.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

/// The name of an entry of weight or spectral normalization in the words of torch.nn.utils, if it is in those
/// of torch.nn.utils.parametrizations; other names stay.
std::string plain_name(const std::string& name) {
  constexpr std::pair<const char*, const char*> words[] = {
      {"original0", "g"}, {"original1", "v"}, {"original", "orig"}, {"0._u", "u"}, {"0._v", "v"}};
  const std::string middle = "parametrizations.weight.";
  const std::size_t at = name.rfind(middle);
  if (at == name.npos || (at > 0 && name[at - 1] != '.')) return name;
  for (const auto& [theirs, ours] : words)
    if (name.substr(at + middle.size()) == theirs) return name.substr(0, at) + "weight_" + ours;
  return name;
}

}  // namespace

void Module::load(const StateDict& given) {
  const StateDict mine = state_dict();
  std::map<std::string, const StateEntry*> found;
  for (const StateEntry& g : given)
    check(found.emplace(plain_name(g.name), &g).second, "load: ", g.name, " is in the state twice");
  auto find = [&](const StateEntry& e) {
    const auto it = found.find(e.name);
    return it == found.end() ? nullptr : it->second;
  };
  for (const StateEntry& e : mine) {
    const StateEntry* g = find(e);
    if (!g && e.counter) continue;
    check(g != nullptr, "load: ", e.name, " is missing from the state");
    check(bool(e.counter) == bool(g->counter), "load: ", e.name, ": expected ",
          e.counter ? "an integer" : "a tensor of reals", ", got ",
          g->counter ? "an integer" : "a tensor of reals");
    if (e.counter) {
      constexpr std::int64_t most = std::int64_t{1} << 62;  // counting on does not overflow
      check(*g->counter >= 0 && *g->counter <= most, "load: ", e.name,
            ": expected a count from 0 to 2^62, got ", *g->counter);
    } else {
      check(e.tensor.shape() == g->tensor.shape(), "load: ", e.name, ": expected shape ", e.tensor.shape(),
            ", got ", g->tensor.shape());
    }
  }
  for (const StateEntry& g : given)
    check(std::any_of(mine.begin(), mine.end(),
                      [name = plain_name(g.name)](const StateEntry& e) { return e.name == name; }),
          "load: the model has no ", g.name);
  for (const StateEntry& e : mine) {
    const StateEntry* g = find(e);
    if (e.counter)
      *e.counter = g ? *g->counter : 0;
    else
      e.tensor.copy_from(g->tensor);
  }
}

}}  // namespace norma
