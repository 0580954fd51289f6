// The `norma export` command: files that other programs read, and what it refuses.
#include <cmath>

#include "data/formats/event_file.h"
#include "tests/support/file_readers.h"
#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_export_test {

const std::string line =
    "train --data $DATA --quiet --batch-size 20 --layers linear\t8,bn,relu,linear\t3 --steps 9";

Finished good(const Place& place, const std::string& words) {
  const Finished f = place.run(words);
  INFO("norma ", words, "\n", f.err);
  REQUIRE(f.code == 0);
  CHECK(f.err == "");
  return f;
}

const std::string everything =
    "export run --onnx m.onnx --npz m.npz --npy 0.weight=w.npy --npy 1.num_batches_tracked=n.npy --logits "
    "l.npz "
    "--csv m.csv --tensorboard tb/run";

TEST_CASE("command export: all at once, again the same bytes") {
  const Place place;
  place.make(line, "run");
  const Finished said = good(place, everything);
  const Words files = {
      "m.onnx", "m.npz", "w.npy", "n.npy", "l.npz", "m.csv", "tb/run/events.out.tfevents.norma"};
  std::map<std::string, std::string> first;
  for (const std::string& file : files) {
    CHECK_MESSAGE(has(said.out, file), file);
    first[file] = contents(place.here / file);
    CHECK(!first[file].empty());
  }
  CHECK(has(said.out, "ONNX, opset 15, 4 operators: input (N, 36) → logits (N, 3)"));
  check_refused(place, everything, {"--onnx m.onnx", "is there already", "--overwrite"});
  good(place, everything + " --overwrite");
  for (const std::string& file : files) CHECK(contents(place.here / file) == first[file]);

  // The arrays are those of model.safetensors.
  const NpyFile w(first["w.npy"]), n(first["n.npy"]);
  CHECK(w.header == "{'descr': '<f4', 'fortran_order': False, 'shape': (8, 36), }");
  CHECK(has(model(place.here / "run"), w.data));
  CHECK(n.values<std::int64_t>() == std::vector<std::int64_t>{9});
  const auto members = zip_members(first["m.npz"]);
  CHECK(members.size() == 8);
  CHECK(members.at("0.weight.npy") == first["w.npy"]);
  CHECK(members.at("1.num_batches_tracked.npy") == first["n.npy"]);
}

// Argmax of each row of logits is the label so often.
double accuracy(const std::string& npz) {
  const auto members = zip_members(npz);
  const auto logits = NpyFile(members.at("logits.npy")).values<float>();
  const auto labels = NpyFile(members.at("labels.npy")).values<std::int64_t>();
  const std::size_t classes = logits.size() / labels.size();
  double right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = logits.begin() + static_cast<std::ptrdiff_t>(i * classes);
    right += std::max_element(row, row + static_cast<std::ptrdiff_t>(classes)) - row == labels[i];
  }
  return right / double(labels.size());
}

TEST_CASE("command export: --logits are the network's answers to the test images, folded or not") {
  const Place place;
  const fs::path run = place.make(line, "run");
  good(place, "export run --logits l.npz");
  good(place, "export run --logits few.npz --images 3");
  good(place, "export run --logits folded.npz --fold --npz folded-weights.npz");
  const std::string all = contents(place.here / "l.npz");
  const json summary = json::parse(contents(run / "summary.json"));
  CHECK(accuracy(all) == summary["test"]["running_statistics"]["accuracy"].get<double>());
  const auto members = zip_members(all), few = zip_members(contents(place.here / "few.npz"));
  CHECK(has(NpyFile(members.at("images.npy")).header, "'shape': (20, 36)"));
  CHECK(has(NpyFile(few.at("images.npy")).header, "'shape': (3, 36)"));
  const auto pixels = NpyFile(members.at("images.npy")).values<float>();
  const std::string file = contents(place.data / test_images);
  for (std::size_t i = 0; i < pixels.size(); ++i)
    CHECK(pixels[i] == static_cast<float>(static_cast<unsigned char>(file[16 + i])) / 255);

  const auto logits = NpyFile(members.at("logits.npy")).values<float>(),
             folded =
                 NpyFile(zip_members(contents(place.here / "folded.npz")).at("logits.npy")).values<float>();
  REQUIRE(folded.size() == logits.size());
  for (std::size_t i = 0; i < logits.size(); ++i)
    CHECK(folded[i] == doctest::Approx(logits[i]).epsilon(1e-4));
  const auto weights = zip_members(contents(place.here / "folded-weights.npz"));
  CHECK((weights.size() == 4 && weights.count("2.weight.npy") == 1));
  // A folded run's own folder gives the same.
  good(place, "fold run --rounds 1");
  good(place, "export run/folded --npz again.npz");
  CHECK(contents(place.here / "again.npz") == contents(place.here / "folded-weights.npz"));
}

