// norma find-lr: the page it leaves, the rate it names, and what it refuses.
#include <doctest/doctest.h>

#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_find_lr_test {

TEST_CASE("find-lr suggests a rate at which training learns, and leaves its page") {
  const Place place;
  const std::string line = "find-lr --data $DATA --hidden 8 --activation relu --norm batch --out ";
  const Finished f = place.run(line + "search");
  REQUIRE(f.code == 0);
  CHECK(has(f.out, "36-8-3, relu, batch norm"));
  const std::size_t at = f.out.find("Suggested: --lr ");
  REQUIRE_MESSAGE(at != std::string::npos, f.out);
  const std::string rate = f.out.substr(at + 16, f.out.find(',', at) - at - 16);
  const fs::path run = place.make(
      "train --data $DATA --hidden 8 --activation relu --norm batch --quiet --steps 200 --lr " + rate, "run");
  CHECK(json::parse(contents(run / "summary.json"))["test"]["running_statistics"]["accuracy"] > 0.9);
  CHECK(place.files("search") == std::set<std::string>{"loss-by-rate.csv", "loss-by-rate.gp", "report.html"});
  CHECK(has(contents(place.here / "search/report.html"), "A search for the learning rate"));
  // The same command gives the same numbers
  CHECK(place.run(line + "again --quiet").code == 0);
  CHECK(contents(place.here / "search/loss-by-rate.csv") == contents(place.here / "again/loss-by-rate.csv"));
}

TEST_CASE("find-lr says so if the loss does not fall, and what it refuses") {
  const Place place;
  const Finished f = place.run("find-lr TINY --steps 40 --to 0.001");
  CHECK(f.code == 0);
  CHECK(has(f.out, "No suggestion: the loss never fell by a tenth"));
  CHECK(fs::exists(place.here / "runs/find-lr/report.html"));
  check_all(place, {{"find-lr TINY --from 0", {"--from", "above 0"}},
                    {"find-lr TINY --to x", {"--to", "above 0", "x"}},
                    {"find-lr TINY --from 2 --to 1", {"--from", "--to", "2", "1"}},
                    {"find-lr TINY --steps 5", {"20 steps", "5"}},
                    {"find-lr TINY --lr 1", {"--lr"}},
                    {"find-lr TINY --norm-eps 1", {"--norm-eps", "--norm"}}});
}

}}}  // namespace norma::commands_find_lr_test
