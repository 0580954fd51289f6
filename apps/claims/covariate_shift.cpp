//
#include "apps/claims/list.h"

namespace norma::inline NORMA_BUILD {

Claim covariate_shift_claim() { return {.name = "covariate-shift"}; }

}  // namespace norma::inline NORMA_BUILD
