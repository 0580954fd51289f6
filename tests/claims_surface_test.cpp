// Claims about the loss surface and gradients.
#include "tests/claims.h"

namespace norma::inline NORMA_BUILD {
namespace {

}  // namespace
}  // namespace norma::inline NORMA_BUILD
