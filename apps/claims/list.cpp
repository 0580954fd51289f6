// The claims, in the order of the report. Each stands in the file of its name, as a function NAME_claim().
#include "apps/claims/engine/claim.h"

#define NORMA_CLAIMS(one)                                                                                  \
  one(convergence) one(activations) one(learning_rate) one(init) one(saturation) one(scale_invariance)     \
      one(dropout) one(weight_decay) one(lrn) one(statistics_gradient) one(covariate_shift) one(landscape) \
          one(same_rate) one(small_batch) one(train_eval) one(non_iid) one(feature_scale) one(surface)     \
              one(normalizers) one(depth_explosion)

namespace norma { inline namespace NORMA_BUILD {

#define NORMA_DECLARE(name) Claim name##_claim();
#define NORMA_CALL(name) name##_claim(),

NORMA_CLAIMS(NORMA_DECLARE)

const std::vector<Claim>& all_claims() {
  static const std::vector<Claim> claims = {NORMA_CLAIMS(NORMA_CALL)};
  return claims;
}

}}  // namespace norma
