// The claims, in the order of the report. Each stands in the file of its name.
#include "apps/claims/engine/claim.h"

namespace norma { inline namespace NORMA_BUILD {

Claim convergence_claim(), activations_claim(), learning_rate_claim(), largest_rate_claim(),
    rate_by_depth_claim(), rate_by_batch_claim(), rate_sharpness_claim(), rate_last_layer_claim(),
    init_claim(), saturation_claim(), scale_invariance_claim(), dropout_claim(), weight_decay_claim(),
    lrn_claim(), position_claim(), statistics_gradient_claim(), covariate_shift_claim(), landscape_claim(),
    same_rate_claim(), small_batch_claim(), sync_statistics_claim(), train_eval_claim(), non_iid_claim(),
    feature_scale_claim(), surface_claim(), normalizers_claim(), depth_explosion_claim();

const std::vector<Claim>& all_claims() {
  static const std::vector<Claim> claims = {
      convergence_claim(),
      activations_claim(),
      learning_rate_claim(),
      largest_rate_claim(),
      rate_by_depth_claim(),
      rate_by_batch_claim(),
      rate_sharpness_claim(),
      rate_last_layer_claim(),
      init_claim(),
      saturation_claim(),
      scale_invariance_claim(),
      dropout_claim(),
      weight_decay_claim(),
      lrn_claim(),
      position_claim(),
      statistics_gradient_claim(),
      covariate_shift_claim(),
      landscape_claim(),
      same_rate_claim(),
      small_batch_claim(),
      sync_statistics_claim(),
      train_eval_claim(),
      non_iid_claim(),
      feature_scale_claim(),
      surface_claim(),
      normalizers_claim(),
      depth_explosion_claim(),
  };
  return claims;
}

}}  // namespace norma
