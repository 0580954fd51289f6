#include "data/formats/cifar.h"

#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD {

CifarFile decode_cifar(std::string_view bytes, const std::string& where) {
  constexpr std::size_t picture = std::size_t{3} * 32 * 32, record = 1 + picture;
  check(!bytes.empty() && bytes.size() % record == 0, where, ": expected records of ", record,
        " bytes, a label and 32×32 values of red, green and blue, got ", bytes.size(), " bytes in all");
  CifarFile file;
  file.pixels.reserve(bytes.size() / record * picture);
  for (std::size_t i = 0; i < bytes.size() / record; ++i) {
    const std::string_view one = bytes.substr(i * record, record);
    const auto label = static_cast<std::uint8_t>(one[0]);
    check(label <= 9, where, ": label ", i, ": expected at most 9, got ", int{label});
    file.labels.push_back(label);
    file.pixels.insert(file.pixels.end(), one.begin() + 1, one.end());
  }
  return file;
}

CifarFile read_cifar(const std::filesystem::path& path) {
  constexpr Index most_bytes = Index{1} << 32;
  return decode_cifar(read_file(path, most_bytes), path.string());
}

}}  // namespace norma
