// Layers whose weight is made by a formula: loading states, and names of PyTorch's parametrizations.
#include "layers/weighted.h"

#include <doctest/doctest.h>

#include "core/reparametrize.h"
#include "layers/linear.h"
#include "layers/network/build.h"
#include "layers/weight_norm.h"
#include "tests/support/reference.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_weighted_test {

using namespace reference;

TEST_CASE(
    "load: names of PyTorch's parametrizations and counters that are missing, wherever they are nested") {
  const char* text = "conv 2 3, bn, relu, residual(conv 2 3, wn | conv 2 1, sn), flatten, linear 3, wn";
  BuildOptions options;
  options.sample = Shape{1, 28, 28};
  Sequential from = build(parse_layers(text), options), to = build(parse_layers(text), options);
  from(random_tensor({4, 1, 28, 28}, 1));
  StateDict theirs;
  std::string renamed;
  for (StateEntry e : from.state_dict()) {
    if (e.counter) continue;
    const std::size_t at = e.name.rfind("weight_");
    if (at != e.name.npos) {
      const bool spectral = e.name.find("shortcut") != e.name.npos;
      const std::string end = e.name.substr(at + 7);
      e.name = e.name.substr(0, at) + "parametrizations.weight." +
               (!spectral       ? (end == "g" ? "original0" : "original1")
                : end == "orig" ? "original"
                                : "0._" + end);
      renamed += e.name + ' ';
    }
    theirs.push_back(e);
  }
  CHECK(renamed ==
        "3.main.0.parametrizations.weight.original0 3.main.0.parametrizations.weight.original1 "
        "3.shortcut.0.parametrizations.weight.original 3.shortcut.0.parametrizations.weight.0._u "
        "3.shortcut.0.parametrizations.weight.0._v 5.parametrizations.weight.original0 "
        "5.parametrizations.weight.original1 ");
  for (const StateEntry& e : to.state_dict()) {
    if (e.counter) *e.counter = 5;
    for (Index i = 0; !e.counter && i < e.tensor.size(); ++i) Tensor(e.tensor)[i] += 1;
  }
  to.load(theirs);
  const StateDict a = from.state_dict(), b = to.state_dict();
  for (std::size_t i = 0; i < a.size(); ++i) {
    INFO(a[i].name);
    if (a[i].counter)
      CHECK((*a[i].counter == 1 && *b[i].counter == 0));
    else
      CHECK(numbers(a[i].tensor) == numbers(b[i].tensor));
  }
  Linear alone(2, 3);
  weight_norm(alone);
  const StateDict own = alone.state_dict();
  CHECK(error_of([&] {
          alone.load({own[0],
                      {"parametrizations.weight.original0", own[1].tensor, nullptr},
                      {"parametrizations.weight.original1", own[2].tensor, nullptr}});
        }) == "no error");
  StateDict twice = own;
  twice.push_back({"parametrizations.weight.original0", own[1].tensor, nullptr});
  CHECK(error_of([&] { alone.load(twice); }) ==
        "load: parametrizations.weight.original0 is in the state twice");
  twice.back().name = "parametrizations.weight.1._u";
  CHECK(error_of([&] { alone.load(twice); }) == "load: the model has no parametrizations.weight.1._u");
}

}  // namespace layers_weighted_test
}}  // namespace norma
