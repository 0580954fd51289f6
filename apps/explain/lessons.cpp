#include "apps/explain/lessons.h"

namespace norma {

const std::vector<Lesson>& all_lessons() {
  static const std::vector<Lesson> lessons = {
      {"by-hand", "Seven steps by hand: 3 features, 4 examples", by_hand_lesson},
      {"mini-batch", "Four batches, their running statistics, and a batch of one", mini_batch_lesson},
      {"backward", "The gradient: in stages, in one line, autograd's, numerical", backward_lesson},
      {"train-eval", "What each mode uses, and what a forgotten model.eval() does", train_eval_lesson},
      {"conventions", "Momentum and variance in PyTorch, Keras and ONNX", conventions_lesson},
      {"variance", "Why E[x²] − E[x]² fails in float", variance_lesson},
      {"init", "Why std(h) = √n, and what 1/√n, √(2/n) and BN do about it", init_lesson},
      {"view", "Which elements share a mean: BN, LN, IN and GN are one function", view_lesson},
  };
  return lessons;
}

}  // namespace norma
