// What the machine does not give: room on the disk, a folder to write in, memory. The command ends with one
// line that says so and code 1 (2 if another folder is needed), and what was whole before still is.
#include "data/formats/safetensors.h"
#include "tests/support/pictures.h"
#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_limits_test {

/// A folder disk/ that begins as before/; what is in it at the end is in after/.
struct Disk {
  const char* name;
  const char* make;    // shell words that fill disk/
  const char* under;   // the program that runs the command
  bool mounts;         // needs its own file system, which the kernel may refuse
  int code;            // of the command that cannot write
  const char* reason;  // that it gives
};

// As root or as anybody, in its own namespace: nothing is left mounted.
const Disk full{.name = "full",
                .make =
                    "mount -t tmpfs -o size=512k none disk && cp -a before/. disk && "
                    "{ cat /dev/zero > disk/filler 2>/dev/null; truncate -s -$((ROOM * 4096)) disk/filler; }",
                .under = "",
                .mounts = true,
                .code = 1,
                .reason = "No space left on device"};
const Disk read_only{.name = "read-only",
                     .make = "mount -t tmpfs none disk && cp -a before/. disk && mount -o remount,ro disk",
                     .under = "",
                     .mounts = true,
                     .code = 2,
                     .reason = "Read-only file system"};
const Disk limited{.name = "file size limited",
                   .make = "cp -a before/. disk",
                   .under = "/usr/bin/prlimit --fsize=1000",
                   .mounts = false,
                   .code = 1,
                   .reason = "File too large"};

/// Pages of 4 KiB that are left on a full one.
Finished run_on(Place& place, const Disk& disk, const std::string& line, int room = 0) {
  const std::string script = "rm -rf disk after; mkdir disk && ROOM=" + std::to_string(room) + " && " +
                             disk.make + " || exit 99; " + disk.under +
                             " \"$@\"; code=$?; rm -f disk/filler; cp -a disk after; exit $code";
  place.under = {"/usr/bin/unshare", "--map-root-user", "--mount", "/bin/sh", "-c", script, "sh"};
  if (!disk.mounts) place.under.erase(place.under.begin(), place.under.begin() + 3);
  const Finished f = place.run(line);
  place.under.clear();
  return f;
}

bool can_mount(Place& place) {
  static const bool can = run_on(place, full, "--version").code == 0;
  if (!can)
    MESSAGE("SKIPPED: a disk that is full or read-only (needs root, or user namespaces that may mount)");
  return can;
}

void check_untouched(const Place& place) {
  for (const auto& entry : fs::recursive_directory_iterator(place.here / "before")) {
    const fs::path name = fs::relative(entry.path(), place.here / "before");
    if (entry.is_regular_file())
      CHECK_MESSAGE(contents(entry.path()) == contents(place.here / "after" / name), name.string());
  }
  for (const std::string& name : place.files("after")) CHECK_MESSAGE(!has(name, ".norma-"), name);
}

void check_fault(Place& place, const Disk& disk, const std::string& line) {
  INFO(std::string(disk.name), ": norma ", line);
  const Finished f = run_on(place, disk, line);
  INFO(f.err);
  CHECK(f.code == disk.code);
  CHECK((has(f.err, "norma: ") && count(f.err, "\n") == 1));
  CHECK(has(f.err, disk.reason));
  check_untouched(place);
}

// A finished run, one that was stopped, and a file that is to be replaced.
void put_before(const Place& place) {
  place.make("train TINY --norm batch", "before/run");
  place.make("train TINY", "before/plain");
  put(place.here / "before/m.npz", "old");
  bool struck = false;
  const Finished stopped = place.run(
      place.words("train --data $DATA --hidden 8 --steps 2000000 --quiet --out before/cut"), {}, "", [&] {
        const bool now = !struck && fs::exists(place.here / "before/cut");
        struck = struck || now;
        return now ? SIGINT : 0;
      });
  REQUIRE(stopped.code == 130);
}

