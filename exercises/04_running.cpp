// Exercise 4: running statistics, and what they are for. 15 minutes.
//
// At inference an example may come alone, and its answer must not depend on its neighbours. So training
// gathers averages, and inference normalizes by these. After each training batch of m examples, for every
// feature:
//
//   running_mean ← (1 − f) running_mean + f μ
//   running_var  ← (1 − f) running_var  + f m/(m − 1) σ²
//
// f is the momentum, in PyTorch's and Norma's sense: the weight of the newest batch. μ and σ² are the batch's
// mean and biased variance, as in exercise 1; m/(m − 1) makes the variance unbiased. At inference
//
//   y = γ (x − running_mean)/√(running_var + ε) + β
//
// Write both functions. A Tensor is a handle: running_mean[k] = … writes into the tensor of the caller.
//
// In the paper: Algorithm 2. With numbers: `norma explain mini-batch`, `norma explain train-eval`; how other
// frameworks write f: `norma explain conventions`.
//
//   sh exercises/grade.sh 4
#include <cmath>

#include "exercises/grade/grade.h"

using namespace norma;

/// Takes the batch x (N, C), N ≥ 2, into running_mean (C) and running_var (C).
void update_running(const Tensor& x, double momentum, const Tensor& running_mean, const Tensor& running_var) {
  // write it here
}

/// x (N, C), all others (C) → y (N, C), at inference
Tensor bn_eval(const Tensor& x, const Tensor& gamma, const Tensor& beta, const Tensor& running_mean,
               const Tensor& running_var, double eps) {
  return {};  // write it here
}

int main() { return exercises::grade_running(update_running, bn_eval); }
