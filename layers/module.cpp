#include "layers/module.h"

#include <algorithm>
#include <map>

namespace norma { inline namespace NORMA_BUILD {
namespace {

/// The name of an entry of weight or spectral normalization in the words of torch.nn.utils, if it is in those of
/// torch.nn.utils.parametrizations; other names stay.
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

void Module::train() { set_mode(true, Statistics::running); }

void Module::eval(Statistics statistics) { set_mode(false, statistics); }

void Module::set_mode(bool training, Statistics statistics) {
  training_ = training;
  statistics_ = statistics;
  for (Child& child : children_) child.module->set_mode(training, statistics);
}

Tensor Module::parameter(const std::string& name, Tensor value, bool decay) {
  if (value.defined()) parameters_.push_back({name, value.set_requires_grad(true), decay});
  return value;
}

void Module::drop_parameter(const std::string& name) {
  std::erase_if(parameters_, [&](const Parameter& p) { return p.name == name; });
}

Tensor Module::buffer(const std::string& name, Tensor value) {
  if (value.defined()) buffers_.push_back({name, value, nullptr});
  return value;
}

std::shared_ptr<std::int64_t> Module::counter(const std::string& name) {
  auto value = std::make_shared<std::int64_t>(0);
  buffers_.push_back({name, {}, value});
  return value;
}

void Module::collect(const std::string& prefix, std::vector<Parameter>* parameters, StateDict* state) const {
  for (const Parameter& p : parameters_) {
    if (parameters) parameters->push_back({prefix + p.name, p.tensor, p.decay});
    if (state) state->push_back({prefix + p.name, p.tensor, nullptr});
  }
  for (const StateEntry& b : buffers_) {
    if (state) state->push_back({prefix + b.name, b.tensor, b.counter});
  }
  for (const Child& child : children_) child.module->collect(prefix + child.name + '.', parameters, state);
}

std::vector<Parameter> Module::parameters() const {
  std::vector<Parameter> result;
  collect("", &result, nullptr);
  return result;
}

StateDict Module::state_dict() const {
  StateDict result;
  collect("", nullptr, &result);
  return result;
}

void Module::load(const StateDict& given) {
  const StateDict mine = state_dict();
  std::map<std::string, const StateEntry*> found;
  for (const StateEntry& g : given)
    check(found.emplace(plain_name(g.name), &g).second, "load: ", g.name,
          " is there twice in the given state");
  auto find = [&](const StateEntry& e) {
    const auto it = found.find(e.name);
    return it == found.end() ? nullptr : it->second;
  };
  for (const StateEntry& e : mine) {
    const StateEntry* g = find(e);
    if (!g && e.counter) continue;
    check(g != nullptr, "load: ", e.name, " is missing from the given state");
    check(bool(e.counter) == bool(g->counter), "load: ", e.name, " is ",
          g->counter ? "an integer" : "a tensor of reals", " in the given state, ",
          e.counter ? "an integer" : "a tensor of reals", " wanted");
    if (e.counter) {
      constexpr std::int64_t most = std::int64_t{1} << 62;  // counting on does not overflow
      check(*g->counter >= 0 && *g->counter <= most, "load: ", e.name, " is ", *g->counter,
            " in the given state, a count from 0 to 2^62 wanted");
    } else {
      check(e.tensor.shape() == g->tensor.shape(), "load: ", e.name, " has shape ", g->tensor.shape(),
            " in the given state, ", e.tensor.shape(), " wanted");
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

void Sequential::remove(std::size_t i) {
  remove_child(i);
  for (; i < children().size(); ++i) rename_child(i, std::to_string(i));
}

Tensor Sequential::forward(const Tensor& x) {
  Tensor y = x;
  for (const Child& layer : children()) y = layer.module->forward(y);
  return y;
}

std::string Sequential::describe() const {
  return "Sequential(" + std::to_string(children().size()) + " layers)";
}

}}  // namespace norma
