// CIFAR-10's files: as they are, and as a short input describes one, since a record has 3,073 bytes.
#include "data/formats/cifar.h"

#include "tests/fuzz/targets.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

bool take_file(std::string_view bytes) {
  return taken([&] {
    const CifarFile file = decode_cifar(bytes, "it");
    must(file.labels.size() * 3073 == bytes.size() && file.pixels.size() == file.labels.size() * 3072,
         "a label and 3,072 bytes per record");
    for (std::uint8_t label : file.labels) must(label <= 9, "labels of ten classes");
  });
}

// Byte 0 is the number of records, byte 1 what their length is off by; then their labels.
std::string spread(std::string_view bytes) {
  auto byte = [&](std::size_t i) { return i < bytes.size() ? static_cast<std::uint8_t>(bytes[i]) : 0; };
  std::string file;
  for (int i = 0; i < byte(0) % 8; ++i)
    file +=
        static_cast<char>(byte(static_cast<std::size_t>(2 + i))) + std::string(3072, static_cast<char>(i));
  return file + std::string(static_cast<std::size_t>(byte(1)), '\0');
}

bool take(std::string_view bytes) {
  const bool as_it_is = take_file(bytes);
  return (!bytes.empty() && take_file(spread(bytes))) || as_it_is;
}

std::vector<std::string> seeds() {
  using namespace std::string_literals;
  return {"\1\0\7"s, "\3\0\0\1\x09"s, std::string(3073, '\2'), std::string(2 * 3073, '\x09')};
}

}  // namespace

const FuzzTarget fuzz_cifar{"cifar", take, seeds};

}}  // namespace norma
