#include <norma/core/normalize_parts.h>

#include "exercises/grade/grade.h"
#include "exercises/grade/grader.h"

namespace exercises {
namespace {

// normalize() by these views.
Tensor by(const Tensor& x, const View& statistics, const Tensor& gamma, const Tensor& beta,
          const View& affine, double eps) {
  return normalize(x, statistics, moments(x, statistics), eps, gamma, beta, affine);
}

// Calls an answer; what normalize() refuses because of γ's and β's view is explained.
Tensor call(const std::function<Tensor()>& answer) {
  try {
    return answer();
  } catch (const Error& e) {
    if (std::string(e.what()).find("expected gamma and beta of shape") == std::string::npos) throw;
    wrong(
        "γ and β have another view than mean and variance: the last argument of normalize(). Which elements "
        "of x share a γ? Norma says: ",
        e.what());
  }
}

// The gradient of x through y, if y remembers where it came from.
void check_gradient(Grader& g, const std::string& name, const Tensor& y, const Tensor& x,
                    const Tensor& expected, const Tensor& dy) {
  if (!y.requires_grad()) {
    wrong("The values of ", name,
          " are right, but no gradient can flow back: y does not know that it came "
          "from x. normalize() records that by itself; return what it returns.");
  }
  y.backward(dy);
  g.compare(name + "'s gradient comes with it", "dx", x.grad(), expected);
}

Tensor leaf(const Tensor& values) {
  Tensor x = values.clone();
  x.set_requires_grad(true);
  return x;
}

void check_layer_norm(Grader& g, const LayerNormFunction& layer_norm) {
  const Index N = 5, D = 4;
  const double eps = large_eps;
  const Tensor x = normals({N, D}, 1, 2, 3), gamma = normals({D}, 2, 2), beta = normals({D}, 3),
               dy = normals({N, D}, 4);
  const View rows{1, N, D}, columns{N, D, 1};
  const Tensor reference = leaf(x), answered = leaf(x);
  const Tensor expected = by(reference, rows, gamma, beta, columns, eps);
  g.trying("layer_norm of x (5, 4)");
  const Tensor y = call([&] { return layer_norm(answered, gamma.clone(), beta.clone(), eps); });
  g.compare(
      "layer_norm: a mean and a variance for each example", "y", y, expected,
      {{by(x, columns, gamma, beta, columns, eps),
        "That is Batch Normalization: your means run down the columns. LayerNorm keeps one mean per row, "
        "over the D features of an example: which sizes does its View (outer, kept, inner) have?"},
       {by(x, {1, 1, N * D}, gamma, beta, columns, eps),
        "You keep one mean for the whole batch; LayerNorm keeps one for each of the N examples."},
       {by(x, rows, {}, {}, columns, eps), "x̂ is right, but γ and β are not used."},
       {by(x, rows, gamma, {}, columns, eps), "β is not added."},
       {by(x, rows, beta, gamma, columns, eps), "γ and β have changed places."}});
  expected.backward(dy);
  check_gradient(g, "layer_norm", y, answered, reference.grad(), dy);
}

// x (N, C, S) with channel c at place (c mod G)·C/G + c/G, and its inverse with C/G for G: groups of every
// G-th channel become groups of neighbours.
Tensor dealt(const Tensor& x, Index C, Index S, Index groups) {
  Tensor result(x.shape());
  for (Index i = 0; i < x.size(); ++i) {
    const Index n = i / (C * S), c = i / S % C, s = i % S;
    result[(n * C + c % groups * (C / groups) + c / groups) * S + s] = x[i];
  }
  return result;
}

void check_group_norm(Grader& g, const GroupNormFunction& group_norm) {
  const Index N = 2, C = 6, S = 5, G = 3;
  const double eps = large_eps;
  const Tensor x = normals({N, C, S}, 5, 2, 3), gamma = normals({C}, 6, 2), beta = normals({C}, 7),
               dy = normals({N, C, S}, 8);
  for (Index i = 0; i < x.size(); ++i) x[i] += static_cast<real>(i / S % C);  // channels that differ
  const View channels{N, C, S}, groups{1, N * G, C / G * S};
  const Tensor reference = leaf(x), answered = leaf(x);
  const Tensor expected = by(reference, groups, gamma, beta, channels, eps);
  const Tensor mixed = dealt(x, C, S, G);
  const Tensor interleaved = dealt(by(mixed, groups, {}, {}, channels, eps), C, S, C / G);
  g.trying("group_norm of x (2, 6, 5) in 3 groups");
  const Tensor y = call([&] { return group_norm(answered, G, gamma.clone(), beta.clone(), eps); });
  g.compare(
      "group_norm: a mean and a variance for each group of each image", "y", y, expected,
      {{by(x, channels, gamma, beta, channels, eps),
        "That is Batch Normalization: a mean per channel, shared by all images. GroupNorm's means belong to "
        "one image each."},
       {by(x, {1, N * C, S}, gamma, beta, channels, eps),
        "That is InstanceNorm: a mean for each channel. A group is C/G neighbouring channels, which share one."},
       {by(x, {1, N, C * S}, gamma, beta, channels, eps),
        "That is LayerNorm: a mean for each image. GroupNorm keeps G of them per image."},
       {by(x, {N, G, C / G * S}, gamma, beta, channels, eps),
        "Your groups share their mean with the same group of the other images: with outer = N the sums run "
        "over the images. A mean for each image and group: N·G are kept."},
       {scale_shift(interleaved, channels, gamma, beta),
        "Your groups take every G-th channel; a group is C/G neighbouring channels."},
       {by(x, groups, {}, {}, channels, eps), "x̂ is right, but γ and β are not used."}});
  expected.backward(dy);
  check_gradient(g, "group_norm", y, answered, reference.grad(), dy);

  g.trying("group_norm in 1 group and in 6");
  g.compare("one group: LayerNorm's statistics", "y",
            group_norm(x.clone(), 1, gamma.clone(), beta.clone(), eps),
            by(x, {1, N, C * S}, gamma, beta, channels, eps));
  g.compare("as many groups as channels: InstanceNorm", "y",
            group_norm(x.clone(), C, gamma.clone(), beta.clone(), eps),
            by(x, {1, N * C, S}, gamma, beta, channels, eps));
}

}  // namespace

int grade_views(const LayerNormFunction& layer_norm, const GroupNormFunction& group_norm, std::ostream& out) {
  return grade(out, "6: LayerNorm and GroupNorm from the same formula",
               "The engine's own: layers/layernorm.cpp and layers/groupnorm.cpp.", [&](Grader& g) {
                 check_layer_norm(g, layer_norm);
                 check_group_norm(g, group_norm);
               });
}

}  // namespace exercises
