// The static site: every link leads somewhere, nothing is left out, and it is written whole or not at all.
#include "apps/site/site.h"

#include <doctest/doctest.h>

#include <regex>
#include <set>

#include "apps/claims/engine/claim.h"
#include "apps/explain/lessons.h"
#include "apps/run/results_folder.h"
#include "tests/support/pages.h"
#include "tests/support/run_command.h"
#include "tests/support/temporary_folder.h"

namespace norma { inline namespace NORMA_BUILD { namespace site_test {

constexpr const char* lab_page = "<!DOCTYPE html>\n<title>lab</title><script>1</script>";
const fs::path kept = NORMA_SOURCE_DIR "/docs/reproduce";

std::set<std::string> matches(const std::string& html, const char* pattern) {
  const std::regex regex(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator i(html.begin(), html.end(), regex), end; i != end; ++i) found.insert(i->str(1));
  return found;
}

std::string unescaped(const std::string& href) { return std::regex_replace(href, std::regex("&amp;"), "&"); }

// What is wrong with the links of a site: a file or an anchor that is not there, a file that index.html does
// not lead to. The lab's state, lab.html#panel=…, is no anchor.
std::string dead_links(const SiteFiles& site) {
  std::string problems;
  std::set<std::string> reached = {"index.html"};
  std::vector<std::string> next = {"index.html"};
  while (!next.empty()) {
    const std::string from = next.back();
    next.pop_back();
    if (from == "lab.html") continue;
    for (const std::string& raw : matches(site.at(from), "(?:href|src)=\"([^\"]*)\"")) {
      const std::string href = unescaped(raw);
      const auto hash = href.find('#');
      const fs::path file = hash == 0 ? fs::path(from) : fs::path(from).parent_path() / href.substr(0, hash);
      const std::string to = file.lexically_normal().string();
      if (!site.contains(to)) {
        problems += from + " leads to " + to + ", which is not there\n";
        continue;
      }
      if (hash != href.npos && to != "lab.html" && !has(site.at(to), "id=\"" + href.substr(hash + 1) + "\""))
        problems += from + ": no " + href.substr(hash) + " in " + to + "\n";
      if (hash != href.npos && to == "lab.html" && !href.substr(hash).starts_with("#panel="))
        problems += from + ": " + href + " is no state of the lab\n";
      if (reached.insert(to).second) next.push_back(to);
    }
  }
  for (const auto& [name, bytes] : site)
    if (!reached.count(name)) problems += "nothing leads to " + name + "\n";
  return problems;
}

const SiteFiles& bare() {
  static const SiteFiles site = make_site({});
  return site;
}

// With the lab and the kept results.
const SiteFiles& full() {
  static const TemporaryFolder folder;
  static const SiteFiles site = [] {
    put(folder / "lab.html", lab_page);
    return make_site({folder / "lab.html", kept});
  }();
  return site;
}

TEST_CASE("every lesson and claim has its page, every link leads somewhere, and no page has a script") {
  CHECK(dead_links({{"index.html", "<a href=\"b.html\">"}}) != "");
  CHECK(dead_links({{"index.html", "<a href=\"#b\">"}}) != "");
  CHECK(dead_links({{"index.html", ""}, {"b.html", ""}}) != "");
  CHECK(dead_links({{"index.html", "<a href=\"a/b.html\"><h1 id=\"c\">"},
                    {"a/b.html", "<a href=\"../index.html#c\">"}}) == "");
  for (const SiteFiles* site : {&bare(), &full()}) {
    CHECK(dead_links(*site) == "");
    CHECK(site->size() == 1 + all_lessons().size() + all_claims().size() + (site == &full()));
    for (const auto& entry : *site) {
      const std::string &name = entry.first, &html = entry.second;
      CAPTURE(name);
      if (name == "lab.html") {
        CHECK(html == lab_page);
        continue;
      }
      CHECK(fault_of(html) == "");
      CHECK(!has(html, "<script"));
      CHECK(!has(html, "javascript:"));
      CHECK(matches(html, "(https?://[^\"<]*)").size() <= 2);  // of SVG and MathML: nothing is fetched
      CHECK(!std::regex_search(html, std::regex("(src|href)=\"https?:")));
    }
  }
}

TEST_CASE("lessons lead on: to each other, to their claims, and to the lab if there is one") {
  const auto& lessons = all_lessons();
  for (std::size_t i = 0; i < lessons.size(); ++i) {
    const std::string name = "lessons/" + lessons[i].name + ".html";
    CAPTURE(name);
    const std::string &with = full().at(name), &without = bare().at(name);
    CHECK(has(with, "href=\"../index.html\""));
    if (i > 0) CHECK(has(with, "href=\"" + lessons[i - 1].name + ".html\""));
    if (i + 1 < lessons.size()) CHECK(has(with, "href=\"" + lessons[i + 1].name + ".html\""));
    for (const std::string& claim : lessons[i].claims) {
      CHECK(has(with,
                "<a href=\"../claims/" + claim + ".html\"><code>norma reproduce " + claim + "</code></a>"));
      CHECK(has(with.substr(0), "claims/" + claim));
      CHECK(has(full().at("claims/" + claim + ".html"), "href=\"../lessons/" + lessons[i].name + ".html\""));
    }
    for (const LabState& state : lessons[i].lab) {
      const std::string code = "<code>" + escape_html(state.address()) + "</code>";
      CHECK(has(with, "<a href=\"../" + escape_html(state.address()) + "\">" + code + "</a>"));
      CHECK(has(without, code));
    }
    CHECK(!has(without, "href=\"../lab.html"));
  }
  CHECK(has(bare().at("index.html"), "cmake --build --preset wasm"));
  CHECK(!has(bare().at("index.html"), "href=\"lab.html"));
  CHECK(has(full().at("index.html"), "href=\"lab.html\""));
}

TEST_CASE("the contents page serves three readers, and its program is README's") {
  const std::string& html = full().at("index.html");
  for (const char* reader : {"understand", "pictures", "library"})
    CHECK((has(html, "href=\"#" + std::string(reader) + "\"") &&
           has(html, "id=\"" + std::string(reader) + "\"")));
  const std::string readme = contents(NORMA_SOURCE_DIR "/README.md");
  const auto start = readme.find("```cpp\n") + 7;
  CHECK(has(html, escape_html(readme.substr(start, readme.find("```", start) - start - 1))));
  for (const Lesson& lesson : all_lessons()) CHECK(has(html, escape_html(lesson.summary)));
  for (const Claim& claim : all_claims()) CHECK(has(html, escape_html(claim.sentence)));
}

TEST_CASE("every command on the pages is one that norma takes") {
  const Place place;
  std::map<std::string, std::string> help;
  int options = 0;
  for (const auto& entry : full()) {
    CAPTURE(entry.first);
    for (const std::string& code : matches(entry.second, "<code>([^<]*)</code>")) {
      std::istringstream lines(code);
      for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string word, command;
        if (!(words >> word >> command) || word != "norma") continue;
        if (!help.count(command))
          help[command] = place.run(command + " --help").out + place.run(command + " --help-all").out;
        CHECK_MESSAGE(has(help[command], "Usage: norma " + command), line);
        while (words >> word) {
          if (!word.starts_with("--")) continue;
          ++options;
          CHECK_MESSAGE(has(help[command], word + " "), line);
        }
      }
    }
  }
  CHECK(options > 20);
}

TEST_CASE("claims show their rules, and the kept results if there are any") {
  const json verdicts = json::parse(contents(kept / "verdicts.json"));
  REQUIRE(verdicts.at("claims").size() == all_claims().size());
  for (const json& one : verdicts.at("claims")) {
    const std::string name = one.at("name");
    CAPTURE(name);
    const std::string page = "claims/" + name + ".html";
    const std::string &with = full().at(page), &without = bare().at(page);
    CHECK(has(with, escape_html(one.at("in_words").get<std::string>())));
    CHECK(has(with, "badge " + one.at("verdict").get<std::string>()));
    CHECK(!has(without, "class=\"badge"));
    for (const json& part : one.at("parts")) {
      CHECK(has(with, escape_html(part.at("found").get<std::string>())));
      for (const char* key : {"effect", "wanted", "why"})
        CHECK(has(without, escape_html(part.at(key).get<std::string>())));
    }
    CHECK(has(without, "norma reproduce " + name + " --quick"));
  }
  CHECK(count(full().at("claims/init.html"), "norma-figure") >
        count(bare().at("claims/init.html"), "norma-figure"));
}

TEST_CASE("results that are none, or judged by other rules, are refused") {
  const TemporaryFolder folder;
  const auto fault = [&](const std::string& bytes) -> std::string {
    put(folder / "verdicts.json", bytes);
    try {
      make_site({.results = folder.path});
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  json j = json::parse(contents(kept / "verdicts.json"));
  j["claims"] = json::array({j["claims"][0]});
  CHECK(has(fault("{"), "expected what `norma reproduce` wrote"));
  CHECK(has(fault("[]"), "expected what `norma reproduce` wrote"));
  CHECK(has(fault("{\"data\": 1}"), "expected what `norma reproduce` wrote"));
  json other = j;
  other["claims"][0]["parts"][0]["wanted"] = "at least 3×";
  CHECK(has(fault(other.dump()), "judged by other rules"));
  other = j;
  other["claims"][0]["parts"].erase(0);
  CHECK(has(fault(other.dump()), "judged by other rules"));
  other = j;
  other["claims"][0]["name"] = "none";
  CHECK(has(fault(other.dump()), "there is no claim 'none'"));
  other = j;
  other["quick"] = true;
  CHECK(has(fault(other.dump()), "a quick look"));
  put(folder / "verdicts.json", j.dump());  // one claim alone; a figure that norma did not draw
  put(folder / "convergence-x.svg", "<svg class=\"norma-figure\"><script>1</script></svg>");
  const SiteFiles site = make_site({.results = folder.path});
  CHECK(has(site.at("claims/convergence.html"), "What came out"));
  CHECK(!has(site.at("claims/convergence.html"), "<script"));
  CHECK(!has(site.at("claims/init.html"), "What came out"));
}

TEST_CASE("a site is written whole, replaced only if told to, and nothing else goes") {
  const TemporaryFolder folder;
  const fs::path at = folder / "new/site";
  const SiteFiles one = {{"index.html", "<meta name=\"generator\" content=\"norma explain --site\">\n1"},
                         {"lessons/a.html", "a"},
                         {"claims/b.html", "b"},
                         {"lab.html", "lab"}};
  write_site(at, one, false);
  for (const auto& [name, bytes] : one) CHECK(contents(at / name) == bytes);
  put(at / "own.txt", "mine");
  put(at / "lessons/own.txt", "mine");
  CHECK_THROWS_WITH_AS(write_site(at, one, false),
                       doctest::Contains("holds a site already; give another folder, or --overwrite"), Error);
  SiteFiles two = one;
  two.erase("lessons/a.html");
  two.erase("lab.html");
  two["lessons/c.html"] = "c";
  write_site(at, two, true);
  CHECK(!fs::exists(at / "lessons/a.html"));
  CHECK(!fs::exists(at / "lab.html"));
  CHECK(contents(at / "lessons/c.html") == "c");
  CHECK((contents(at / "own.txt") == "mine" && contents(at / "lessons/own.txt") == "mine"));
  CHECK(!fs::exists(at / ".norma-site"));

  {
    const LockedFolder busy(folder / "a/b", "--site");
    CHECK_THROWS_WITH_AS(write_site(folder / "a/b", one, false), doctest::Contains("at work there"), Error);
  }
  CHECK(!fs::exists(folder / "a"));  // made, and left empty
  put(folder / "mine/index.html", "my page");
  CHECK_THROWS_WITH_AS(write_site(folder / "mine", one, true), doctest::Contains("is not norma's"), Error);
  CHECK(contents(folder / "mine/index.html") == "my page");
  put(folder / "file", "");
  CHECK_THROWS_WITH_AS(write_site(folder / "file", one, false), doctest::Contains("--site"), Error);
  put(at / "lessons/d.html/in", "");  // a folder where a page is to be
  SiteFiles bad = two;
  bad["lessons/d.html"] = "d";
  CHECK_THROWS_WITH_AS(write_site(at, bad, true), doctest::Contains("is a folder, where a page is to be"),
                       Error);
  CHECK(contents(at / "index.html") == two.at("index.html"));
  CHECK(!fs::exists(at / ".norma-site"));
}

}  // namespace site_test
}}  // namespace norma
