// Holds some samples of a set out of training, to judge by.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/dataset.h"

namespace norma { inline namespace NORMA_BUILD {

/// Which samples to hold out, by their labels: a share of 0 to ½ of them all, rounded, drawn by the seed; of
/// each class its share to within one sample, and never the only one. Depends on the labels, their order and
/// the seed alone.
std::vector<bool> held_out(std::span<const std::uint8_t> labels, double share, std::uint64_t seed);

/// The samples of `data` for which `which` says `wanted`, in their order.
Dataset selected(const Dataset& data, const std::vector<bool>& which, bool wanted);

}}  // namespace norma