TEST_CASE("command export: only logits need the data set") {
  const Place place;
  place.make(line, "run");
  fs::remove_all(place.data);
  good(place, "export run --npz m.npz --csv m.csv --tensorboard run");
  good(place, "export run --onnx m.onnx --fold");
  CHECK(fs::file_size(place.here / "m.onnx") > 100);
  check_refused(place, "export run --logits l.npz", {place.data.string()});
}

TEST_CASE("command export: the metrics as a table and as events, number for number") {
  const Place place;
  const fs::path run = place.make(line + " --eval-every 3 --log-every 2", "run");
  good(place, "export run --csv m.csv --tensorboard run");
  const std::vector<json> wanted = metrics(run);
  REQUIRE(wanted.size() == 7);

  std::istringstream table(contents(place.here / "m.csv"));
  auto cells = [&] {
    std::string row;
    std::getline(table, row);
    Words all(1);
    for (char c : row) c == ',' ? void(all.emplace_back()) : void(all.back() += c);
    return all;
  };
  const Words header = cells();
  CHECK(
      std::set<std::string>(header.begin(), header.end()) ==
      std::set<std::string>{"step", "batch_loss", "epoch", "lr", "train_loss", "test_loss", "test_accuracy"});
  for (const json& line_wanted : wanted) {
    const Words row = cells();
    REQUIRE(row.size() == header.size());
    for (std::size_t i = 0; i < header.size(); ++i)
      CHECK(row[i] == (line_wanted.contains(header[i]) ? line_wanted[header[i]].dump() : ""));
  }

  std::vector<std::tuple<std::string, std::uint64_t, float>> points, found;
  const std::map<std::string, std::string> tags = {{"train_loss", "loss/train"},
                                                   {"test_loss", "loss/test"},
                                                   {"batch_loss", "loss/batch"},
                                                   {"test_accuracy", "accuracy/test"},
                                                   {"lr", "lr"},
                                                   {"epoch", "epoch"}};
  for (const json& l : wanted)
    for (const auto& [key, value] : l.items())
      if (key != "step") points.emplace_back(tags.at(key), l["step"], value.get<float>());
  auto records = tf_records(contents(run / "events.out.tfevents.norma"));
  records.erase(records.begin());
  for (const std::string& record : records) {
    const std::string value = field_of(field_of(record, 5).bytes, 1).bytes;
    found.emplace_back(field_of(value, 1).bytes, field_of(record, 2).whole,
                       number_at<float>(field_of(value, 2).bytes, 0));
  }
  std::sort(points.begin(), points.end());
  std::sort(found.begin(), found.end());
  CHECK(found == points);
}

TEST_CASE("command export: of a diverged run the metrics, not the model") {
  const Place place;
  REQUIRE(place.run(line + " --lr 1e30 --eval-every 1 --out run").code == 3);
  for (const char* option : {"--onnx m.onnx", "--npz m.npz", "--npy 0.bias=b.npy", "--logits l.npz"})
    check_refused(place, std::string("export run ") + option, {"run diverged"});
  good(place, "export run --csv m.csv --tensorboard tb");
  CHECK(has(contents(place.here / "m.csv"), "step,"));
  fs::remove(place.here / "run/summary.json");  // the weights alone
  check_refused(place, "export run --npz m.npz", {"run diverged", "0.weight"});

  put(place.here / "run/metrics.jsonl", "{\"step\":1,\"test_loss\":null,\"a \\\"key\\\", so\":2}\n");
  good(place, "export run --csv n.csv --tensorboard nan");
  CHECK(contents(place.here / "n.csv") == "step,test_loss,\"a \"\"key\"\", so\"\n1,,2\n");
  const auto records = tf_records(contents(place.here / "nan/events.out.tfevents.norma"));
  REQUIRE(records.size() == 3);
  CHECK(std::isnan(number_at<float>(field_of(field_of(field_of(records[1], 5).bytes, 1).bytes, 2).bytes, 0)));
}

