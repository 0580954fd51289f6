// The one number type of the library.
// `real` is float. A second build of the same sources with NORMA_DOUBLE makes it double, so that every
// gradient can be checked in double; the inline namespaces f32 and f64 let one program hold both builds.
#pragma once

#include <cstdint>

#ifdef NORMA_DOUBLE
#define NORMA_BUILD f64
#else
#define NORMA_BUILD f32
#endif

namespace norma { inline namespace NORMA_BUILD {

#ifdef NORMA_DOUBLE
using real = double;
#else
using real = float;
#endif

using Index = std::int64_t;  // counts, sizes and positions

}}  // namespace norma
