//
#include "apps/claims/list.h"

namespace norma::inline NORMA_BUILD {

Claim feature_scale_claim() { return {.name = "feature-scale"}; }

}  // namespace norma::inline NORMA_BUILD
