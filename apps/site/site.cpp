#include "apps/site/site.h"

#include <algorithm>

#include "apps/explain/engine/page.h"
#include "apps/report/text.h"
#include "apps/run/results_folder.h"
#include "apps/site/pages.h"
#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD {
namespace fs = std::filesystem;
namespace {

// The lesson before and the one after it.
std::string neighbours(std::size_t i) {
  const std::vector<Lesson>& all = all_lessons();
  std::string html = "<nav class=\"way\" aria-label=\"lessons\">";
  if (i > 0) html += link(all[i - 1].name + ".html", "← " + all[i - 1].name) + " ";
  if (i + 1 < all.size()) html += link(all[i + 1].name + ".html", all[i + 1].name + " →");
  return html + "</nav>\n";
}

std::string lab_file(const fs::path& path) {
  const std::string html = read_file(path, 1 << 26);
  std::string start = html.substr(0, 200);
  std::ranges::transform(start, start.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c | 32) : c; });
  check(start.find("<!doctype html") != start.npos, "--lab ", path.string(),
        ": expected a page that begins with <!doctype html>, got another file");
  return html;
}

bool is_ours(const fs::path& index) { return read_file(index).find(site_mark) != std::string::npos; }

// The pages of an older site.
std::vector<fs::path> pages_in(const fs::path& folder) {
  std::vector<fs::path> pages;
  for (const char* part : {"lessons", "claims"}) {
    if (!fs::is_directory(folder / part)) continue;
    for (const fs::path& page : list_folder(folder / part))
      if (page.extension() == ".html") pages.push_back(fs::path(part) / page.filename());
  }
  if (fs::exists(folder / "lab.html")) pages.emplace_back("lab.html");
  return pages;
}

}  // namespace

SiteFiles make_site(const SiteOptions& options) {
  SiteFiles site;
  if (!options.lab.empty()) site["lab.html"] = lab_file(options.lab);
  SiteFacts facts{!options.lab.empty(), {}};
  if (!options.results.empty()) facts.results = read_kept_results(options.results);
  for (std::size_t i = 0; i < all_lessons().size(); ++i) {
    const std::string name = "lessons/" + all_lessons()[i].name + ".html";
    Page page = site_page(lesson_page(all_lessons()[i].document()), "../");
    page.element(neighbours(i));
    site[name] = linked(page, facts, "../", name);
  }
  for (const Claim& claim : all_claims()) {
    const std::string name = "claims/" + claim.name + ".html";
    site[name] = linked(site_page(claim_page(claim, facts), "../"), facts, "../", name);
  }
  site["index.html"] = linked(site_page(contents_page(facts), ""), facts, "", "index.html");
  return site;
}

void write_site(const fs::path& folder, const SiteFiles& site, bool overwrite) {
  const LockedFolder locked(folder, "--site");
  const fs::path staging = folder / ".norma-site", index = "index.html";
  const bool there = fs::exists(folder / index);
  check(!there || overwrite, "--site ", folder.string(),
        ": holds a site already; give another folder, or --overwrite");
  check(!there || is_ours(folder / index), "--site ", folder.string(),
        ": the index.html there is not norma's; give another folder");
  for (const auto& entry : site)
    check(!fs::is_directory(folder / entry.first), "--site: ", (folder / entry.first).string(),
          " is a folder, where a page is to be");
  try {
    fs::remove_all(staging);
    for (const auto& [name, bytes] : site) {
      fs::create_directories((staging / name).parent_path());
      write_file(staging / name, bytes);
    }
    if (there) {
      for (const fs::path& page : pages_in(folder))
        if (!site.contains(page.string())) fs::remove(folder / page);
    }
    for (const char* part : {"lessons", "claims"}) fs::create_directories(folder / part);
    for (const auto& [name, bytes] : site)
      if (name != index) move_file(staging / name, folder / name);
    move_file(staging / index, folder / index);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(staging, ignored);
    throw;
  }
  fs::remove_all(staging);
}

}}  // namespace norma
