// Precise running statistics for a trained model.
#pragma once

#include "layers/channel_norm.h"

namespace norma { inline namespace NORMA_BUILD {

/// While one exists, model(x) under eval(Statistics::batch) gathers precise statistics: the running averages
/// of every ChannelNorm become the plain mean over these batches of what it averages, for BatchNorm the mean
/// and the unbiased variance (Ioffe & Szegedy 2015, Algorithm 2). Why: Wu & Johnson 2021, arXiv 2105.07576.
/// The model must outlive it.
class Recalibration {
 public:
  explicit Recalibration(Module& model) : model_(model) { set(true); }
  ~Recalibration() { set(false); }
  Recalibration(const Recalibration&) = delete;
  Recalibration& operator=(const Recalibration&) = delete;

 private:
  void set(bool on) {
    model_.for_each([on](Module& m) {
      if (auto* norm = dynamic_cast<ChannelNorm*>(&m)) norm->recalibrate(on);
    });
  }
  Module& model_;
};

}}  // namespace norma
