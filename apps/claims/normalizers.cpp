//
#include "apps/claims/list.h"

namespace norma::inline NORMA_BUILD {

Claim normalizers_claim() { return {.name = "normalizers"}; }

}  // namespace norma::inline NORMA_BUILD
