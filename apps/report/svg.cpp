#include "apps/report/svg.h"

#include <cstdio>
#include <cstring>
#include <string_view>
#include <vector>

#include "apps/report/table.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// A piece of the file: a tag "<…>", or the text between two tags.
struct Piece {
  std::string text;
  bool is_tag() const { return text.starts_with('<'); }
  bool opens(std::string_view name) const {
    return text.starts_with("<" + std::string(name)) && text.size() > name.size() + 1 &&
           std::string_view(" \n\t/>").find(text[name.size() + 1]) != std::string_view::npos;
  }
  bool closes(std::string_view name) const { return text == "</" + std::string(name) + ">"; }
  bool blank() const { return text.find_first_not_of(" \t\r\n") == std::string::npos; }
};

std::vector<Piece> split(std::string_view svg) {
  std::vector<Piece> pieces;
  while (!svg.empty()) {
    const bool tag = svg[0] == '<';
    std::size_t end = svg.find(tag ? '>' : '<');
    end = end == std::string_view::npos ? svg.size() : end + (tag ? 1 : 0);
    pieces.push_back({std::string(svg.substr(0, end))});
    svg.remove_prefix(end);
  }
  return pieces;
}

struct Attribute {
  std::string name, value;
};

// The attributes of `<name a="1" b = '2' …>`. (gnuplot puts no text of ours into an attribute.)
std::vector<Attribute> attributes_of(std::string_view tag) {
  std::vector<Attribute> result;
  while (true) {
    const std::size_t equals = tag.find('=');
    const std::size_t open = tag.find_first_of("'\"", equals);
    if (equals == std::string_view::npos || open == std::string_view::npos) return result;
    const std::size_t close = tag.find(tag[open], open + 1);
    if (close == std::string_view::npos) return result;
    const std::size_t end = tag.find_last_not_of(" \n\t", equals - 1) + 1;
    const std::size_t start = tag.find_last_of(" \n\t", end - 1) + 1;
    result.push_back({std::string(tag.substr(start, end - start)), ""});
    for (char c : tag.substr(open + 1, close - open - 1)) {  // one blank at most, none at the ends
      std::string& value = result.back().value;
      if (!std::strchr(" \n\t", c))
        value += c;
      else if (!value.empty() && value.back() != ' ')
        value += ' ';
    }
    if (result.back().value.ends_with(' ')) result.back().value.pop_back();
    tag.remove_prefix(close + 1);
  }
}

// "rgb( 0, 114, 178)" → "#0072b2"; black, the colour of all text and lines, → currentColor.
std::string colour(const std::string& value) {
  int r = 0, g = 0, b = 0;
  if (value == "black") return "currentColor";
  if (std::sscanf(value.c_str(), "rgb(%d,%d,%d", &r, &g, &b) != 3) return value;
  if (r == 0 && g == 0 && b == 0) return "currentColor";
  char hex[32];
  std::snprintf(hex, sizeof hex, "#%02x%02x%02x", r & 255, g & 255, b & 255);
  return hex;
}

// The tag as it stands in our file; ids begin with `id`.
std::string rewrite(const std::string& tag, const std::string& id) {
  std::string out = tag.substr(0, tag.find_first_of(" \n\t/>", 2));
  for (auto [name, value] : attributes_of(tag)) {
    const std::string original = value;
    if (name == "stroke" || name == "fill" || name == "color") value = colour(value);
    if (name == "id" && value.starts_with("gnuplot_")) value = id + "-" + value.substr(8);
    if (name == "id" && value.starts_with("gp")) value = id + "-" + value.substr(2);
    if (name == "xlink:href" && value.starts_with("#gp")) value = "#" + id + "-" + value.substr(3);
    if (name == "color" && value == original) continue;  // white, gray: of lines that are not drawn
    if (name == "font-family" && value.ends_with(":Bold")) out += " font-weight=\"600\"";
    if (name == "font-family" || name == "stroke-linecap" || name == "stroke-linejoin")
      continue;  // the root's
    out += " " + name + "=\"" + value + "\"";
  }
  return out + (tag.ends_with("/>") ? "/>" : ">");
}

// Drops groups with nothing in them, from the inside out.
std::vector<Piece> without_empty_groups(const std::vector<Piece>& pieces) {
  std::vector<Piece> kept;
  for (const Piece& piece : pieces) {
    if (!piece.is_tag() && piece.blank()) continue;
    if (piece.closes("g") && !kept.empty() && kept.back().opens("g"))
      kept.pop_back();
    else
      kept.push_back(piece);
  }
  return kept;
}

