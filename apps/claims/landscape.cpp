//
#include "apps/claims/list.h"

namespace norma::inline NORMA_BUILD {

Claim landscape_claim() { return {.name = "landscape"}; }

}  // namespace norma::inline NORMA_BUILD
