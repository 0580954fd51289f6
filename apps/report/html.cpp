#include "apps/report/html.h"

#include <algorithm>
#include <string_view>

#include "apps/report/page_css.h"
#include "apps/report/text.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

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

Page& Page::number(const std::string& value, const std::string& words) {
  return element("<p class=\"number\"><b>" + marked(value) + "</b> <span>" + marked(words) + "</span></p>\n");
}

Page& Page::lead(const std::string& text) { return element("<p class=\"lead\">" + marked(text) + "</p>\n"); }

Page& Page::section(const std::string& heading, const std::string& id, const std::string& badge) {
  element((id.empty() ? "<h2>" : "<h2 id=\"" + escape_html(id) + "\">") + marked(heading));
  if (!badge.empty())
    element(" <span class=\"badge " + escape_html(badge) + "\">" + escape_html(badge) + "</span>");
  return element("</h2>\n");
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
  element("<ul>\n");
  for (const std::string& item : items) element("<li>" + marked(item) + "</li>\n");
  return element("</ul>\n");
}

Page& Page::table(const Table& table, const std::string& caption) {
  if (!caption.empty()) element("<p class=\"soft caption\">" + marked(caption) + "</p>\n");
  return element(scrolling(table.html(), caption.empty() ? "table" : caption));
}

Page& Page::code(const std::string& text) {
  return element("<pre tabindex=\"0\"><code>" + escape_html(text) + "</code></pre>\n");
}

Page& Page::figure(const std::string& svg, const std::string& caption, const std::string& path) {
  const std::size_t start = svg.find("<svg");  // a page has no place for an XML declaration
  element("<figure>\n");
  element(start == svg.npos
              ? "<p class=\"soft\">This figure was not drawn: gnuplot was missing when this page "
                "was written.</p>\n"
              : scrolling(svg.substr(start), "figure"));
  std::string words = marked(caption);
  if (!path.empty() && start != svg.npos) {
    for (const std::string kind : {"SVG", "CSV"})
      words += (words.empty() ? "" : " ") + std::string("<a href=\"") + escape_html(path) +
               (kind == "SVG" ? ".svg" : ".csv") + "\">" + kind + "</a>";
  }
  if (!words.empty()) element("<figcaption>" + words + "</figcaption>\n");
  return element("</figure>\n");
}

Page& Page::details(const std::string& summary, const Table& table) {
  return element("<details><summary>" + marked(summary) + "</summary>\n" + scrolling(table.html(), summary) +
                 "</details>\n");
}

Page& Page::details(const std::string& summary, const std::vector<std::string>& items) {
  return element("<details><summary>" + marked(summary) + "</summary>\n").list(items).element("</details>\n");
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
         escape_html(title_) + "</title>\n<style>" + std::string(page_css) + style_ +
         "</style>\n</head>\n<body>\n<main>\n<h1>" + marked(title_) + "</h1>\n" + body_ +
         "</main>\n</body>\n</html>\n";
}

}}  // namespace norma