// Symbols and filters that gnuplot always defines: kept are those that something outside refers to, and
// those that these refer to in turn.
bool uses_symbols(const std::vector<Piece>& pieces) {
  bool inside = false;
  for (const Piece& piece : pieces) {
    if (piece.opens("defs")) inside = true;
    if (piece.closes("defs")) inside = false;
    if (!inside && piece.is_tag() && piece.text.find("#gpPt") != std::string::npos) return true;
  }
  return false;
}

// Colours in the dark: the same hues, lightened until they stand out (contrast above 4.5 on #0d1117).
std::string style(const std::string& id) {
  const std::string it = "#" + id;
  std::string css = it + "{color:#1f2328}" + it + " .paper{fill:#fff}" + it +
                    " [fill-opacity]{shape-rendering:auto}\n@media (prefers-color-scheme:dark){" + it +
                    "{color:#d1d7e0}" + it + " .paper{fill:#0d1117}";
  constexpr const char* lighter[][2] = {
      {"#0072b2", "#3fa7e6"}, {"#d55e00", "#f07c2e"}, {"#009e73", "#1fbd90"}};
  for (const auto& [light, dark] : lighter) {
    css += "\n" + it + " [stroke=\"" + light + "\"]{stroke:" + dark + "}";
    css += it + " [fill=\"" + light + "\"]{fill:" + dark + "}";
    css += it + " [color=\"" + light + "\"]{color:" + dark + "}";
  }
  return css + "}";
}

}  // namespace

std::string clean_svg(const std::string& svg, const std::string& name, const std::string& title,
                      const std::string& description) {
  std::string id = "figure-" + name;  // begins with a letter and is a CSS name as it stands
  for (char& c : id) c = c == '.' ? '-' : c;
  const std::size_t start = svg.find("<svg");
  const std::size_t end = svg.rfind("</svg>");
  check(start != std::string::npos && end != std::string::npos && end > start, "figure ", name,
        ": gnuplot's SVG is not complete");
  std::vector<Piece> pieces = without_empty_groups(split(std::string_view(svg).substr(start, end - start)));
  const bool symbols = uses_symbols(pieces);

  std::string box;
  for (const Attribute& a : attributes_of(pieces.front().text)) {
    if (a.name == "viewBox") box = a.value;
  }
  int width = 0, height = 0;
  check(std::sscanf(box.c_str(), "0 0 %d %d", &width, &height) == 2, "figure ", name, ": no size in the SVG");
  const std::string w = std::to_string(width), h = std::to_string(height);
  std::string out =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" id=\"" + id +
      "\" class=\"norma-figure\" viewBox=\"0 0 " + w + " " + h + "\" width=\"" + w + "\" height=\"" + h +
      "\" role=\"img\" aria-labelledby=\"" + id + "-title " + id +
      "-desc\" color=\"#1f2328\" stroke-linejoin=\"round\" font-family=\"system-ui, -apple-system, 'Segoe "
      "UI', Roboto, 'Noto Sans', "
      "'DejaVu Sans', sans-serif\">\n";
  out += "<title id=\"" + id + "-title\">" + escape_html(title) + "</title>\n";
  out += "<desc id=\"" + id + "-desc\">" + escape_html(description) + "</desc>\n";
  out += "<style>" + style(id) + "</style>\n";
  out += "<rect class=\"paper\" width=\"" + w + "\" height=\"" + h + "\" fill=\"#fff\"/>\n";

  std::string skip;  // the element being left out, with all it holds
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    Piece& piece = pieces[i];
    if (!skip.empty()) {
      if (piece.closes(skip)) skip.clear();
      continue;
    }
    if (piece.opens("title") || piece.opens("desc") || piece.opens("filter") ||
        (piece.opens("defs") && !symbols)) {
      skip = piece.text.substr(1, piece.text.find_first_of(" >") - 1);
      continue;
    }
    if (!piece.is_tag()) {
      out += piece.text;
      continue;
    }
    if (piece.opens("rect") && piece.text.find("fill=\"none\"") != std::string::npos) continue;  // the paper
    out += piece.text.starts_with("</") ? piece.text : rewrite(piece.text, id);
    if (!piece.opens("text") && !piece.opens("tspan") && !piece.closes("tspan")) out += '\n';
  }
  return out + "</svg>\n";
}

}}  // namespace norma
