// What a system does not have, or does not give: file systems that cannot sync or lock, threads that do not
// come. The library that the command is run with fails such calls (system_faults.cpp).
#include <cerrno>

#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_system_test {

#ifdef NORMA_SYSTEM_FAULTS

Words with_faults(Words environment) {
  environment.push_back("LD_PRELOAD=" NORMA_SYSTEM_FAULTS);
  return environment;
}

std::string fault(const std::string& what, int error, int call = 0) {
  return "FAULT_" + what + "=" + std::to_string(error) + "," + std::to_string(call);
}

TEST_CASE("what a file system does not have is no error") {
  const Place place;
  place.make("train TINY", "usual");
  for (const std::string& missing :
       {fault("FSYNC_FOLDER", EOPNOTSUPP), fault("FSYNC_FOLDER", EINVAL), fault("FSYNC_FOLDER", ENOSYS),
        fault("FSYNC_FILE", EOPNOTSUPP), fault("FSYNC_FILE", EINVAL), fault("FSYNC_FILE", ENOSYS),
        fault("FLOCK", ENOLCK), fault("FLOCK", EOPNOTSUPP), fault("LINK", EPERM)}) {
    INFO(missing);
    for (const char* line :
         {"train TINY --checkpoint-every 5 --overwrite --out run", "train TINY --overwrite --out run"}) {
      const Finished f = place.run(line, with_faults({missing}));
      CHECK_MESSAGE((f.code == 0 && f.err.empty()), f.err);
      CHECK(place.files("run") == place.files("usual"));
      CHECK(contents(place.here / "run/model.safetensors") ==
            contents(place.here / "usual/model.safetensors"));
    }
  }
}

TEST_CASE("a sync that fails is an error at whatever moment, and leaves what was there") {
  const Place place;
  place.make("train TINY", "old");
  place.make("train TINY --seed 2", "new");
  auto model_of = [&](const char* run) { return contents(place.here / run / "model.safetensors"); };
  for (const char* what : {"FSYNC_FOLDER", "FSYNC_FILE"}) {
    for (const char* folder : {"a/b/fresh", "old"}) {
      const auto before = place.files();
      int call = 0;
      for (;; ++call) {
        REQUIRE(call < 50);
        INFO(std::string(what), ", call ", call, ", ", std::string(folder));
        const Finished f = place.run(std::string("train TINY --seed 2 --overwrite --out ") + folder,
                                     with_faults({fault(what, EIO, call)}));
        if (f.code == 0) break;
        CHECK(((f.code == 1) && has(f.err, "Input/output error") && count(f.err, "\n") == 1));
        CHECK(place.files() == before);
        CHECK(model_of("old") != model_of("new"));
      }
      CHECK(call >= 4);
      CHECK(model_of(folder) == model_of("new"));
    }
    place.make("train TINY --overwrite", "old");
    fs::remove_all(place.here / "a");
  }
}

TEST_CASE("a run that is killed at whatever sync leaves nothing that the next does not remove") {
  const Place place;
  place.make("train TINY", "run");
  const auto usual = place.files("run");
  int call = 0;
  for (;; ++call) {
    REQUIRE(call < 50);
    INFO("call ", call);
    const Finished f =
        place.run("train TINY --overwrite --out run", with_faults({"FAULT_KILL=" + std::to_string(call)}));
    if (f.code == 0) break;
    CHECK(f.code == -1);
    place.make("train TINY --overwrite", "run");
    CHECK(place.files("run") == usual);
  }
  CHECK(call >= 8);
}

TEST_CASE("a checkpoint that cannot be synced leaves the one before it") {
  const Place place;
  const std::string line = "train --data $DATA --hidden 8 --steps 40 --quiet --checkpoint-every 5 --out ";
  place.make("train --data $DATA --hidden 8 --steps 40 --quiet", "whole");
  const Finished cut = place.run(line + "run", with_faults({fault("FSYNC_FOLDER", EIO, 4)}));
  CHECK((cut.code == 1 && has(cut.err, "Input/output error")));
  CHECK(place.files("run") == std::set<std::string>{"checkpoint.safetensors"});
  place.run("train --resume run --quiet");
  CHECK(contents(place.here / "run/model.safetensors") == contents(place.here / "whole/model.safetensors"));
}

// Products large enough that OpenBLAS shares them.
const std::string wide = "train --data $DATA --hidden 200,200 --batch-size 60 --steps 5 --threads ";

TEST_CASE("a thread that does not come is said, once, and not waited for") {
  const Place place;
  place.make(wide + "1 --quiet", "one");
  for (const char* limit : {"OMP_THREAD_LIMIT=1", "FAULT_THREADS=0"}) {
    INFO(std::string(limit));
    const Finished f = place.run(wide + "2 --overwrite --out run", with_faults({limit}));
    REQUIRE_MESSAGE(f.code == 0, f.err);
    CHECK(count(f.err, "warning: expected 2 threads, got 1 ") == 1);
    CHECK(has(f.out, ", 1 thread\n"));
    CHECK(contents(place.here / "run/model.safetensors") == contents(place.here / "one/model.safetensors"));
    const Finished seen = place.run("eval run", with_faults({limit}));
    CHECK((seen.code == 0 && count(seen.err, "warning: expected 2 threads, got 1 ") == 1));
  }
  const Finished f = place.run(wide + "3 --out two-of-three", with_faults({"FAULT_THREADS=1"}));
  CHECK((f.code == 0 && has(f.err, "warning: expected 3 threads, got 2 ") && has(f.out, ", 2 threads")));
}

TEST_CASE("settings of OpenMP that are no limit leave the threads that were asked for") {
  const Place place;
  for (const char* setting :
       {"OMP_DYNAMIC=true", "OMP_MAX_ACTIVE_LEVELS=0", "OMP_NUM_THREADS=1", "OMP_NESTED=true"}) {
    INFO(std::string(setting));
    const Finished f = place.run(wide + "2 --quiet --overwrite --out run", {setting});
    CHECK_MESSAGE((f.code == 0 && f.err.empty()), f.err);
  }
}

TEST_CASE("a grid goes on with the workers that come; OMP_NUM_THREADS is how many it asks for") {
  const Place place;
  const std::string compare = "compare --data $DATA --hidden 8 --steps 20 --seeds 2 --overwrite --out grid ";
  for (const char* limit : {"OMP_THREAD_LIMIT=1", "FAULT_THREADS=0"}) {
    INFO(std::string(limit));
    const Finished f = place.run(compare + "--jobs 2", with_faults({limit}));
    REQUIRE_MESSAGE(f.code == 0, f.err);
    CHECK((has(f.out, "1 at a time") && count(f.err, "warning: expected 2 threads, got 1 ") == 1));
  }
  const Finished f = place.run(compare, {"OMP_NUM_THREADS=1"});
  CHECK((f.code == 0 && has(f.out, "1 at a time") && !has(f.err, "warning")));
}

#else
TEST_CASE("faults of the system") {
  MESSAGE(
      "SKIPPED: faults of the system: a sanitizer takes no library before its own (preset release has it)");
}
#endif

}  // namespace commands_system_test
}}  // namespace norma
