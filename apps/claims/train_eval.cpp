//
#include "apps/claims/list.h"

namespace norma::inline NORMA_BUILD {

Claim train_eval_claim() { return {.name = "train-eval"}; }

}  // namespace norma::inline NORMA_BUILD
