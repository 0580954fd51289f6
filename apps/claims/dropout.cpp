//
#include "apps/claims/list.h"

namespace norma::inline NORMA_BUILD {

Claim dropout_claim() { return {.name = "dropout"}; }

}  // namespace norma::inline NORMA_BUILD
