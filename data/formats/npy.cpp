#include "data/formats/npy.h"

#include "data/formats/little_endian.h"
#include "data/formats/zip.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// "\x93NUMPY", version 1.0, the header's length, a Python dict, blanks so that the values begin at a multiple
// of 64.
template <class T>
std::string encode(const char* type, const Shape& shape, std::span<const T> values) {
  check(shape.size() == static_cast<Index>(values.size()), "npy: expected ", shape.size(),
        " values for shape ", shape, ", got ", values.size());
  std::ostringstream header;
  header << "{'descr': '" << type << "', 'fortran_order': False, 'shape': " << shape << ", }";
  std::string text = header.str();
  constexpr std::size_t before = 10, unit = 64;
  const std::size_t whole = (before + text.size() + 1 + unit - 1) / unit * unit;
  text.resize(whole - before - 1, ' ');
  text += '\n';

  std::string bytes = std::string("\x93NUMPY\x01\x00", 8);
  bytes.reserve(whole + values.size_bytes());
  append_value(bytes, static_cast<std::uint16_t>(text.size()));
  bytes += text;
  append_values(bytes, values);
  return bytes;
}

}  // namespace

std::string encode_npy(const Shape& shape, std::span<const real> values) {
  return encode(sizeof(real) == 4 ? "<f4" : "<f8", shape, values);
}

std::string encode_npy(const Shape& shape, std::span<const std::int64_t> values) {
  return encode("<i8", shape, values);
}

std::string encode_npy(const StateEntry& e) {
  if (e.counter) return encode_npy({}, std::span<const std::int64_t>(e.counter.get(), 1));
  return encode_npy(e.tensor.shape(), std::span<const real>(e.tensor.values()));
}

std::string encode_npz(const std::vector<NamedNpy>& arrays) {
  std::vector<ZipMember> members;
  for (const NamedNpy& a : arrays) members.push_back({a.name + ".npy", a.bytes});
  return encode_zip(members);
}

std::string encode_npz(const StateDict& state) {
  std::vector<NamedNpy> arrays;
  for (const StateEntry& e : state) arrays.push_back({e.name, encode_npy(e)});
  return encode_npz(arrays);
}

}}  // namespace norma
