//
#include "apps/claims/list.h"

namespace norma::inline NORMA_BUILD {

Claim saturation_claim() { return {.name = "saturation"}; }

}  // namespace norma::inline NORMA_BUILD