TEST_CASE("a disk that is full, or cannot be written, ends in one line and damages nothing") {
  Place place;
  put_before(place);
  for (const Disk& disk : {full, limited, read_only}) {
    if (disk.mounts && !can_mount(place)) continue;
    for (const char* line :
         {"train TINY --out disk/new", "train TINY --checkpoint-every 5 --out disk/new",
          "train TINY --out disk/run --overwrite", "compare TINY --seeds 2 --out disk/new",
          "compare TINY --seeds 2 --out disk/run --overwrite",
          "fold disk/run --rounds 1 --out disk/plain --overwrite",
          "reproduce largest-rate --quick --seeds 1 --quiet --data $DATA --out disk/new",
          "export disk/run --npz disk/m.npz --overwrite",
          "export disk/run --onnx disk/m.onnx --csv disk/m.csv", "inspect disk/run --json disk/look.json",
          "inspect disk/run --html", "fold disk/run --rounds 1 --out disk/folded",
          "explain by-hand --html disk/page.html", "explain --site disk/new",
          "train --resume disk/cut --quiet --checkpoint-every 1"})
      check_fault(place, disk, line);
  }
}

TEST_CASE("a disk that fills up leaves the last checkpoint whole, and the run goes on from it") {
  Place place;
  if (!can_mount(place)) return;
  fs::create_directories(place.here / "before");
  const std::string options = "train --data $DATA --hidden 8 --norm batch --steps 20 --log-every 1 --quiet ";
  place.make(options, "whole");
  int kept = 0;
  for (int room = 1;; ++room) {
    REQUIRE(room < 20);
    const Finished f = run_on(place, full, options + "--checkpoint-every 3 --out disk/run", room);
    if (f.code == 0) break;  // there was room enough
    CHECK(f.code == 1);
    CHECK(has(f.err, "No space left on device"));
    check_untouched(place);
    if (!fs::exists(place.here / "after/run/checkpoint.safetensors")) continue;
    ++kept;
    CHECK(!read_safetensors(place.here / "after/run/checkpoint.safetensors").empty());
    CHECK(place.run("train --quiet --resume after/run").code == 0);
    for (const char* file : {"config.json", "metrics.jsonl", "model.safetensors"})
      CHECK(contents(place.here / "after/run" / file) == contents(place.here / "whole" / file));
  }
  CHECK(kept > 0);
}

TEST_CASE("an answer that does not fit the disk is a failure") {
  Place place;
  place.make("train TINY", "run");
  put_file(place.here / "a.png", grey_png(flat_image(6, 6, 100)));
  for (const char* line :
       {"predict run a.png --json", "predict run a.png", "eval run", "eval run --json", "inspect run",
        "export run --npz m.npz --overwrite", "fold --help", "reproduce --list"}) {
    const Finished f = place.run(line, {}, "/dev/full");
    INFO(line, "\n", f.err);
    CHECK(f.code == 1);
    CHECK((has(f.err, "cannot write to the standard output") && count(f.err, "\n") == 1));
  }
}

TEST_CASE("if there is not enough memory it says so, and leaves nothing half done") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  MESSAGE("SKIPPED: too little memory: a sanitizer needs more than this test gives (preset release has it)");
#else
  Place place;
  place.make("train TINY", "run");
  const auto before = place.files();
  const std::string large = " --data $DATA --hidden 100000,20000 --steps 2 --quiet ";  // 8 GB of weights
  for (const std::string& line : {"train" + large + "--out new", "compare" + large + "--seeds 1 --out new"}) {
    place.under = {"/usr/bin/prlimit", "--as=2000000000"};
    const Finished f = place.run(line);
    INFO(line, "\n", f.err);
    CHECK(f.code == 1);
    CHECK(f.err == "norma: not enough memory\n");
    CHECK(place.files() == before);
  }
  // OpenBLAS would ask for its work space for ever.
  struct Case {
    const char *limit, *line;
  };
  for (const Case& c : {Case{"--as=100000000", "--version"},
                        {"--as=300000000", "eval run"},
                        {"--as=430000000", "train TINY --out new"},
                        {"--as=900000000", "compare TINY --seeds 4 --jobs 4 --out new"},
                        {"--as=900000000", "train TINY --threads 64"}}) {
    place.under = {"/usr/bin/prlimit", c.limit};
    const Finished f = place.run(c.line);
    CHECK_MESSAGE((f.code == 1 && f.err.starts_with("norma: not enough memory: ") && count(f.err, "\n") == 1),
                  c.limit, ' ', c.line, f.err);
    CHECK(place.files() == before);
  }
  place.under = {"/usr/bin/prlimit", "--as=1000000000"};
  CHECK(place.run("compare TINY --seeds 2 --jobs 2 --out two").code == 0);
