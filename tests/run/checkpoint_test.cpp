// A run that stops and goes on is the run that never stopped, whatever it is made of; a broken file is an
// error.
#include "apps/run/checkpoint.h"

#include <doctest/doctest.h>

#include "apps/run/run_folder.h"
#include "core/ops.h"
#include "core/random.h"
#include "data/formats/files.h"
#include "data/formats/safetensors.h"
#include "data/load.h"
#include "optim/optimizer.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

namespace norma { inline namespace NORMA_BUILD { namespace run_checkpoint_test {

const DataPair& digits() {
  static const DataPair data = load_data("digits", {}, {.train = 301, .test = 100, .seed = 3});
  return data;
}

RunConfig base() {
  RunConfig c;
  c.hidden = {20, 15};
  c.steps = 30;
  c.eval_every = 8;
  c.log_every = 3;
  c.batch_size = 20;
  return c;
}

// The four files of a run, except for its times.
std::string files_of(const FinishedRun& run) {
  const TemporaryFolder folder;
  write_run(folder.path, run);
  std::string all;
  for (const char* file : {"config.json", "metrics.jsonl", "model.safetensors", "model-best.safetensors"})
    if (std::filesystem::exists(folder / file)) all += read_file(folder / file);
  return all;
}

// Trains to the end, stopped after each of the steps `at` and gone on with from the bytes of its checkpoint.
FinishedRun with_stops(const RunConfig& c, const std::vector<Index>& at) {
  std::string bytes;
  Index steps = 0;
  RunHooks hooks;
  hooks.progress = [&](const Progress& p) { steps = p.step; };
  hooks.observe = [&](const StepEvent& m) { steps = m.step; };
  for (Index stop : at) {
    Index taken = 0;
    hooks.stop = [&] {
      return ++taken + (bytes.empty() ? 0 : decode_checkpoint(bytes, "it").result.steps) == stop;
    };
    std::string next;
    hooks.checkpoint = [&](const Checkpoint& k) { next = encode_checkpoint(k); };
    const std::string before = bytes;
    Checkpoint from;
    if (!before.empty()) from = decode_checkpoint(before, "it");
    const FinishedRun part =
        run(before.empty() ? c : from.result.config, digits(), hooks, before.empty() ? nullptr : &from);
    CHECK(part.result.stopped);
    CHECK(part.result.steps == stop);
    bytes = next;
  }
  const Checkpoint from = decode_checkpoint(bytes, "it");
  return run(from.result.config, digits(), {}, &from);
}

TEST_CASE("checkpoint: a resumed run is the run that was never stopped, byte for byte") {
  std::vector<std::pair<const char*, RunConfig>> all;
  auto add = [&](const char* name, auto change) {
    RunConfig c = base();
    change(c);
    all.emplace_back(name, c);
  };
  add("momentum, BN, dropout", [](RunConfig& c) { c.norm = "batch", c.momentum = 0.9, c.dropout = 0.3; });
  add("parts, BN in groups, dropout", [](RunConfig& c) {
    c.norm = "batch", c.momentum = 0.9, c.dropout = 0.3, c.accumulate = 4, c.norm_group = "2";
  });
  add("Nesterov, step schedule, decay", [](RunConfig& c) {
    c.momentum = 0.8, c.nesterov = true, c.schedule = "step", c.weight_decay = 1e-3, c.warmup = 4;
  });
  add("Adam, BatchRenorm", [](RunConfig& c) { c.optimizer = "adam", c.lr = 0.01, c.norm = "batch-renorm"; });
  add("cumulative averages, noise",
      [](RunConfig& c) { c.norm = "batch", c.norm_momentum = 0, c.norm_noise = "unit"; });
  add("weight and mean-only", [](RunConfig& c) { c.norm = "weight+mean-only"; });
  add("spectral", [](RunConfig& c) { c.norm = "spectral"; });
  add("spectral penalty", [](RunConfig& c) { c.spectral_penalty = 0.01; });
  add("precise statistics", [](RunConfig& c) { c.norm = "l1", c.precise = 100; });
  add("cnn", [](RunConfig& c) {
    c.layers = "conv 4 3 stride 2, bn, relu, dropout 0.2, residual(conv 4 3, gn 2, relu), flatten, linear 10";
    c.momentum = 0.9;
  });
  add("augmented", [](RunConfig& c) { c.augment = "flip,shift:2,crop:4", c.batch_size = 90; });
  add("augmented pictures", [](RunConfig& c) {
    c.augment = "crop:3", c.layers = "conv 4 3 stride 2, bn, relu, flatten, linear 10";
  });
  add("validation", [](RunConfig& c) { c.validation = 0.2, c.norm = "batch", c.eval_every = 3; });
  add("validation, precise", [](RunConfig& c) {
    c.validation = 0.2, c.norm = "batch", c.eval_every = 3, c.precise = 100, c.lr = 2;
  });
  add("early stop", [](RunConfig& c) {  // the best is at step 21, the end at 30
    c.validation = 0.2, c.early_stop = 9, c.norm = "batch", c.eval_every = 1, c.lr = 0.3;
  });
  add("frozen", [](RunConfig& c) { c.norm = "batch", c.norm_freeze = "affine"; });
  for (const auto& one : all) {
    CAPTURE(one.first);
    const RunConfig& config = one.second;
    const std::string whole = files_of(run(config, digits()));
    CHECK(whole == files_of(with_stops(config, {1})));
    CHECK(whole == files_of(with_stops(config, {7, 8, 16, 29})));
  }
}

TEST_CASE("checkpoint: a run that is prolonged is the run of that length, byte for byte") {
  std::vector<std::pair<const char*, RunConfig>> all;
  auto add = [&](const char* name, auto change) {
    RunConfig c = base();
    change(c);
    all.emplace_back(name, c);
  };
  add("momentum, BN, dropout", [](RunConfig& c) { c.norm = "batch", c.momentum = 0.9, c.dropout = 0.3; });
  add("step schedule, Nesterov", [](RunConfig& c) {
    c.momentum = 0.8, c.nesterov = true, c.schedule = "step", c.decay_every = 7, c.warmup = 4;
  });
  add("Adam, BatchRenorm",
      [](RunConfig& c) { c.optimizer = "adam", c.lr = 0.01, c.norm = "batch-renorm", c.renorm_warmup = 2; });
  add("precise statistics", [](RunConfig& c) { c.norm = "l1", c.precise = 100; });
  add("validation", [](RunConfig& c) { c.validation = 0.2, c.norm = "batch", c.precise = 100; });
  for (const auto& one : all) {
    CAPTURE(one.first);
    RunConfig c = one.second;
    const std::string whole = files_of(run(c, digits()));
    for (Index first : {1, 13, 16, 29}) {  // 16: there is an evaluation then
      CAPTURE(first);
      c.steps = first;
      std::string bytes;
      RunHooks hooks;
      const std::string alone = files_of(run(c, digits()));
      hooks.last_checkpoint = [&](const Checkpoint& k) { bytes = encode_checkpoint(k); };
      CHECK(files_of(run(c, digits(), hooks)) == alone);  // to leave one changes nothing
      const Checkpoint from = decode_checkpoint(bytes, "it");
      CHECK(from.result.steps == first);
      CHECK(files_of(run(c, digits(), {}, &from)) == alone);
      c.steps = one.second.steps;
      CHECK(files_of(run(c, digits(), {}, &from)) == whole);
    }
  }
}

TEST_CASE("checkpoint: it is written every so many steps and at a stop, and changes nothing") {
  const RunConfig c = base();
  std::vector<Index> at;
  RunHooks hooks;
  hooks.checkpoint_every = 7;
  hooks.checkpoint = [&](const Checkpoint& k) { at.push_back(k.result.steps); };
  CHECK(files_of(run(c, digits(), hooks)) == files_of(run(c, digits())));
  CHECK(at == std::vector<Index>{7, 14, 21, 28});
  at.clear();
  hooks.stop = [&] { return at.size() == 1; };
  CHECK(run(c, digits(), hooks).result.stopped);
  CHECK(at == std::vector<Index>{7, 8});
}

Checkpoint stopped_at(Index step, RunConfig c) {
  Checkpoint kept;
  Index steps = 0;
  RunHooks hooks;
  hooks.stop = [&] { return ++steps == step; };
  std::string bytes;
  hooks.checkpoint = [&](const Checkpoint& k) { bytes = encode_checkpoint(k); };
  run(c, digits(), hooks);
  return decode_checkpoint(bytes, "it");
}

TEST_CASE("checkpoint: what does not fit the run is an error that names it") {
  RunConfig c = base();
  c.momentum = 0.9;
  c.dropout = 0.1;
  const Checkpoint good = stopped_at(5, c);
  auto refused = [&](auto change) {
    Checkpoint k = good;
    change(k);
    return error_of([&] { run(good.result.config, digits(), {}, &k); });
  };
  CHECK(says(refused([](Checkpoint& k) {
               std::erase_if(k.state, [](auto& e) { return e.name == "model.0.weight"; });
             }),
             {"0.weight"}));
  CHECK(says(refused([](Checkpoint& k) {
               for (StateEntry& e : k.state)
                 if (e.name.starts_with("optimizer.")) e.tensor = Tensor(Shape{3});
             }),
             {"momentum_buffer", "got (3,)"}));
  CHECK(says(refused([](Checkpoint& k) {
               std::erase_if(k.state, [](auto& e) { return e.name.starts_with("random."); });
             }),
             {"random"}));
  CHECK(says(refused([](Checkpoint& k) {
               k.state.push_back({"penalty.0.u", Tensor(Shape{2}), nullptr});
             }),
             {"penalty"}));
  CHECK(says(refused([](Checkpoint& k) {
               k.state.push_back({"foo.x", Tensor(Shape{2}), nullptr});
             }),
             {"'foo'"}));
  CHECK(says(refused([](Checkpoint& k) {
               for (StateEntry& e : k.state)
                 if (e.name.starts_with("optimizer."))
                   e.counter = std::make_shared<std::int64_t>(1), e.tensor = {};
             }),
             {"momentum_buffer", "got a counter"}));
  CHECK(says(refused([](Checkpoint& k) { k.position.batch = 1000; }), {"batch 1000"}));
  CHECK(says(refused([](Checkpoint& k) {
               for (std::size_t i = 0, n = k.state.size(); i < n; ++i)
                 if (k.state[i].name.starts_with("model."))
                   k.state.push_back({"best" + k.state[i].name.substr(5), k.state[i].tensor, nullptr});
             }),
             {"expected no weights of the best validation"}));
  CHECK(says(refused([](Checkpoint& k) { k.result.steps_per_epoch = 3; }), {"batches in an epoch"}));
}

TEST_CASE("checkpoint: the best weights of a validation belong to it") {
  RunConfig c = base();
  c.validation = 0.2;
  c.eval_every = 2;
  c.norm = "batch";
  const Checkpoint good = stopped_at(5, c);
  auto refused = [&](auto change) {
    Checkpoint k = good;
    change(k);
    return error_of([&] { run(good.result.config, digits(), {}, &k); });
  };
  CHECK(refused([](Checkpoint&) {}) == "no error");
  CHECK(says(refused([](Checkpoint& k) {
               std::erase_if(k.state, [](auto& e) { return e.name.starts_with("best."); });
             }),
             {"expected weights of the best validation, got none"}));
  CHECK(says(refused([](Checkpoint& k) {
               std::erase_if(k.state, [](auto& e) { return e.name == "best.0.weight"; });
             }),
             {"0.weight is missing"}));
  CHECK(says(refused([](Checkpoint& k) {
               std::erase_if(k.state, [](auto& e) { return e.name == "best.1.num_batches_tracked"; });
             }),
             {"entries of the model"}));
}

TEST_CASE(
    "checkpoint: a file cut anywhere, or with a byte changed, is an error or a checkpoint, never a crash") {
  RunConfig c = base();
  c.hidden = {3};
  c.layers = "linear 2, bn, linear 10";
  const std::string bytes = encode_checkpoint(stopped_at(5, c));
  for (std::size_t n = 0; n < bytes.size(); n += n < 6000 ? 1 : 37)
    CHECK(error_of([&] { decode_checkpoint(bytes.substr(0, n), "it"); }) != "no error");
  Rng rng(1);
  for (int i = 0; i < 3000; ++i) {
    std::string broken = bytes;
    const std::size_t at = rng.below(std::min<std::size_t>(bytes.size(), 6000));
    broken[at] = static_cast<char>(rng.below(256));
    try {
      const Checkpoint k = decode_checkpoint(broken, "it");
      CHECK(k.result.steps <= k.result.config.steps);
    } catch (const Error&) {
    }
  }
  CHECK(says(error_of([&] { decode_checkpoint(encode_safetensors({}), "it"); }), {"it: not a checkpoint"}));
}

TEST_CASE("checkpoint: a counter that is missing is an error, though another writer's state may lack it") {
  RunConfig c = base();
  c.norm = "batch";
  Checkpoint k = stopped_at(5, c);
  CHECK(std::erase_if(k.state, [](auto& e) { return e.name.ends_with("num_batches_tracked"); }) > 0);
  CHECK(says(error_of([&] { run(c, digits(), {}, &k); }), {"entries of the model, got"}));
}

TEST_CASE("random: a generator goes on where its words were taken") {
  Rng a(5), b(9);
  a.normal();
  b.set_words(a.words());
  for (int i = 0; i < 5; ++i) CHECK((a.normal() == b.normal() && a.bits() == b.bits()));
}

TEST_CASE("optimizer: state goes to another one under PyTorch's names") {
  auto parameter = [] {
    Tensor p = Tensor::from({2}, {1, 2});
    p.set_requires_grad(true);
    return std::vector<Parameter>{{"w", p, true}};
  };
  auto step = [](const std::vector<Parameter>& p, Optimizer& o) {
    o.zero_grad();
    sum(mul(p[0].tensor, p[0].tensor)).backward();
    o.step();
  };
  auto names = [](const StateDict& s) {
    std::string all;
    for (const StateEntry& e : s) all += e.name + " ";
    return all;
  };
  auto check_kind = [&](auto make, const std::string& wanted) {
    const auto one = parameter(), two = parameter();
    auto a = make(one), b = make(two);
    CHECK(names(a.state_dict()).empty());
    for (int i = 0; i < 3; ++i) step(one, a);
    CHECK(names(a.state_dict()) == wanted);
    two[0].tensor.copy_from(one[0].tensor);
    b.load(a.state_dict());
    for (int i = 0; i < 3; ++i) {
      step(one, a);
      step(two, b);
    }
    CHECK(one[0].tensor[0] == two[0].tensor[0]);
    CHECK(says(error_of([&] { b.load({{"exp_avg.x", Tensor(Shape{2}), nullptr}}); }), {"exp_avg.x"}));
  };
  check_kind([](const auto& p) { return Sgd(p, {.lr = 0.1, .momentum = 0.9}); }, "momentum_buffer.w ");
  check_kind([](const auto& p) { return Adam(p, {.lr = 0.1}); }, "step.w exp_avg.w exp_avg_sq.w ");
}

}  // namespace run_checkpoint_test
}}  // namespace norma
