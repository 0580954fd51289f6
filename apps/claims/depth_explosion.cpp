//
#include "apps/claims/list.h"

namespace norma::inline NORMA_BUILD {

Claim depth_explosion_claim() { return {.name = "depth-explosion"}; }

}  // namespace norma::inline NORMA_BUILD
