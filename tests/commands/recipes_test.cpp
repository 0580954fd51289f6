// docs/recipes: the commands of its pages run, at toy size, and leave what the pages name.
#include "tests/support/page_commands.h"
#include "tests/support/run_command.h"

namespace norma { inline namespace NORMA_BUILD { namespace commands_recipes_test {

const fs::path recipes = fs::path(NORMA_SOURCE_DIR) / "docs" / "recipes";

// All pages but the index.
std::vector<fs::path> pages() {
  std::vector<fs::path> all;
  for (const auto& entry : fs::directory_iterator(recipes)) {
    if (entry.path().extension() == ".md" && entry.path().filename() != "README.md")
      all.push_back(entry.path());
  }
  return all;
}

// compare or train in a moment: on drawn digits, with one seed and few steps.
Words toy(Words words) {
  if (words[0] != "compare" && words[0] != "train") return words;
  const std::map<std::string, std::string> small = {
      {"--train-size", "1000"}, {"--steps", "20"}, {"--epochs", "1"}, {"--eval-every", "10"}};
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (small.count(words[i]) && words[i + 1] != "0") words[i + 1] = small.at(words[i]);
  }
  if (words[0] == "compare") words = with(words, {"--seeds", "1"});
  return with(words, {"--data", "digits", "--quiet"});
}

// How many arms `--vary A=1,2 --vary B=x,y,z` makes: 6.
std::size_t arms(const Words& words) {
  std::size_t n = 1;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "--vary") n *= count(words[i + 1], ",") + 1;
  }
  return n;
}

std::string value_of(const Words& words, const std::string& option) {
  const auto at = std::find(words.begin(), words.end(), option);
  return at == words.end() || at + 1 == words.end() ? "" : *(at + 1);
}

TEST_CASE("recipes: each page's commands run and leave the results that it names") {
  REQUIRE(pages().size() >= 4);
  for (const fs::path& page : pages()) {
    INFO(page.filename().string());
    const Place place;
    const auto commands = commands_of(page);
    CHECK(!commands.empty());
    for (const Words& words : commands) {
      INFO(words[0], " … ", words.back());
      const Finished f = place.run(toy(words));
      INFO(f.err);
      REQUIRE(f.code == 0);
      if (words[0] != "compare") continue;
      CHECK((has(f.out, "test accuracy") && has(f.out, "At the end") && has(f.out, ", one seed")));
      const fs::path folder = place.here / value_of(words, "--out");
      CHECK(json::parse(contents(folder / "comparison.json"))["arms"].size() == arms(words));
      CHECK(fs::exists(folder / "report.html"));
    }
    for (const MarkdownLine& line : markdown_lines(page)) {
      for (const std::string& name : spans(line.text, true)) {
        if (line.fence.empty() && (name.ends_with(".json") || name.ends_with(".html")))
          CHECK_MESSAGE(fs::exists(place.here / name), line.number, ": ", name);
      }
    }
  }
}

TEST_CASE("recipes: the index has every page, and a misspelt option does not pass") {
  const std::string index = contents(recipes / "README.md");
  for (const fs::path& page : pages()) {
    const std::string link = "](" + page.filename().string() + ")";
    CHECK_MESSAGE(has(index, link), link);
  }
  const Place place;
  put(place.here / "page.md", "```sh\nls\nnorma compare --hidden 8 \\\n  --vary nrom=none,batch\n```\n");
  const auto commands = commands_of(place.here / "page.md");
  REQUIRE(commands == std::vector<Words>{{"compare", "--hidden", "8", "--vary", "nrom=none,batch"}});
  CHECK(place.run(toy(commands[0])).code == 2);
  CHECK(place.run(toy({"compare", "--hiden", "8"})).code == 2);
  put(place.here / "none.md", "`norma train`\n");
  CHECK(commands_of(place.here / "none.md").empty());
}

}  // namespace commands_recipes_test
}}  // namespace norma
