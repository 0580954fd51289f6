#include "apps/report/html.h"

#include <algorithm>
#include <string_view>

#include "apps/report/page_css.h"
#include "apps/report/text.h"
#include "data/formats/files.h"

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
std::string scrolling(const std::string& html, const std::string& label, const std::string& more = {}) {
  const std::string name = label.empty() ? "" : " role=\"region\" aria-label=\"" + escape_html(label) + "\"";
  return "<div class=\"scroll" + more + "\" tabindex=\"0\"" + name + ">\n" + html + "</div>\n";
}

// Checkboxes and radio buttons, at whose state the page's style looks.
std::string inputs(const std::vector<PageFigure>& figures, const Switches& switches) {
  std::string out;
  auto add = [&](const std::string& type, const std::string& kind, bool on, const std::string& label) {
    out +=
        "<label><input " + type + " class=\"" + kind + "\"" + (on ? " checked>" : ">") + label + "</label>\n";
  };
  for (std::size_t i = 0; i < switches.series.size() && switches.series.size() > 1; ++i) {
    const Series& s = switches.series[i];
    const PaletteColour& colour = palette_colour(s.colour, i);
    add("type=\"checkbox\"", "s" + std::to_string(i), true,
        text_of("<span class=\"swatch\" style=\"border-top-color:light-dark(", colour.light, ",", colour.dark,
                ")", s.dashed ? ";border-top-style:dashed" : "", "\"></span>", escape_html(s.label)));
  }
  if (std::ranges::any_of(figures, [](const PageFigure& f) { return !f.other.svg.empty(); })) {
    const std::string radio = "type=\"radio\" name=\"" + escape_html(switches.id) + "\"";
    add(radio, "log", switches.log_first, "logarithmic steps");
    add(radio, "linear", !switches.log_first, "linear steps");
  }
  return "<div class=\"inputs\">\n" + out + "</div>\n";
}

template <class Kind>
Picture draw_for(const Kind& kind, const std::filesystem::path& page, const std::string& files) {
  const std::filesystem::path name = page / files;
  const std::string svg = draw(kind, name.parent_path(), name.filename().string());
  return {svg.empty() ? "" : read_file(svg), files};
}

}  // namespace

Picture drawn(const Figure& figure, const std::filesystem::path& page, const std::string& files) {
  return draw_for(figure, page, files);
}
Picture drawn(const HeatMap& map, const std::filesystem::path& page, const std::string& files) {
  return draw_for(map, page, files);
}

std::string data_uri(const std::string& type, const std::string& bytes) {
  constexpr const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text = "data:" + type + ";base64,";
  for (std::size_t at = 0; at < bytes.size(); at += 3) {  // three bytes as four digits, = where there is none
    std::uint32_t three = 0;
    for (std::size_t i = at; i < at + 3; ++i)
      three = three << 8 | (i < bytes.size() ? static_cast<std::uint8_t>(bytes[i]) : 0);
    for (std::size_t i = 0; i < 4; ++i)
      text += at + i <= bytes.size() ? digits[three >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

Page::Page(std::string title) : title_(std::move(title)) {}

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

Page& Page::number(const std::string& value, const std::string& words) {
  return element("<p class=\"number\"><strong>" + marked(value) + "</strong> <span>" + marked(words) +
                 "</span></p>\n");
}

Page& Page::figure(const Picture& picture, const std::string& caption) {
  return figures({{picture, caption}});
}

Page& Page::figures(const std::vector<PageFigure>& figures, const Switches& switches) {
  if (!switches.id.empty()) element("<div class=\"switched\">\n" + inputs(figures, switches));
  element("<div class=\"side\">\n");
  for (const PageFigure& f : figures) {
    const bool both = !f.other.svg.empty();
    element("<figure>\n");
    std::string links;
    for (const Picture* d : {&f.picture, &f.other}) {
      if (d == &f.other && !both) break;
      const bool log = (d == &f.picture) == switches.log_first;
      const std::string axis = !both ? "" : log ? " log" : " linear";
      const std::size_t start = d->svg.find("<svg");  // a page has no place for an XML declaration
      element(start == std::string::npos
                  ? "<p class=\"soft\">This figure was not drawn: gnuplot was missing when this page "
                    "was written.</p>\n"
                  : scrolling(d->svg.substr(start), "figure", axis));
      if (d->files.empty()) continue;
      links += "<span class=\"files" + axis + "\">";
      for (const char* kind : {"SVG", "CSV"}) {
        if (*kind == 'S' && start == std::string::npos) continue;
        links +=
            "<a href=\"" + escape_html(d->files) + (*kind == 'S' ? ".svg" : ".csv") + "\">" + kind + "</a> ";
      }
      links += "</span>\n";
    }
    if (!f.caption.empty() || !links.empty())
      element("<figcaption>" + marked(f.caption) + "\n" + links + "</figcaption>\n");
    element("</figure>\n");
  }
  return element(switches.id.empty() ? "</div>\n" : "</div>\n</div>\n");
}

Page& Page::details(const std::string& summary, const Table& table) {
  return element("<details><summary>" + marked(summary) + "</summary>\n" + scrolling(table.html(), summary) +
                 "</details>\n");
}

Page& Page::details(const std::string& summary, const std::vector<std::string>& items) {
  return element("<details><summary>" + marked(summary) + "</summary>\n").list(items).element("</details>\n");
}

Page& Page::reload(int seconds) {
  return head("<meta http-equiv=\"refresh\" content=\"" + std::to_string(seconds) + "\">\n");
}

Page& Page::head(const std::string& html) {
  head_ += html;
  return *this;
}

Page& Page::above(const std::string& html) {
  above_ += html;
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
         escape_html(title_) + "</title>\n" + head_ + "<style>" + std::string(page_css) + style_ +
         "</style>\n</head>\n<body>\n<main>\n" + above_ + "<h1>" + marked(title_) + "</h1>\n" + body_ +
         "</main>\n</body>\n</html>\n";
}

}}  // namespace norma
