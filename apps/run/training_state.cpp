#include "apps/run/training_state.h"

#include <array>
#include <bit>
#include <map>

#include "layers/spectral_norm.h"
#include "optim/optimizer.h"

namespace norma { inline namespace NORMA_BUILD {

StateDict training_state(Sequential& model, const Optimizer& optimizer, const SpectralPenalty* penalty,
                         const StateDict& best) {
  StateDict all;
  auto add = [&](const std::string& prefix, const StateDict& state) {
    for (const StateEntry& e : state) all.push_back({prefix + e.name, e.tensor, e.counter});
  };
  add("model.", model.state_dict());
  add("optimizer.", optimizer.state_dict());
  if (penalty) add("penalty.", penalty->state_dict());
  add("best.", best);
  int generators = 0;
  model.for_each([&](Module& m) {
    if (!m.random()) return;
    const std::string name = "random." + std::to_string(generators++) + ".";
    int i = 0;
    for (std::uint64_t word : m.random()->words())
      all.push_back({name + std::to_string(i++),
                     {},
                     std::make_shared<std::int64_t>(std::bit_cast<std::int64_t>(word))});
  });
  return all;
}

namespace {

// Error unless the state is all of the model's: load() does not miss a counter.
void load_all(Sequential& model, const StateDict& state) {
  model.load(state);
  const std::size_t entries = model.state_dict().size();
  check(state.size() == entries, "checkpoint: expected ", entries, " entries of the model, got ",
        state.size());
}

}  // namespace

StateDict restore(const StateDict& all, Sequential& model, Optimizer& optimizer,
                  const SpectralPenalty* penalty) {
  std::map<std::string, StateDict> parts;  // by the word before the first dot
  for (const StateEntry& e : all) {
    const std::size_t dot = std::min(e.name.find('.'), e.name.size());
    parts[e.name.substr(0, dot)].push_back(
        {e.name.substr(std::min(dot + 1, e.name.size())), e.tensor, e.counter});
  }
  for (const auto& part : parts)
    check(part.first == "model" || part.first == "optimizer" || part.first == "penalty" ||
              part.first == "random" || part.first == "best",
          "checkpoint: '", part.first, "' is not part of a run");
  StateDict best;
  if (!parts["best"].empty()) {
    load_all(model, parts["best"]);
    best = clone(model.state_dict());
  }
  load_all(model, parts["model"]);
  optimizer.load(parts["optimizer"]);
  const StateDict own = penalty ? penalty->state_dict() : StateDict();
  check(parts["penalty"].size() == own.size(), "penalty: expected ", own.size(), " vectors, got ",
        parts["penalty"].size());
  for (std::size_t i = 0; i < own.size(); ++i) {
    const StateEntry& e = parts["penalty"][i];
    check(e.name == own[i].name && e.tensor.defined(), "penalty: expected ", own[i].name, ", got ", e.name);
    own[i].tensor.copy_from(e.tensor);
  }
  std::size_t at = 0;
  const StateDict& words = parts["random"];
  model.for_each([&](Module& m) {
    if (!m.random()) return;
    std::array<std::uint64_t, 6> own_words{};
    for (std::uint64_t& word : own_words) {
      check(at < words.size() && words[at].counter, "random: the state of a generator is missing");
      word = std::bit_cast<std::uint64_t>(*words[at++].counter);
    }
    m.random()->set_words(own_words);
  });
  check(at == words.size(), "random: expected ", at, " words, got ", words.size());
  return best;
}

}}  // namespace norma
