// safetensors files.
#include "data/formats/safetensors.h"

#include <cstring>

#include "tests/fuzz/targets.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

bool take(std::string_view bytes) {
  return taken([&] {
    Metadata metadata, again;
    const std::string written = encode_safetensors(decode_safetensors(bytes, "it", &metadata), metadata);
    const StateDict back = decode_safetensors(written, "it", &again);
    must(again == metadata && encode_safetensors(back, again) == written,
         "what is read and written reads the same");
  });
}

// A file with this header and n bytes of data.
std::string file_of(const std::string& header, std::size_t n) {
  const std::uint64_t length = header.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + header + std::string(n, '\x3c');
}

std::vector<std::string> seeds() {
  const StateDict state = {{"0.weight", Tensor::from({2, 3}, {1, -2, 0.5, 1e-30, 3e30, 0}), nullptr},
                           {"1.num_batches_tracked", {}, std::make_shared<std::int64_t>(7)},
                           {"ä\"\\", Tensor::zeros({0, 2}), nullptr}};
  return {
      encode_safetensors(state, {{"format", "pt"}, {"data", "{\"a\":[1]}"}}), encode_safetensors({}),
      file_of(
          R"({"a":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},"b":{"dtype":"I32","shape":[],)"
          R"("data_offsets":[16,20]},"c":{"dtype":"BF16","shape":[2,1],"data_offsets":[20,24]},)"
          R"("__metadata__":{"\u00fc\n":"\ud83d\ude00"},"d":{"data_offsets":[24,40],"dtype":"F16","shape":[8]}} )",
          40)};
}

}  // namespace

const FuzzTarget fuzz_safetensors{"safetensors", take, seeds};

}}  // namespace norma
