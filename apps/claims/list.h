// A function a claim; each stands in the file of its name.
#pragma once

#include "apps/claims/engine/claim.h"

namespace norma { inline namespace NORMA_BUILD {

Claim convergence_claim();
Claim activations_claim();
Claim learning_rate_claim();
Claim init_claim();
Claim saturation_claim();
Claim scale_invariance_claim();
Claim dropout_claim();
Claim weight_decay_claim();
Claim lrn_claim();
Claim statistics_gradient_claim();
Claim covariate_shift_claim();
Claim landscape_claim();
Claim same_rate_claim();
Claim small_batch_claim();
Claim train_eval_claim();
Claim non_iid_claim();
Claim feature_scale_claim();
Claim surface_claim();
Claim normalizers_claim();
Claim depth_explosion_claim();

}}  // namespace norma
