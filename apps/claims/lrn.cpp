//
#include "apps/claims/list.h"

namespace norma::inline NORMA_BUILD {

Claim lrn_claim() { return {.name = "lrn"}; }

}  // namespace norma::inline NORMA_BUILD
