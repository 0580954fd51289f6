#include "apps/report/html.h"

#include <algorithm>
#include <string_view>

namespace norma { inline namespace NORMA_BUILD {
namespace {

constexpr std::string_view style = R"(
:root{color-scheme:light dark;--paper:#fff;--ink:#1f2328;--soft:#59636e;--line:#d1d9e0;--box:#f6f8fa;--accent:#0072b2;
--yes:#007a55;--no:#b34700;--unsure:#59636e}
@media (prefers-color-scheme:dark){
:root{--paper:#0d1117;--ink:#d1d7e0;--soft:#9198a1;--line:#3d444d;--box:#151b23;--accent:#56b4e9;
--yes:#3fcf9f;--no:#ff9a5c;--unsure:#9198a1}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);overflow-wrap:break-word;
font:1.0625rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:62rem;margin:0 auto;padding:clamp(1.25rem,5vw,3.5rem) clamp(1rem,4vw,2rem) 5rem}
h1{font-size:clamp(1.6rem,5vw,2.15rem);line-height:1.2;letter-spacing:-.015em;margin:0 0 1rem;text-wrap:balance}
h2{font-size:1.3rem;line-height:1.3;letter-spacing:-.005em;margin:3rem 0 .75rem;text-wrap:balance}
p,ul{margin:0 0 1rem;max-width:40rem}
ul{padding-left:1.25rem}
li{margin:.25rem 0}
.lead{font-size:1.2rem;line-height:1.5;margin-bottom:1.5rem}
.soft,figcaption{color:var(--soft);font-size:.9375rem;line-height:1.5}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875em}
code{background:var(--box);border-radius:4px;padding:.1em .3em}
pre{background:var(--box);border:1px solid var(--line);border-radius:6px;padding:.75rem 1rem;margin:0 0 1.25rem;
overflow-x:auto;line-height:1.5}
pre code{background:none;padding:0;font-size:1em;white-space:pre-wrap;overflow-wrap:anywhere}
.scroll{overflow-x:auto;margin:0 0 1.5rem}
.scroll:focus-visible,pre:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
table{border-collapse:collapse;font-size:.875rem;line-height:1.4;font-variant-numeric:tabular-nums}
.caption{margin:0 0 .35rem}
th,td{text-align:left;padding:.4rem 1.25rem .4rem 0;white-space:nowrap;vertical-align:baseline}
th:last-child,td:last-child{padding-right:.25rem}
th{font-weight:600;border-bottom:1px solid var(--soft)}
td{border-bottom:1px solid var(--line)}
.n{text-align:right}
td.wrap{white-space:normal;min-width:12rem;max-width:22rem}
td a{color:var(--accent);font-weight:600}
.badge{display:inline-block;border:1.5px solid var(--unsure);color:var(--unsure);border-radius:999px;padding:0 .6em;font-weight:600}
h2 .badge{font-size:.875rem;vertical-align:.15em;margin-left:.4em}
.badge.reproduced{border-color:var(--yes);color:var(--yes)}
.badge.refuted{border-color:var(--no);color:var(--no)}
figure{margin:1.75rem 0 2.25rem}
figure svg{display:block;width:100%;min-width:20rem;height:auto}
.norma-figure .paper{fill:none!important}
figcaption{margin-top:.5rem;max-width:40rem}
figure .scroll{margin:0}
.side{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr));gap:0 1.5rem}
.side figure{margin:.5rem 0 1.25rem;min-width:0}
details{margin:0 0 1.5rem}
summary{cursor:pointer;color:var(--accent);padding:.25rem 0}
details[open] summary{margin-bottom:.5rem}
@media (min-width:60rem){figure{margin-inline:-2rem}figcaption,figure>p{margin-inline:2rem}}
.side figcaption,.side figure>p{margin-inline:0}
@media print{main{max-width:none;padding:0}h2{break-after:avoid}figure,tr{break-inside:avoid}}
)";

// Escaped text in which `backticks` make code and **stars** bold. A mark without its pair stands for itself.
std::string marked(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t open = std::min(text.find('`'), text.find("**"));
    if (open == std::string_view::npos) break;
    const std::string_view mark = text.substr(open, text[open] == '`' ? 1 : 2);
    const std::size_t inside = open + mark.size(), close = text.find(mark, inside);
    if (close == std::string_view::npos) {
      out += escape_html(text.substr(0, inside));
      text.remove_prefix(inside);
      continue;
    }
    const std::string tag = mark == "`" ? "code" : "strong";
    out += escape_html(text.substr(0, open));
    out += "<" + tag + ">" + escape_html(text.substr(inside, close - inside)) + "</" + tag + ">";
    text.remove_prefix(close + mark.size());
  }
  return out + escape_html(text);
}

