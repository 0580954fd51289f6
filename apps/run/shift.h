// How much layers shift under each other while a network learns: two measures of "internal covariate shift".
// As in probe.h nothing leaves a trace: the values are put back, the running statistics stay, the mode is
// training.
#pragma once

#include "apps/run/probe.h"

namespace norma { inline namespace NORMA_BUILD {

/// Mean and deviation over a batch of every input of the linear layers and convolutions except the first.
struct InputMoments {
  Vector mean, deviation;
};
/// As training would see them now: with the batch's statistics, and with noise (BatchNoise) if there is any,
/// whose stream goes on as if nothing had been drawn.
InputMoments input_moments(Sequential& model, const Tensor& batch);

/// How far the inputs' means have moved, in their deviations: Σ|m′ − m|/Σs.
double movement(const InputMoments& before, const InputMoments& after);

/// The internal covariate shift of one layer (Santurkar et al. 2018, Def. 2.1): with G the gradient of its
/// weight and G′ the same on the same batch, once the layers before have taken their step of SGD.
struct CovariateShift {
  double difference;  // ‖G − G′‖
  double gradient;    // ‖G‖
  double cosine;      // of the angle between G and G′
};
/// Of each weight except the first, before which there is no layer.
std::vector<CovariateShift> covariate_shift(Module& model, const Batch& batch, double lr);

}}  // namespace norma
