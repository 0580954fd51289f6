// In place of zlib, whose one function that data/dataset.cpp calls is this.
#pragma once

#include <cstddef>

/// CRC-32 (ISO 3309), going on from `crc`.
inline unsigned long crc32_z(unsigned long crc, const unsigned char* bytes, std::size_t n) {
  crc = ~crc & 0xFFFFFFFF;
  for (std::size_t i = 0; i < n; ++i) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
  }
  return ~crc & 0xFFFFFFFF;
}
