//
#include "apps/claims/list.h"

namespace norma::inline NORMA_BUILD {

Claim scale_invariance_claim() { return {.name = "scale-invariance"}; }

}  // namespace norma::inline NORMA_BUILD
