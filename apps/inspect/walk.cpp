#include "apps/inspect/walk.h"

#include "core/ops.h"
#include "layers/pooling.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

Tensor walk_in(const std::string& name, Module& module, const Tensor& x, const Visitor& visit) {
  const std::string prefix = name.empty() ? "" : name + '.';
  if (dynamic_cast<Sequential*>(&module)) {
    Tensor y = x;
    for (const Module::Child& child : module.children())
      y = walk_in(prefix + child.name, *child.module, y, visit);
    return y;
  }
  if (dynamic_cast<Residual*>(&module)) {  // main(x) + shortcut(x), or + x
    const auto& parts = module.children();
    const Tensor y = walk_in(prefix + parts[0].name, *parts[0].module, x, visit);
    return y + (parts.size() > 1 ? walk_in(prefix + parts[1].name, *parts[1].module, x, visit) : x);
  }
  const Tensor y = module.forward(x);
  visit(name, module, x, y);
  return y;
}

}  // namespace

Tensor walk(Module& model, const Tensor& x, const Visitor& visit) { return walk_in("", model, x, visit); }

Unchanged::Unchanged(Module& model) : model_(model) {
  for (const StateEntry& e : model.state_dict()) {
    state_.push_back({e.name, e.tensor.defined() ? e.tensor.clone() : Tensor(),
                      e.counter ? std::make_shared<std::int64_t>(*e.counter) : nullptr});
  }
  model.for_each([&](Module& m) {
    if (const Rng* rng = m.random()) random_.push_back(rng->words());
  });
}

Unchanged::~Unchanged() {
  model_.load(state_);
  std::size_t i = 0;
  model_.for_each([&](Module& m) {
    if (Rng* rng = m.random()) rng->set_words(random_[i++]);
  });
  for (const Parameter& p : model_.parameters()) p.tensor.zero_grad();
  model_.train();
}

}}  // namespace norma
