#include "apps/site/pages.h"

#include "apps/report/text.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

constexpr const char* style = R"(
.way{font-size:.9375rem;display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;margin:0 0 1.5rem}
.way:last-child{margin:4rem 0 0;border-top:1px solid var(--line);padding-top:1rem}
a{color:var(--accent)}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,17.5rem),1fr));gap:1rem 2rem;margin:0 0 1.5rem}
dt{font-weight:600}
dd{margin:0;color:var(--soft);font-size:.9375rem;line-height:1.5}
@media (min-width:40rem){a code{white-space:nowrap}}
)";

}  // namespace

std::string link(const std::string& href, const std::string& words) {
  return "<a href=\"" + escape_html(href) + "\">" + escape_html(words) + "</a>";
}

Page site_page(Page page, const std::string& up) {
  page.head(site_mark).css(style);
  if (!up.empty())
    page.above("<nav class=\"way\" aria-label=\"site\">" + link(up + "index.html", "Norma: contents") +
               "</nav>\n");
  return page;
}

std::string linked(const Page& page, const SiteFacts& facts, const std::string& up, const std::string& own) {
  std::map<std::string, std::string> places;  // of what is written as code
  for (const Lesson& lesson : all_lessons()) {
    places["norma explain " + lesson.name] = "lessons/" + lesson.name + ".html";
    for (const LabState& state : lesson.lab) {
      if (facts.lab) places[state.address()] = state.address();
    }
  }
  for (const Claim& claim : all_claims())
    places["norma reproduce " + claim.name] = "claims/" + claim.name + ".html";
  std::string html = page.str();
  for (const auto& [code, to] : places) {
    const std::string plain = "<code>" + escape_html(code) + "</code>";
    if (to != own) html = replaced(html, plain, "<a href=\"" + escape_html(up + to) + "\">" + plain + "</a>");
  }
  return html;
}

}}  // namespace norma
