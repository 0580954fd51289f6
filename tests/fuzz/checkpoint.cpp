// Checkpoints, and going on from what they say. Byte 0 is 'f': a file follows; or 'p': its configuration and
// its progress, with '\n' between, in an otherwise good file, whose lengths and escapes a fuzzer would not
// get right.
#include "apps/run/checkpoint.h"

#include "apps/run/options.h"
#include "apps/run/trainer.h"
#include "data/formats/safetensors.h"
#include "tests/fuzz/targets.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// 24 images of 2 × 2 in two classes.
const DataPair& data() {
  static const DataPair pair = [] {
    Dataset set{
        .name = "tiny", .source = "here", .sample = {1, 2, 2}, .classes = 2, .pixels = {}, .labels = {}};
    for (int i = 0; i < 24; ++i) {
      for (int p = 0; p < 4; ++p) set.pixels.push_back(static_cast<std::uint8_t>((i * 37 + p * 91) % 256));
      set.labels.push_back(static_cast<std::uint8_t>(i % 2));
    }
    return DataPair{set, set};
  }();
  return pair;
}

RunConfig config() {
  RunConfig c;
  c.layers = "linear 3, bn, relu, dropout 0.5, linear 2";
  c.optimizer = "adam";
  c.batch_size = 4;
  c.steps = 20;
  c.eval_every = 3;
  c.log_every = 2;
  return c;
}

// What a run of `config()` leaves when it is stopped after step 5.
const std::string& good() {
  static const std::string file = [] {
    std::string bytes;
    Index steps = 0;
    RunHooks hooks;
    hooks.stop = [&] { return ++steps == 5; };
    hooks.checkpoint = [&](const Checkpoint& c) { bytes = encode_checkpoint(c); };
    run(config(), data(), hooks);
    return bytes;
  }();
  return file;
}

void take_file(std::string_view bytes) {
  const Checkpoint c = decode_checkpoint(bytes, "it");
  const std::string written = encode_checkpoint(c);
  must(encode_checkpoint(decode_checkpoint(written, "it")) == written,
       "what is read and written reads the same");
  if (c.result.steps >= config().steps) return;
  RunHooks hooks;
  Index steps = 0;
  hooks.stop = [&] { return ++steps == 2; };
  hooks.checkpoint = [](const Checkpoint& next) { encode_checkpoint(next); };
  run(config(), data(), hooks, &c);
}

bool take(std::string_view bytes) {
  if (bytes.empty()) return false;
  return taken([&] {
    if (bytes[0] == 'f') return take_file(bytes.substr(1));
    check(bytes[0] == 'p', "expected 'f' or 'p'");
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    Metadata metadata;
    const StateDict state = decode_safetensors(good(), "good", &metadata);
    metadata["config"] = bytes.substr(1, end - 1);
    metadata["progress"] = bytes.substr(end);
    take_file(encode_safetensors(state, metadata));
  });
}

std::vector<std::string> seeds() {
  Metadata metadata;
  const StateDict state = decode_safetensors(good(), "good", &metadata);
  std::string whole_config = metadata["config"];
  for (char& c : whole_config) c = c == '\n' ? ' ' : c;
  metadata["config"] = R"({"steps":20})";  // a fuzzer needs short inputs
  return {"f" + encode_safetensors(state, metadata), "p" + whole_config + "\n" + metadata["progress"],
          "p" + metadata["config"] + "\n" + metadata["progress"]};
}

}  // namespace

const FuzzTarget fuzz_checkpoint{"checkpoint", take, seeds};

}}  // namespace norma
