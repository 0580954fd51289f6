// What is said while a command runs: on a terminal, and without one.
#include "apps/commands/terminal.h"

#include <doctest/doctest.h>

#include "apps/report/table.h"
#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_terminal_test {

TEST_CASE("progress is plain lines if stderr is not a terminal, and --quiet leaves it out") {
  const Place place;
  const Finished loud = place.run("train --data $DATA --hidden 8 --steps 20"),
                 quiet = place.run("train TINY");
  CHECK((loud.code == 0 && has(loud.err, "step 20 of 20") && loud.err.back() == '\n'));
  CHECK((quiet.code == 0 && quiet.err.empty() && quiet.out.size() < loud.out.size()));
  const Finished grid = place.run("compare --data $DATA --hidden 8 --steps 20 --seeds 1");
  CHECK((grid.code == 0 && has(grid.err, "2 of 2 runs   ") && has(grid.err, " steps/s\n")));
  const Finished bench = place.run("bench --work W1a --rounds 1 --threads 1");
  CHECK((bench.code == 0 && has(bench.out, "W1a") && !has(bench.out, "W1b")));
  const Finished single = place.run("bench --operations tanh,max_pool --rounds 1");
  CHECK((single.code == 0 && has(single.out, "tanh") && has(single.out, "max_pool") &&
         !has(single.out, "relu")));
  for (const std::string& text : {loud.err, grid.err, bench.err, bench.out})
    CHECK(text.find_first_of("\r\033") == std::string::npos);
  CHECK(place.files("runs").count("003-compare"));
}

TEST_CASE("on a terminal a line is overwritten; if TERM is dumb or not set all lines are plain") {
  if (!has_terminals()) return;
  const Place place;
  place.make("train TINY", "run");
  for (const std::string line :
       {"train --data $DATA --hidden 8 --steps 20", "compare --data $DATA --hidden 8 --steps 20 --seeds 1",
        "reproduce depth-explosion --quick --seeds 1 --data $DATA --fresh", "inspect run",
        "bench --work W1a --rounds 1 --threads 1", "bench --operations tanh --rounds 1"}) {
    CAPTURE(line);
    for (const char* plain : {"TERM=dumb", "-u TERM"})
      CHECK(place.on_terminal(line, plain).find_first_of("\r\033") == std::string::npos);
    const std::string uncoloured = place.on_terminal(line, "TERM=xterm NO_COLOR=1");
    CHECK(!has(uncoloured, "\033"));
    if (line != "inspect run") CHECK(has(uncoloured, "\r"));
  }
}

}  // namespace commands_terminal_test
}}  // namespace norma
