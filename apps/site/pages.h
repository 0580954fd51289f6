// The pages of a site, and what they have in common. Internal to apps/site.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "apps/claims/engine/claim.h"
#include "apps/explain/lessons.h"
#include "apps/report/html.h"

namespace norma { inline namespace NORMA_BUILD {

/// A claim as `norma reproduce` judged it.
struct KeptClaim {
  std::string verdict, in_words, scope;  // "in part", "in part: 3 of 4 parts reproduced", "MNIST, 3 layers …"
  struct Part {
    std::string found, verdict;
    std::size_t seeds;
  };
  std::vector<Part> parts;            // of the claim's, in their order
  std::vector<std::string> pictures;  // SVG
};

/// The claims of one run of `norma reproduce`, those that it judged.
struct KeptResults {
  std::string data, command;  // "MNIST: 60,000 training and …", "norma reproduce --all"
  std::map<std::string, KeptClaim> claims;
};

/// Of a folder with verdicts.json, and with the figures CLAIM-NAME.svg, here or in figures/, if there are
/// any. Error if it is not what `norma reproduce` left, or a rule is not this program's.
KeptResults read_kept_results(const std::filesystem::path& folder);

/// In every page's head: by it norma knows a site as its own.
inline constexpr const char* site_mark = "<meta name=\"generator\" content=\"norma explain --site\">\n";

/// What is known to all pages.
struct SiteFacts {
  bool lab;
  KeptResults results;  // without claims if there are none
};

/// Begins a page: style, and the way up. `up` leads to the folder of index.html: "" or "../".
Page site_page(Page page, const std::string& up);

/// The page's file, in which what is written as code of a lesson (`norma explain NAME`), a claim (`norma
/// reproduce NAME`) or a state of the lab, if there is one, leads there; not to `own`, the page itself.
std::string linked(const Page& page, const SiteFacts& facts, const std::string& up, const std::string& own);

Page contents_page(const SiteFacts& facts);
Page claim_page(const Claim& claim, const SiteFacts& facts);

/// "<a href="…">words</a>", both escaped.
std::string link(const std::string& href, const std::string& words);

}}  // namespace norma
