// TensorBoard's event files, written: records in TFRecord framing, each an Event message
// (https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/event.proto).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// One point of a curve.
struct Scalar {
  std::string tag;  // the curve's name; what comes before a '/' is its group
  std::int64_t step;
  double value;
};

/// The bytes of an event file with these points, in their order, as float32. No clock goes in: every event's
/// wall_time is 0, so the same points give the same bytes, and TensorBoard's horizontal axis is the step, not
/// the time. TensorBoard reads any file whose name has "tfevents" in it.
std::string encode_events(const std::vector<Scalar>& scalars);

/// CRC-32C (Castagnoli), the sum that TFRecord uses: of "123456789" it is 0xE3069283.
std::uint32_t crc32c(std::string_view bytes);

}}  // namespace norma
