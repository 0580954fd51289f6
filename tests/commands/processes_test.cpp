// norma under mpirun: grids by several processes, one of which may die, and what they refuse.
#include <charconv>

#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_processes_test {

// Whether there is an mpirun to start norma with; if not, says what is left out.
bool has_mpirun() {
  const bool there = std::string(NORMA_MPIRUN) != "";
  if (!there) MESSAGE("SKIPPED: several processes under mpirun (Debian: apt-get install libopenmpi-dev)");
  return there;
}

// A place where each command is started as n processes, whatever the machine is.
struct Several : Place {
  explicit Several(int n) { start(n); }
  void start(int n) { under = n > 1 ? Words{NORMA_MPIRUN, "-n", std::to_string(n)} : Words(); }

  Finished run(
      const Words& words, const std::function<int()>& strike = [] { return 0; }) const {
    return Place::run(words, environment, "", strike);
  }
  Finished run(const std::string& line) const { return run(words(line)); }

  // As root, with more processes than processors, and not bound to one of them: Open MPI 4's names, and 5's.
  Words environment = {"OMPI_ALLOW_RUN_AS_ROOT=1",
                       "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
                       "OMPI_MCA_rmaps_base_oversubscribe=1",
                       "OMPI_MCA_hwloc_base_binding_policy=none",
                       "PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe",
                       "PRTE_MCA_hwloc_default_binding_policy=none"};
};

// The same files with the same bytes, except for what a clock said.
void check_same(const Place& place, const std::string& one, const std::string& other) {
  CHECK(place.files(one) == place.files(other));
  for (const std::string& file : place.files(one)) {
    const fs::path a = place.here / one / file, b = place.here / other / file;
    if (fs::is_directory(a) || file.ends_with("about.json") || file.ends_with("report.html")) continue;
    if (file.ends_with("comparison.json") || file.ends_with("summary.json"))
      CHECK_MESSAGE(without_times(json::parse(contents(a))) == without_times(json::parse(contents(b))), file);
    else
      CHECK_MESSAGE(contents(a) == contents(b), file);
  }
}

// Files below `folder` whose names end so.
int files_that_end(const fs::path& folder, const std::string& end) {
  int n = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), last; !error && it != last; it.increment(error))
    n += it->path().string().ends_with(end);
  return n;
}

// Signals the process of this rank that works in the place; whether there was one.
bool signal_rank(const Place& place, int rank, int signal = SIGKILL) {
  std::error_code none;
  const std::string number = std::to_string(rank) + '\0';
  for (const auto& entry : fs::directory_iterator("/proc", none)) {
    int id = 0;
    const std::string name = entry.path().filename().string();
    if (std::from_chars(name.data(), name.data() + name.size(), id).ptr != name.data() + name.size())
      continue;
    if (fs::read_symlink(entry.path() / "cwd", none) != place.here) continue;
    const std::string variables = '\0' + contents(entry.path() / "environ");
    for (const std::string variable : {"OMPI_COMM_WORLD_RANK=", "PMI_RANK="})
      if (has(variables, '\0' + variable + number)) return kill(id, signal) == 0;
  }
  return false;
}

// A strike of Place::run: kills rank 1 once `ready`.
std::function<int()> killing(const Place& place, bool& killed, const std::function<bool()>& ready) {
  return [&place, &killed, ready] {
    if (!killed && ready()) killed = signal_rank(place, 1);
    return 0;
  };
}

// One line of norma's, with these words, among those of mpirun.
void check_refused_by_all(const Finished& f, const Words& wanted) {
  CHECK_MESSAGE((f.code == 2 && count(f.err, "norma: ") == 1), f.code, f.err);
  for (const std::string& words : wanted) CHECK_MESSAGE(has(f.err, words), f.err);
}

