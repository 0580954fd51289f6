//
#include "apps/claims/list.h"

namespace norma::inline NORMA_BUILD {

Claim init_claim() { return {.name = "init"}; }

}  // namespace norma::inline NORMA_BUILD
