//
#include "apps/claims/list.h"

namespace norma::inline NORMA_BUILD {

Claim non_iid_claim() { return {.name = "non-iid"}; }

}  // namespace norma::inline NORMA_BUILD
