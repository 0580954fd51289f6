// Claims about convolutional networks and batches.
#include "tests/claims.h"

namespace norma::inline NORMA_BUILD {
namespace {

}  // namespace
}  // namespace norma::inline NORMA_BUILD
