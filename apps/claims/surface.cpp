//
#include "apps/claims/list.h"

namespace norma::inline NORMA_BUILD {

Claim surface_claim() { return {.name = "surface"}; }

}  // namespace norma::inline NORMA_BUILD
