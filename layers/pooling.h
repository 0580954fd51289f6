// Pooling layers, and what joins layers of a convolutional network: Flatten and Residual.
#pragma once

#include <array>

#include "core/pooling.h"
#include "layers/module.h"

namespace norma { inline namespace NORMA_BUILD {

/// The largest of each window (core/pooling.h). No state.
class MaxPool : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

  const Sizes kernel;
  const MaxPoolOptions options;

 protected:
  /// Error unless sizes are one or `spatial` numbers.
  MaxPool(int spatial, const Sizes& kernel, const MaxPoolOptions& options);

 private:
  OperationName name_;
};

/// The mean of each window (core/pooling.h). No state.
class AvgPool : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

  const Sizes kernel;
  const AvgPoolOptions options;

 protected:
  /// Error unless sizes are one or `spatial` numbers.
  AvgPool(int spatial, const Sizes& kernel, const AvgPoolOptions& options);

 private:
  OperationName name_;
};

/// Means of a requested number of windows (core/pooling.h); 1 is the mean of each channel. No state.
class AdaptiveAvgPool : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

  const Sizes output_size;

 protected:
  /// Error unless sizes are one or `spatial` numbers.
  AdaptiveAvgPool(int spatial, const Sizes& output_size);

 private:
  OperationName name_;
};

/// Each for D spatial dimensions: on (N, C, L), (N, C, H, W) or (N, C, D, H, W); error on x of another rank.
template <int D>
struct MaxPoolNd final : MaxPool {
  explicit MaxPoolNd(const Sizes& kernel, const MaxPoolOptions& options = {}) : MaxPool(D, kernel, options) {}
};
template <int D>
struct AvgPoolNd final : AvgPool {
  explicit AvgPoolNd(const Sizes& kernel, const AvgPoolOptions& options = {}) : AvgPool(D, kernel, options) {}
};
template <int D>
struct AdaptiveAvgPoolNd final : AdaptiveAvgPool {
  explicit AdaptiveAvgPoolNd(const Sizes& output_size) : AdaptiveAvgPool(D, output_size) {}
};
using MaxPool1d = MaxPoolNd<1>;
using MaxPool2d = MaxPoolNd<2>;
using MaxPool3d = MaxPoolNd<3>;
using AvgPool1d = AvgPoolNd<1>;
using AvgPool2d = AvgPoolNd<2>;
using AvgPool3d = AvgPoolNd<3>;
using AdaptiveAvgPool1d = AdaptiveAvgPoolNd<1>;
using AdaptiveAvgPool2d = AdaptiveAvgPoolNd<2>;
using AdaptiveAvgPool3d = AdaptiveAvgPoolNd<3>;

/// (N, …) → (N, D), D the product of the other dimensions. Error on x of rank 0.
struct Flatten final : Module {
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "Flatten(start_dim=1, end_dim=-1)"; }
};

/// y = main(x) + shortcut(x), or main(x) + x without a shortcut (He et al. 2016, arXiv 1512.03385, eqs. 1 and
/// 2). State: that of main as "main.…" and of shortcut as "shortcut.…".
class Residual final : public Module {
 public:
  explicit Residual(Sequential main);
  Residual(Sequential main, Sequential shortcut);

  /// Error, naming both shapes, if the summands differ in shape.
  Tensor forward(const Tensor& x) override;
  Tensor forward_relu(const Tensor& x) override;
  std::string describe() const override;

 private:
  std::array<Tensor, 2> summands(const Tensor& x);

  Sequential &main_, *shortcut_ = nullptr;
};

}}  // namespace norma
