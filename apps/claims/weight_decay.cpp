//
#include "apps/claims/list.h"

namespace norma::inline NORMA_BUILD {

Claim weight_decay_claim() { return {.name = "weight-decay"}; }

}  // namespace norma::inline NORMA_BUILD
