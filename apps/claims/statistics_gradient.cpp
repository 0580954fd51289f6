//
#include "apps/claims/list.h"

namespace norma::inline NORMA_BUILD {

Claim statistics_gradient_claim() { return {.name = "statistics-gradient"}; }

}  // namespace norma::inline NORMA_BUILD
