// norma data: what a data set consists of.
#include <doctest/doctest.h>

#include "tests/support/pictures.h"
#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_data_test {

/// Pictures of 2 × 1: class a has three for training and one for testing, b one and two.
void put_pictures(const Place& place) {
  const std::string s0(1, '\0');
  auto png = [&](const std::string& rgb) { return Png{2, 1, 8, 2, s0 + rgb}.file(); };
  for (const char* file : {"train/a/1.png", "train/a/2.png", "train/a/3.png", "test/a/1.png"})
    put(place.here / "set" / file, png(std::string("\xff\0\0\xff\0\0", 6)));
  for (const char* file : {"train/b/1.png", "test/b/1.png", "test/b/2.png"})
    put(place.here / "set" / file, png(std::string("\0\0\0\xff\xff\xff", 6)));
}

TEST_CASE("data: classes, counts, size, chance level, mean and deviation") {
  const Place place;
  put_pictures(place);
  const Finished f = place.run("data set");
  CHECK(f.code == 0);
  // Red is 255 in 7 of 8 training pixels, green and blue in 1 of 8; the test set is two thirds b.
  CHECK(f.out ==
        "set: 4 training and 3 test images (set)\n"
        "2×1 in colour, 2 classes; chance level 66.67%; mean 0.875 0.125 0.125,\n"
        "deviation 0.331 0.331 0.331\n"
        "\n"
        "  class  training  test  share of test\n"
        "  ─────  ────────  ────  ─────────────\n"
        "  a             3     1         33.33%\n"
        "  b             1     2         66.67%\n"
        "\n"
        "  channel   mean  deviation\n"
        "  ───────  ─────  ─────────\n"
        "  red      0.875      0.331\n"
        "  green    0.125      0.331\n"
        "  blue     0.125      0.331\n");
  CHECK(has(place.run("data set --colour grey").out, "2×1 in grey, 2 classes"));
  CHECK(has(place.run("data digits").out, "28×28 in grey, 10 classes; chance level 10.00%; mean 0."));
}

TEST_CASE("data: a page with ten samples of each class, whole in one file") {
  const Place place;
  put_pictures(place);
  REQUIRE(place.run("data set --out set.html").code == 0);
  const std::string page = contents(place.here / "set.html");
  CHECK(page.starts_with("<!doctype html>"));
  CHECK(has(page, "4 training and 3 test images, 2×1 in colour"));
  for (const char* name : {"a", "b"}) CHECK(has(page, std::string("<img alt=\"samples of ") + name + "\""));
  CHECK(has(page, "src=\"data:image/png;base64,iVBORw0KGgo"));
  CHECK(!has(page, "http"));
  const Finished again = place.run("data set --out set.html");
  CHECK((again.code == 2 && has(again.err, "--out set.html: is there already")));
  CHECK(place.run("data set --out set.html --overwrite").code == 0);
  CHECK(contents(place.here / "set.html") == page);
}

TEST_CASE("data: a run's page and first lines say the same") {
  const Place place;
  put_pictures(place);
  const Finished f =
      place.run("train --data set --layers linear\t2 --steps 1 --batch-size 2 --report --out run");
  CHECK(f.code == 0);
  CHECK(has(f.out, "2×1 in colour, 2 classes; chance level 66.67%; mean 0.875"));
  CHECK(has(contents(place.here / "run/report.html"), "Ten samples of each class"));
}

TEST_CASE("data: what is wrong is one line") {
  const Place place;
  put_pictures(place);
  const struct {
    const char* command;
    const char* wanted;
  } cases[] = {{"data nothing", "data nothing: is not a folder; expected mnist, digits"},
               {"data", "NAME is required"},
               {"data digits --split 0.5", "--split: has no effect here"},
               {"data set --split 0.5", "--split: "},
               {"data set --overwrite", "--overwrite: has no effect here, it needs --out"},
               {"data set --lr 1", "unknown option '--lr'"},
               {"data set --out no/such/folder.html", "no/such"}};
  for (const auto& c : cases) {
    INFO(c.command);
    const Finished f = place.run(c.command);
    CHECK(f.code == 2);
    CHECK_MESSAGE(has(f.err, c.wanted), f.err);
    CHECK(std::count(f.err.begin(), f.err.end(), '\n') == 1);
  }
}

}  // namespace commands_data_test
}}  // namespace norma
