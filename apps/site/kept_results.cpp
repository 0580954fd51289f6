// What an earlier `norma reproduce` left, beside the claims as the program knows them.
#include <algorithm>

#include "apps/run/json.h"
#include "apps/site/pages.h"
#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD {
namespace fs = std::filesystem;
namespace {

// Its parts, each under this program's rule.
KeptClaim kept_claim(const json& j, const Claim& claim, const std::string& file) {
  KeptClaim kept{j.at("verdict"), j.at("in_words"), j.at("scope"), {}, {}};
  const json& parts = j.at("parts");
  bool same = parts.size() == claim.parts.size();
  for (std::size_t i = 0; same && i < parts.size(); ++i) {
    const Rule& rule = claim.parts[i].rule;
    same = parts[i].at("effect") == rule.effect && parts[i].at("wanted") == judge(rule, {}).wanted();
    kept.parts.push_back({parts[i].at("found"), parts[i].at("verdict"), parts[i].at("values").size()});
  }
  check(same, "--results ", file, ": ", claim.name,
        " was judged by other rules than this norma's; run `norma reproduce ", claim.name, "` again");
  return kept;
}

// The figures of claims in a folder, as norma draws them: CLAIM-NAME.svg.
void add_pictures(const fs::path& folder, KeptResults& results) {
  if (!fs::is_directory(folder)) return;
  for (const fs::path& file : list_folder(folder)) {
    if (file.extension() != ".svg") continue;
    KeptClaim* owner = nullptr;
    std::size_t longest = 0;  // "rate-by-depth" rather than "rate"
    for (auto& [name, claim] : results.claims) {
      if (!file.filename().string().starts_with(name + "-") || name.size() < longest) continue;
      owner = &claim;
      longest = name.size();
    }
    const std::string svg = owner ? read_file(file, 1 << 24) : "";
    if (svg.find("class=\"norma-figure\"") != svg.npos && svg.find("<script") == svg.npos)
      owner->pictures.push_back(svg);
  }
}

}  // namespace

KeptResults read_kept_results(const fs::path& folder) {
  const std::string file = (folder / "verdicts.json").string();
  const json j = parse_json_or_discard(read_file(file));
  KeptResults results;
  try {
    results.data = j.at("data");
    results.command = j.at("command");
    check(!j.at("quick").get<bool>(), "--results ", file,
          ": a quick look, not a result; expected a whole run");
    for (const json& one : j.at("claims")) {
      const std::string name = one.at("name");
      const auto claim = std::ranges::find(all_claims(), name, &Claim::name);
      check(claim != all_claims().end(), "--results ", file, ": there is no claim '", name, "'");
      results.claims[name] = kept_claim(one, *claim, file);
    }
  } catch (const json::exception&) {
    fail("--results ", file, ": expected what `norma reproduce` wrote");
  }
  add_pictures(folder, results);
  add_pictures(folder / "figures", results);
  return results;
}

}}  // namespace norma