TEST_CASE("compare by three processes leaves what one leaves") {
  if (!has_mpirun()) return;
  Several place(3);
  const std::string line = "compare TINY --vary norm=none,batch --vary lr=0.1,1 --seeds 2 --steps 30 --out ";
  const Finished three = place.run(line + "three");
  REQUIRE_MESSAGE(three.code == 0, three.err);
  CHECK(three.err.empty());
  place.start(1);
  const Finished one = place.run(line + "one");
  REQUIRE(one.code == 0);
  check_same(place, "one", "three");
  CHECK(count(three.out, "with BN, lr=0.1") == count(one.out, "with BN, lr=0.1"));
  place.start(3);  // a numbered folder, for all the same; and another time, over what is there
  const Finished loud = place.run("compare --hidden 8 --steps 20 --data $DATA --seeds 2 --jobs 1");
  REQUIRE_MESSAGE(loud.code == 0, loud.err);
  CHECK_MESSAGE(has(loud.out, "4 runs, 1 at a time in each of 3 processes"), loud.out);
  CHECK_MESSAGE(count(loud.err, "4 of 4 runs") == 1, loud.err);
  CHECK(place.files("runs").count("001-compare/report.html") == 1);
  CHECK(place.files("runs").count("002-compare") == 0);
  const Finished over = place.run(line + "three --overwrite");
  REQUIRE_MESSAGE(over.code == 0, over.err);
  check_same(place, "one", "three");
}

TEST_CASE("compare goes on after one of three processes was killed") {
  if (!has_mpirun()) return;
  Several place(3);
  const std::string line =
      "compare TINY --vary norm=none,batch --vary lr=0.1,1 --seeds 3 --steps 40000 --jobs 1 --out ";
  const auto cut = [&](const std::string& folder) {
    bool killed = false;
    const Finished f = place.run(place.words(line + folder), killing(place, killed, [&] {
                                   return files_that_end(place.here / folder / "runs", "summary.json") >= 1;
                                 }));
    CHECK(killed);
    return f;
  };
  CHECK(cut("cut").code != 0);  // mpirun ends the others
  CHECK_FALSE(fs::exists(place.here / "cut/report.html"));
  REQUIRE(place.run(line + "cut").code == 0);
  place.environment.push_back("OMPI_MCA_orte_enable_recovery=1");
  const bool recovers = std::string(NORMA_MPI_RECOVERS) != "";
  if (!recovers)
    MESSAGE("SKIPPED: others take over the runs of a process that was killed (needs Open MPI 4)");
  if (recovers) CHECK(cut("taken-over").code == 0);
  place.start(1);
  REQUIRE(place.run(line + "whole").code == 0);
  check_same(place, "whole", "cut");
  if (recovers) check_same(place, "whole", "taken-over");
}

TEST_CASE("reproduce by three processes, one of which is killed, comes to the same verdicts") {
  if (!has_mpirun()) return;
  Several place(3);
  put_data(place.data, 90, 20);
  const std::string line = "reproduce rate-last-layer largest-rate --quick --seeds 2 --data $DATA --out ";
  const Finished three = place.run(line + "three");
  REQUIRE_MESSAGE(three.code == 0, three.err);
  CHECK_MESSAGE(!has(three.err, "from before"), three.err);
  CHECK_MESSAGE(count(three.err, "140 of 140 runs") == 1, three.err);
  const Finished again = place.run(line + "three");
  CHECK(again.code == 0);
  CHECK_MESSAGE(count(again.err, "140 of 140 runs are there from before") == 1, again.err);
  const Finished fresh = place.run(line + "three --fresh");
  CHECK_MESSAGE((fresh.code == 0 && !has(fresh.err, "from before")), fresh.err);
  bool killed = false;
  const Finished cut = place.run(place.words(line + "cut"), killing(place, killed, [&] {
                                   return files_that_end(place.here / "cut/outcomes", ".json") >= 9;
                                 }));
  CHECK((killed && cut.code != 0));
  CHECK_FALSE(fs::exists(place.here / "cut/verdicts.json"));
  place.start(1);
  const Finished rest = place.run(line + "cut");
  CHECK((rest.code == 0 && has(rest.err, "are there from before")));
  REQUIRE(place.run(line + "whole").code == 0);
  check_same(place, "whole", "three");
  check_same(place, "whole", "cut");
}