// A box that scrolls sideways when its contents are wider than the page, by keyboard too.
std::string scrolling(const std::string& html, const std::string& label) {
  const std::string name = label.empty() ? "" : " role=\"region\" aria-label=\"" + escape_html(label) + "\"";
  return "<div class=\"scroll\" tabindex=\"0\"" + name + ">\n" + html + "</div>\n";
}

}  // namespace

Page::Page(std::string title) : title_(std::move(title)) {}

Page& Page::lead(const std::string& text) {
  body_ += "<p class=\"lead\">" + marked(text) + "</p>\n";
  return *this;
}

Page& Page::section(const std::string& heading, const std::string& id, const std::string& badge) {
  body_ += (id.empty() ? "<h2>" : "<h2 id=\"" + escape_html(id) + "\">") + marked(heading);
  if (!badge.empty())
    body_ += " <span class=\"badge " + escape_html(badge) + "\">" + escape_html(badge) + "</span>";
  body_ += "</h2>\n";
  return *this;
}

Page& Page::text(const std::string& text) {
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = rest.find("\n\n");
    const std::string_view paragraph = rest.substr(0, end);
    if (paragraph.find_first_not_of(" \n\t") != std::string_view::npos)
      body_ += "<p>" + marked(paragraph) + "</p>\n";
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
  }
  return *this;
}

Page& Page::list(const std::vector<std::string>& items) {
  body_ += "<ul>\n";
  for (const std::string& item : items) body_ += "<li>" + marked(item) + "</li>\n";
  body_ += "</ul>\n";
  return *this;
}

Page& Page::table(const Table& table, const std::string& caption) {
  if (!caption.empty()) body_ += "<p class=\"soft caption\">" + marked(caption) + "</p>\n";
  body_ += scrolling(table.html(), caption.empty() ? "table" : caption);
  return *this;
}

Page& Page::code(const std::string& text) {
  body_ += "<pre tabindex=\"0\"><code>" + escape_html(text) + "</code></pre>\n";
  return *this;
}

Page& Page::figure(const std::string& svg, const std::string& caption) {
  const std::size_t start = svg.find("<svg");  // a page has no place for an XML declaration
  body_ += "<figure>\n";
  if (start == std::string::npos)
    body_ +=
        "<p class=\"soft\">This figure was not drawn: gnuplot was missing when this page was written.</p>\n";
  else
    body_ += scrolling(svg.substr(start), "figure");
  if (!caption.empty()) body_ += "<figcaption>" + marked(caption) + "</figcaption>\n";
  body_ += "</figure>\n";
  return *this;
}

Page& Page::figures(const std::vector<std::pair<std::string, std::string>>& figures) {
  body_ += "<div class=\"side\">\n";
  for (const auto& [svg, caption] : figures) figure(svg, caption);
  body_ += "</div>\n";
  return *this;
}

Page& Page::details(const std::string& summary, const Table& table) {
  body_ += "<details><summary>" + marked(summary) + "</summary>\n" + scrolling(table.html(), summary) +
           "</details>\n";
  return *this;
}

Page& Page::details(const std::string& summary, const std::vector<std::string>& items) {
  body_ += "<details><summary>" + marked(summary) + "</summary>\n";
  list(items);
  body_ += "</details>\n";
  return *this;
}

Page& Page::css(const std::string& rules) {
  style_ += rules;
  return *this;
}

Page& Page::element(const std::string& html) {
  body_ += html;
  return *this;
}

std::string Page::str() const {
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
         escape_html(title_) + "</title>\n<style>" + std::string(style) + style_ +
         "</style>\n</head>\n<body>\n<main>\n<h1>" + marked(title_) + "</h1>\n" + body_ +
         "</main>\n</body>\n</html>\n";
}

}}  // namespace norma
