// The list of lessons: where each says to go on is there.
#include "apps/explain/lessons.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "apps/claims/engine/claim.h"
#include "core/suggest.h"
#include "tests/support/text.h"

namespace norma { namespace explain_lessons_test {

TEST_CASE("the claims that lessons name are there, and each lesson ends in them and in the lab's states") {
  std::set<std::string> claims, names;
  for (const Claim& claim : all_claims()) claims.insert(claim.name);
  for (const Lesson& lesson : all_lessons()) {
    CAPTURE(lesson.name);
    CHECK(names.insert(lesson.name).second);
    for (const std::string& claim : lesson.claims) CHECK_MESSAGE(claims.count(claim) == 1, claim);
    std::string end;  // what stands under its last heading
    for (const Block& block : lesson.document().blocks) {
      if (const auto* heading = std::get_if<Heading>(&block)) end = heading->text + "\n";
      if (const auto* text = std::get_if<Text>(&block)) end += text->text + "\n";
    }
    for (const std::string& claim : lesson.claims) CHECK(contains(end, "`norma reproduce " + claim + "`"));
    for (const LabState& state : lesson.lab)
      CHECK(contains(end, "`lab.html#panel=" + state.panel + "&preset=" + state.preset + "`"));
    CHECK(end.starts_with("Put to the test\n") == !(lesson.claims.empty() && lesson.lab.empty()));
  }
  for (const char* both : {"gamma-beta", "covariate-shift", "surface", "rates", "position", "batch-size"}) {
    const auto& lesson = *std::ranges::find(all_lessons(), std::string(both), &Lesson::name);
    CHECK_MESSAGE((!lesson.claims.empty() && !lesson.lab.empty()), both);
  }
}

TEST_CASE("the presets that lessons name are the lab's") {
  const std::filesystem::path file = NORMA_SOURCE_DIR "/apps/lab/presets.json";
  if (!std::filesystem::exists(file)) {
    MESSAGE("SKIPPED: the lab's presets (there is no apps/lab/presets.json)");
    return;
  }
  std::ifstream in(file);
  const nlohmann::json presets = nlohmann::json::parse(in);
  for (const Lesson& lesson : all_lessons()) {
    for (const LabState& state : lesson.lab) {
      CAPTURE(state.address());
      REQUIRE_MESSAGE(presets.contains(state.preset), lesson.name);
      CHECK_MESSAGE(presets.at(state.preset).at("panel") == state.panel, lesson.name);
    }
  }
}

}  // namespace explain_lessons_test
}  // namespace norma
