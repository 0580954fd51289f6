// Claims about weights and regularisation.
#include "tests/claims.h"

namespace norma::inline NORMA_BUILD {
namespace {

}  // namespace
}  // namespace norma::inline NORMA_BUILD
