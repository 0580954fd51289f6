// The commands that README.md and the pages of docs/ show run as they stand, at toy size.
#include "tests/support/page_commands.h"
#include "tests/support/pictures.h"
#include "tests/support/run_command.h"
#include "tests/support/small_runs.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_pages_test {

// Puts `value` in the place of the option's, or at the end.
void set(Words& words, const std::string& option, const std::string& value) {
  const auto at = std::find(words.begin(), words.end(), option);
  if (at != words.end())
    *(at + 1) = value;
  else
    words = with(words, {option, value});
}

bool given(const Words& words, const std::string& option) {
  return std::find(words.begin(), words.end(), option) != words.end();
}

// The same in a moment; empty where there is no such way: those have tests of their own.
Words toy(Words words) {
  const std::string command = words[0];
  if (command == "gradcheck" || words == Words{"bench"} || given(words, "all") || given(words, "--resume") ||
      (command == "reproduce" && !given(words, "--list")))
    return {};
  if (command == "bench" || command == "fold") set(words, "--rounds", "1");
  if (command != "train" && command != "compare") return words;
  if (!given(words, "--resize")) set(words, "--data", "small");
  if (given(words, "--epochs"))
    set(words, "--epochs", "1");
  else
    set(words, "--steps", "4");
  if (given(words, "--eval-every")) set(words, "--eval-every", "2");
  if (command == "compare") set(words, "--seeds", "1");
  return with(words, {"--quiet"});
}

// Two hundred digits to train on and fifty to test with, as IDX files.
void put_digits(const fs::path& folder) {
  auto put_set = [&](const Dataset& set, const char* images, const char* labels) {
    const auto n = static_cast<unsigned>(set.size());
    put(folder / images, idx({n, 28, 28}, {set.pixels.begin(), set.pixels.end()}));
    put(folder / labels, idx({n}, {set.labels.begin(), set.labels.end()}));
  };
  put_set(digits().train.first(200), train_images, train_labels);
  put_set(digits().test.first(50), test_images, test_labels);
}

TEST_CASE("docs: every command that a page shows runs") {
  int run = 0;
  for (const char* page :
       {"README.md", "docs/getting-started.md", "docs/commands.md", "docs/networks.md", "docs/data.md",
        "docs/formats.md", "docs/speed.md", "docs/reproduce/README.md", "docs/several-machines.md"}) {
    const Place place;
    put_digits(place.here / "small");
    place.make("train --data small --steps 4 --norm batch --quiet", "runs/001-train");
    for (const char* name : {"photo.jpg", "seven.png"})
      put(place.here / name, grey_png(image_of(digits().test, 0)));
    for (const char* name : {"cat", "dog"})
      for (int i = 0; i < 40; ++i)
        put(place.here / "pictures" / name / (std::to_string(i) + ".png"),
            grey_png(flat_image(5 + i % 3, 4, i)));
    for (const Words& shown : commands_of(fs::path(NORMA_SOURCE_DIR) / page)) {
      const Words words = toy(shown);
      if (words.empty()) continue;
      const Finished f = place.run(words);
      std::string line;
      for (const std::string& w : words) line += " " + w;
      CHECK_MESSAGE(f.code == 0, page, ": norma", line, "\n", f.err);
      ++run;
    }
  }
  CHECK(run > 40);
}

}  // namespace commands_pages_test
}}  // namespace norma
