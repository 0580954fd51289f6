//
#include "apps/claims/list.h"

namespace norma::inline NORMA_BUILD {

Claim same_rate_claim() { return {.name = "same-rate"}; }

}  // namespace norma::inline NORMA_BUILD
