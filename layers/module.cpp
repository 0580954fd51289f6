#include "layers/module.h"

#include "core/ops.h"

namespace norma { inline namespace NORMA_BUILD {

void Module::set_mode(bool training, Statistics statistics) {
  training_ = training;
  statistics_ = statistics;
  for (Child& child : children_) child.module->set_mode(training, statistics);
}

Tensor Module::forward_relu(const Tensor& x) { return relu(forward(x)); }

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

void Sequential::remove(std::size_t i) {
  remove_child(i);
  for (; i < children().size(); ++i) rename_child(i, std::to_string(i));
}

Tensor Sequential::forward(const Tensor& x) {
  Tensor y = x;
  for (std::size_t i = 0; i < children().size(); ++i) {
    Module& layer = *children()[i].module;
    if (i + 1 < children().size() && children()[i + 1].module->is_relu()) {
      y = layer.forward_relu(y);
      ++i;
    } else {
      y = layer.forward(y);
    }
  }
  return y;
}

std::string Sequential::describe() const { return concat("Sequential(", children().size(), " layers)"); }

}}  // namespace norma