TEST_CASE("a run that fails fails once, whichever process it was in") {
  if (!has_mpirun()) return;
  const Several place(2);
  const fs::path run = place.here / "c/runs/steps-40000-seed-1", in_the_way = run / "summary.json/file";
  const std::string line =
      "compare --data $DATA --hidden 8 --vary steps=20,40000,30 --seeds 1 --jobs 1 --out c";
  const Finished f = place.run(place.words(line), [&] {
    if (fs::exists(run / "about.json") && !fs::exists(in_the_way)) put(in_the_way, "");
    return 0;
  });
  CHECK_MESSAGE((f.code == 1 && count(f.err, "norma: ") == 1 && has(f.err, "norma: 1 run failed: ")), f.err);
  CHECK_MESSAGE((has(f.out, "steps=40000, seed 1  failed: ") && has(f.out, "steps=30")), f.out);
  fs::remove_all(in_the_way.parent_path());
  CHECK(place.run(line).code == 0);
}

// The bytes that a training leaves.
void check_same_run(const Place& place, const std::string& one, const std::string& other) {
  for (const char* file : {"config.json", "metrics.jsonl", "model.safetensors"})
    CHECK_MESSAGE(contents(place.here / one / file) == contents(place.here / other / file), one, " ", other,
                  " ", file);
}

TEST_CASE("train by two and three processes leaves the bytes of one with as many parts") {
  if (!has_mpirun()) return;
  Several place(1);
  const std::string cnn =
      "train --data $DATA --quiet --steps 20 --log-every 1 --layers "
      "conv\t4\t3,norm,relu,dropout\t0.2,conv\t6\t3,norm,relu,flatten,linear\t3 --norm ";
  const std::vector<std::string> runs = {
      "train TINY --log-every 1 --norm batch", "train TINY --log-every 1 --norm batch --norm-group local",
      "train TINY --log-every 1 --norm batch-renorm --optimizer adam --momentum 0 --clip-norm 1",
      cnn + "batch", cnn + "group:2"};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (const std::string n : {"2", "3"}) {
      INFO(runs[i], " by ", n);
      const std::string name = std::to_string(i) + "-of-" + n;
      place.start(1);
      REQUIRE(place.run(runs[i] + " --accumulate " + n + " --out one-" + name).code == 0);
      place.start(std::stoi(n));
      const Finished f = place.run(runs[i] + " --out several-" + name);
      REQUIRE_MESSAGE(f.code == 0, f.err);
      CHECK_MESSAGE(f.err.empty(), f.err);
      check_same_run(place, "one-" + name, "several-" + name);
    }
  }
  // More parts than processes; groups within a process, and of several.
  for (const std::string group : {"all", "local", "2"}) {
    place.start(1);
    const std::string line = "train TINY --norm batch --accumulate 4 --norm-group " + group;
    REQUIRE(place.run(line + " --out one-" + group).code == 0);
    place.start(2);
    REQUIRE(place.run(line + " --out several-" + group).code == 0);
    check_same_run(place, "one-" + group, "several-" + group);
  }
}

TEST_CASE("a training that loses a process ends, and goes on from its checkpoint") {
  if (!has_mpirun()) return;
  Several place(2);
  const std::string line = "train TINY --steps 6000 --eval-every 100 --norm batch --quiet --out ";
  bool killed = false;
  const auto start = std::chrono::steady_clock::now();
  const Finished cut = place.run(place.words(line + "cut"), killing(place, killed, [&] {
                                   return fs::exists(place.here / "cut/checkpoint.safetensors");
                                 }));
  CHECK((killed && cut.code != 0));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(30));
  CHECK_FALSE(fs::exists(place.here / "cut/summary.json"));
  REQUIRE(fs::exists(place.here / "cut/checkpoint.safetensors"));
  const Finished rest = place.run("train --quiet --resume cut");
  REQUIRE_MESSAGE(rest.code == 0, rest.err);
  REQUIRE(place.run(line + "whole").code == 0);
  check_same_run(place, "whole", "cut");
}

TEST_CASE("a training by several processes stops as one does, and goes on in one or several") {
  if (!has_mpirun()) return;
  Several place(2);
  const std::string line = "train TINY --steps 40000 --eval-every 400 --norm batch --quiet --out ";
  bool told = false;
  const Finished stopped = place.run(place.words(line + "s"), [&] {
    if (!told && fs::exists(place.here / "s/checkpoint.safetensors")) told = signal_rank(place, 1, SIGTERM);
    return 0;
  });
  CHECK((told && stopped.code != 0));
  CHECK_MESSAGE(has(stopped.out, "stopped after step"), stopped.out);
  place.start(1);
  REQUIRE(place.run("train --quiet --resume s").code == 0);
  REQUIRE(place.run(line + "whole --accumulate 2").code == 0);
  check_same_run(place, "whole", "s");
}

