// The claims, in the order of the report.
#include "apps/claims/list.h"

namespace norma::inline NORMA_BUILD {

const std::vector<Claim>& all_claims() {
  static const std::vector<Claim> claims = {
      convergence_claim(),
      activations_claim(),
      learning_rate_claim(),
      init_claim(),
      saturation_claim(),
      scale_invariance_claim(),
      dropout_claim(),
      weight_decay_claim(),
      lrn_claim(),
      small_batch_claim(),
      train_eval_claim(),
      non_iid_claim(),
      normalizers_claim(),
  };
  return claims;
}

}  // namespace norma::inline NORMA_BUILD
