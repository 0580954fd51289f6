// A function a claim; each stands in the file of its name.
#pragma once

#include "apps/claims/claim.h"

namespace norma::inline NORMA_BUILD {

Claim convergence_claim();
Claim learning_rate_claim();

}  // namespace norma::inline NORMA_BUILD
