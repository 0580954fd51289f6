//
#include "apps/claims/list.h"

namespace norma::inline NORMA_BUILD {

Claim small_batch_claim() { return {.name = "small-batch"}; }

}  // namespace norma::inline NORMA_BUILD
