// Pooling layers, and what joins layers of a convolutional network: Flatten and Residual.
#pragma once

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

/// Means of as many windows as are asked for (core/pooling.h); 1 is the mean of each channel. No state.
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

// On (N, C, L), (N, C, H, W) and (N, C, D, H, W); error on x of another rank.
struct MaxPool1d final : MaxPool {
  explicit MaxPool1d(const Sizes& kernel, const MaxPoolOptions& options = {}) : MaxPool(1, kernel, options) {}
};
struct MaxPool2d final : MaxPool {
  explicit MaxPool2d(const Sizes& kernel, const MaxPoolOptions& options = {}) : MaxPool(2, kernel, options) {}
};
struct MaxPool3d final : MaxPool {
  explicit MaxPool3d(const Sizes& kernel, const MaxPoolOptions& options = {}) : MaxPool(3, kernel, options) {}
};
struct AvgPool1d final : AvgPool {
  explicit AvgPool1d(const Sizes& kernel, const AvgPoolOptions& options = {}) : AvgPool(1, kernel, options) {}
};
struct AvgPool2d final : AvgPool {
  explicit AvgPool2d(const Sizes& kernel, const AvgPoolOptions& options = {}) : AvgPool(2, kernel, options) {}
};
struct AvgPool3d final : AvgPool {
  explicit AvgPool3d(const Sizes& kernel, const AvgPoolOptions& options = {}) : AvgPool(3, kernel, options) {}
};
struct AdaptiveAvgPool1d final : AdaptiveAvgPool {
  explicit AdaptiveAvgPool1d(const Sizes& output_size) : AdaptiveAvgPool(1, output_size) {}
};
struct AdaptiveAvgPool2d final : AdaptiveAvgPool {
  explicit AdaptiveAvgPool2d(const Sizes& output_size) : AdaptiveAvgPool(2, output_size) {}
};
struct AdaptiveAvgPool3d final : AdaptiveAvgPool {
  explicit AdaptiveAvgPool3d(const Sizes& output_size) : AdaptiveAvgPool(3, output_size) {}
};

/// (N, …) → (N, D), D the product of the other dimensions. Error on x of rank 0.
struct Flatten final : Module {
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "Flatten(start_dim=1, end_dim=-1)"; }
};

/// y = main(x) + shortcut(x), or main(x) + x without a shortcut (He et al. 2016, arXiv 1512.03385, eqs. 1 and 2).
/// State: that of main as "main.…" and of shortcut as "shortcut.…".
class Residual final : public Module {
 public:
  explicit Residual(Sequential main);
  Residual(Sequential main, Sequential shortcut);

  /// Error, naming both shapes, if the summands differ in shape.
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  Sequential &main_, *shortcut_ = nullptr;
};

}}  // namespace norma
