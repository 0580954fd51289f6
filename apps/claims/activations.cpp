//
#include "apps/claims/list.h"

namespace norma::inline NORMA_BUILD {

Claim activations_claim() { return {.name = "activations"}; }

}  // namespace norma::inline NORMA_BUILD