TEST_CASE("command export refuses: options that do not fit, with nothing left behind") {
  const Place place;
  place.make(line, "run");
  place.make("train TINY", "plain");
  place.make("train --data $DATA --quiet --steps 2 --layers conv\t4\t3,lrn\t4,flatten,linear\t3", "even");
  put(place.here / "there.npz", "mine");
  check_all(
      place,
      {{"export", {"RUN"}},
       {"export run", {"nothing to write", "--onnx"}},
       {"export run --fold --csv m.csv", {"--fold", "it needs --onnx"}},
       {"export run --images 3 --npz m.npz", {"--images", "it needs --logits"}},
       {"export run --logits l.npz --images 0", {"--images", "'0'", "from 1"}},
       {"export run --logits l.npz --images 21", {"--images", "21", "expected at most 20"}},
       {"export run --onnx ''", {"--onnx", "got ''"}},
       {"export run --npy 0.weight", {"--npy", "'0.weight'", "NAME=FILE.npy"}},
       {"export run --npy =w.npy", {"--npy", "NAME=FILE.npy"}},
       {"export run --npy 0.weight=", {"--npy", "NAME=FILE.npy"}},
       {"export run --npy 0.wieght=w.npy", {"--npy", "'0.wieght'", "did you mean '0.weight'"}},
       {"export run --npy 9.x=w.npy --csv m.csv", {"--npy", "'9.x'", "0.weight"}},
       {"export plain --onnx m.onnx --fold", {"fold", "no BatchNorm"}},
       {"export even --onnx m.onnx", {"layer 1, LocalResponseNorm(4", "odd size"}},
       {"export nowhere --csv m.csv", {"nowhere", "not a folder that norma train left"}},
       {"export " + std::string(300, 'n') + " --csv m.csv", {"not a folder that norma train left"}},
       {"export run --npz m.npz --tensorboard " + std::string(300, 'n'), {"--tensorboard", "too long"}},
       {"export run/config.json --csv m.csv", {"config.json", "not a folder"}},
       {"export run --npz there.npz", {"--npz there.npz", "is there already", "--overwrite"}},
       {"export run --npz run/model.safetensors --overwrite", {"the run's own"}},
       {"export run --csv run/../run/metrics.jsonl --overwrite", {"the run's own"}},
       {"export run --npz m.npz --csv m.npz", {"--csv m.npz", "what --npz writes"}},
       {"export run --npz m.npz --logits ./m.npz", {"--logits ./m.npz", "what --npz writes"}},
       {"export run --npz none/m.npz", {"none/m.npz", "cannot be written"}},
       {"export run --csv m.csv --npz none/m.npz --tensorboard a/b", {"none/m.npz", "cannot be written"}},
       {"export run --npz m.npz --tensorboard there.npz/a", {"there.npz"}},
       {"export run --npz m.npz --tensorboard there.npz", {"there.npz"}},
       {"export run --onx m.onnx", {"'--onx'", "--onnx"}},
       {"export run plain --csv m.csv", {"plain"}}});
  CHECK(contents(place.here / "there.npz") == "mine");
  CHECK(json::parse(contents(place.here / "run/config.json")).is_object());
}

TEST_CASE("command export refuses: a run's files that are damaged or not there") {
  const Place place;
  place.make(line, "run");
  const struct {
    std::string text;
    Words wanted;
  } table[] = {{"", {"metrics.jsonl", "is empty"}},
               {"{\"step\":1}\n[]\n", {"metrics.jsonl: line 2", "not a JSON object"}},
               {"{\"step\":1", {"line 1", "not a JSON object"}},
               {"{\"lr\":1}\n", {"line 1", "\"step\""}},
               {"{\"step\":-1}\n", {"line 1", "\"step\""}},
               {"{\"step\":1.5}\n", {"line 1", "\"step\""}},
               {"{\"step\":18446744073709551615}\n", {"line 1", "\"step\""}},
               {"{\"step\":1,\"lr\":\"x\"}\n", {"line 1", "\"lr\" is not a number"}},
               {"{\"step\":1,\"lr\":{\"a\":1}}\n", {"line 1", "\"lr\" is not a number"}},
               {std::string(100000, '['), {"line 1", "not a JSON object"}}};
  for (const auto& [text, wanted] : table) {
    put(place.here / "run/metrics.jsonl", text);
    check_refused(place, "export run --csv m.csv --npz m.npz", wanted);
  }
  fs::remove(place.here / "run/metrics.jsonl");
  check_refused(place, "export run --tensorboard tb", {"metrics.jsonl", "cannot be opened"});
  put(place.here / "run/summary.json", "{");
  check_refused(place, "export run --npz m.npz", {"summary.json", "not a JSON object"});
  fs::remove(place.here / "run/summary.json");
  const std::string whole = model(place.here / "run");
  put(place.here / "run/model.safetensors", whole.substr(0, whole.size() - 1));
  check_refused(place, "export run --npz m.npz", {"model.safetensors"});
  check_refused(place, "export run --onnx m.onnx", {"model.safetensors"});
  fs::remove(place.here / "run/config.json");
  check_refused(place, "export run --onnx m.onnx", {"config.json", "cannot be opened"});
}

}  // namespace commands_export_test
}}  // namespace norma
