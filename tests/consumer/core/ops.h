// The consumer's own header of this name.
#pragma once

inline constexpr int ours = 1;

/// Trains two layers on drawn digits; whether they learned.
bool trained();
