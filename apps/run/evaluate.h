// Loss and accuracy of a model on a whole set of samples.
#pragma once

#include <functional>
#include <optional>

#include "apps/run/result.h"
#include "data/loader.h"
#include "layers/module.h"

namespace norma { inline namespace NORMA_BUILD {

/// Samples in a batch of an evaluation while a run goes on: flat ones 1000, images, which fill the cache
/// sooner, 100. The final scores on the test set take each sample by itself, as norma eval and norma predict
/// do: a sample's logits differ by rounding in another batch, and if two classes are near, so does the
/// answer.
inline Index evaluation_batch(const BatchFormat& format) { return format.flat ? 1000 : 100; }

/// Loss and accuracy over all of `data` in inference mode, `batch_size` samples at a time; with
/// Statistics::batch each batch is normalized by itself, and a single sample that is left at the end joins
/// the batch before it (NaN if there is none). Batches are drawn by `seed`, so that each stands for the whole
/// set; without it they are in the order of `data`. `answer` gets the logits of each batch. The model is in
/// training mode afterwards.
Score evaluate(Module& model, const Dataset& data, const BatchFormat& format, Index batch_size,
               Statistics statistics, std::optional<std::uint64_t> seed = {},
               const std::function<void(const Tensor& logits)>& answer = {});

/// Of each class, for sample i by itself: the softmax of its logits, in the mode that the model is in. Error
/// if one is not finite.
std::vector<double> probabilities(Module& model, const Dataset& data, Index i, const BatchFormat& format);

/// Recomputes the running statistics as the plain mean over `samples` of the training set, drawn by the run's
/// seed, in batches as in training (Wu & Johnson 2021, arXiv 2105.07576, §3). The model is in training mode
/// afterwards.
void precise_statistics(Module& model, const Dataset& train, const BatchFormat& format, Index batch_size,
                        std::uint64_t seed, Index samples);

}}  // namespace norma
