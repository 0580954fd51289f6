// A data set in colour that needs no file: shapes on coloured ground, each drawn differently.
#pragma once

#include "data/dataset.h"

namespace norma { inline namespace NORMA_BUILD {

/// n pictures (3, 32, 32) of ten classes in random order, one of each among every ten: a red circle, a red
/// square, a green circle, a green triangle and a blue square, each plain or striped, so that it takes
/// colour, shape and texture together to tell them: by one of the three alone at most three in ten are right,
/// by two half. Place, size, turn, light, the ground's colours and noise say nothing. Sample i depends on
/// `seed` and i only, so a larger set begins with the smaller one, and its bytes are the same on every
/// machine. Error unless n ≥ 1.
Dataset draw_shapes(Index n, std::uint64_t seed);

}}  // namespace norma