#endif
}

// The state of a run, with one number that is none.
void put_nan(const fs::path& from, const fs::path& to) {
  Metadata metadata;
  StateDict state = read_safetensors(from, &metadata);
  state.front().tensor[3] = NAN;
  write_safetensors(to, state, metadata);
}

TEST_CASE("weights that are no numbers are said to be so, by every command that takes them") {
  const Place place;
  place.make("train TINY --norm batch --activation relu", "run");
  put_file(place.here / "a.png", grey_png(flat_image(6, 6, 100)));
  fs::copy(place.here / "run", place.here / "bad");
  put_nan(place.here / "run/model.safetensors", place.here / "bad/model.safetensors");
  const Words words = {"bad", "diverged", "0.weight", "nan"};
  check_all(place,
            {{"eval bad", words},
             {"predict bad a.png", words},
             {"fold bad --rounds 1", words},
             {"inspect bad", words},
             {"inspect bad --json x.json", words},
             {"export bad --npz m.npz", words},
             {"export bad --npy 0.weight=w.npy", words},
             {"export bad --onnx m.onnx", words},
             {"export bad --logits l.npz", words},
             {"train TINY --norm batch --activation relu --init-from bad/model.safetensors", words},
             {"compare TINY --activation relu --seeds 1 --vary norm=batch --init-from bad/model.safetensors",
              words}});
}

TEST_CASE("a running variance below 0 is refused") {
  const Place place;
  place.make("train TINY --norm batch", "run");
  Metadata metadata;
  const StateDict state = read_safetensors(place.here / "run/model.safetensors", &metadata);
  for (const StateEntry& e : state)
    if (e.name == "1.running_var") e.tensor[2] = -1;
  write_safetensors(place.here / "run/model.safetensors", state, metadata);
  for (const char* line : {"eval run", "export run --onnx m.onnx", "fold run"})
    check_refused(place, line, {"run/model.safetensors", "1.running_var", "-1"});
}

TEST_CASE("a counter that cannot be counted on is refused") {
  const Place place;
  place.make("train TINY --norm batch", "run");
  Metadata metadata;
  for (const std::int64_t count : {std::numeric_limits<std::int64_t>::max(), std::int64_t{-1}}) {
    const StateDict state = read_safetensors(place.here / "run/model.safetensors", &metadata);
    for (const StateEntry& e : state)
      if (e.counter) *e.counter = count;
    write_safetensors(place.here / "bad.st", state, metadata);
    check_refused(place, "train TINY --norm batch --init-from bad.st",
                  {"bad.st", "num_batches_tracked", std::to_string(count), "0 to 2^62"});
  }
  // The same in a checkpoint, and in what it says of the run's progress
  put_before(place);
  const fs::path file = place.here / "before/cut/checkpoint.safetensors";
  const std::string whole = contents(file);
  StateDict state = decode_safetensors(whole, "it", &metadata);
  for (const char* wrong :
       {"9223372036854775807", "18446744073709551615", "-1", "1e300", "0.5", "\"1\"", "null"}) {
    json progress = json::parse(metadata["progress"]);
    for (const char* key : {"epoch", "batch", "loss_count", "steps_per_epoch", "steps"}) {
      json changed = progress;
      changed[key] = json::parse(wrong);
      Metadata other = metadata;
      other["progress"] = changed.dump();
      write_safetensors(file, state, other);
      check_refused(place, "train --quiet --resume before/cut",
                    {"checkpoint.safetensors", "progress is broken", "a count"});
    }
  }
}

}  // namespace commands_limits_test
}}  // namespace norma