TEST_CASE("what several processes refuse, they refuse in one line") {
  if (!has_mpirun()) return;
  Several place(2);
  const auto before = place.files();
  const auto both = [&](const std::string& first, const std::string& second, const Words& start = {}) {
    place.under = {NORMA_MPIRUN, "-n", "1"};
    const Words other = with(with({":", "-n", "1"}, start), with({NORMA_COMMAND}, place.words(second)));
    const Finished f = place.run(with(place.words(first), other));
    place.start(2);
    return f;
  };
  const std::string line = "compare TINY --seeds 2 --out o ";
  check_refused_by_all(both(line + "--lr 0.1", line + "--lr 0.2"),
                       {"the same options", "--lr 0.1", "--lr 0.2", "process 2 of 2"});
  check_refused_by_all(both(line, line + "--lr 0.2"), {"nothing", "--lr 0.2"});
  check_refused_by_all(place.run("eval nowhere"), {"eval: expected to run as one process, got 2", "compare"});
  check_refused_by_all(place.run(line + "--shard 1/2"), {"--shard", "2"});
  const std::string training = "train TINY --norm batch --out o ";
  check_refused_by_all(both(training, training + "--seed 2"), {"nothing", "--seed 2", "process 2 of 2"});
  check_refused_by_all(place.run(training + "--accumulate 3"), {"--accumulate: expected a multiple of 2"});
  check_refused_by_all(place.run(training + "--accumulate 6 --norm-group 2"),
                       {"--norm-group: 2 parts cannot be a group with 3 in each process"});
  put(place.here / "cfg", "{\"lr\": 0.2}");
  put(place.root / "there/cfg", "{\"lr\": 0.3}");
  check_refused_by_all(both(training + "--config cfg", training + "--config cfg",
                            {"env", "-C", (place.root / "there").string()}),
                       {"--lr 0.2", "--lr 0.3"});
  fs::remove(place.here / "cfg");
  check_refused_by_all(place.run("compare nowhere"), {"compare: expected one process", "got 2"});
  check_refused_by_all(place.run(line + "--lr -1"), {"norma: --lr"});
  check_refused_by_all(place.run("reproduce convergense"), {"norma: reproduce: there is no claim"});
  // What only one of them meets: another folder, other data.
  fs::create_directory(place.root / "there");
  put_data(place.here / "set", 61, 20);
  const std::string there = (place.root / "there").string();
  const std::string relative = "compare --hidden 8 --steps 20 --data set --seeds 2 --out o";
  check_refused_by_all(both(relative, relative, {"env", "-C", there}), {"norma: process 2 of 2: ", "set"});
  put_data(place.root / "there/set", 62, 20);
  check_refused_by_all(both(relative, relative, {"env", "-C", there}), {"training_data", "process 2 of 2"});
  fs::remove_all(place.here / "set");
  put(place.here / "file", "");
  check_refused_by_all(place.run("compare TINY --out file/o"), {"norma: process 1 of 2: --out file/o"});
  fs::remove(place.here / "file");
  CHECK(place.files() == before);
  CHECK(count(place.run("--version").out, "norma ") == 1);
}

TEST_CASE("started as one of several, a norma without MPI, or with another, says so") {
  for (const Words& variables :
       {Words{"PMI_SIZE=3", "PMI_RANK="}, {"OMPI_COMM_WORLD_SIZE=3", "OMPI_COMM_WORLD_RANK="}})
    for (const std::string rank : {"0", "2"}) {
      const Finished f = Place().run("eval nowhere", {variables[0], variables[1] + rank});
      CHECK_MESSAGE(f.code == 2, f.err);
      CHECK_MESSAGE((rank == "0" ? has(f.err, "norma: started as 3 processes, but ") : f.err.empty()), f.err);
    }
}

}}}  // namespace norma::commands_processes_test
