#include "apps/explain/engine/terminal.h"

#include <algorithm>
#include <sstream>
#include <string_view>

#include "apps/explain/engine/look.h"
#include "apps/report/table.h"
#include "apps/report/text.h"

namespace norma {
namespace {

// Colours of 256 that can be read on light and on dark: of letters, and behind black letters.
constexpr const char* ink[palette_size] = {"38;5;32",  "38;5;166", "38;5;35",  "38;5;169",
                                           "38;5;136", "38;5;38",  "38;5;134", "38;5;244"};
constexpr const char* paper[palette_size] = {"30;48;5;75",  "30;48;5;215", "30;48;5;78",  "30;48;5;218",
                                             "30;48;5;227", "30;48;5;116", "30;48;5;183", "30;48;5;250"};

using Lines = std::vector<std::string>;

std::string spaces(int n) { return std::string(std::max(0, n), ' '); }

std::string right(const std::string& text, int width) { return spaces(width - display_width(text)) + text; }

// Columns that a line takes, without what is between an escape and its 'm'.
int visible_width(std::string_view line) {
  std::string seen;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\033')
      i = line.find('m', i);
    else
      seen += line[i];
  }
  return display_width(seen);
}

class Printer {
 public:
  Printer(bool colour, int columns) : colour_(colour), columns_(columns) {}

  std::string styled(const std::string& text, const char* style) const {
    return colour_ && !text.empty() ? std::string("\033[") + style + "m" + text + "\033[0m" : text;
  }

  // Words wrapped, then `backticks` and **stars** made colour, or removed.
  std::string paragraph(const std::string& text, int indent) const {
    const std::string lines = wrapped(text, columns_ - indent);
    std::string out = spaces(indent);
    bool code = false, bold = false;
    const auto again = [&] {
      return colour_ ? std::string(code ? "\033[36m" : "\033[0m") + (bold ? "\033[1m" : "") : "";
    };
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (lines[i] == '`') {
        code = !code;
        out += again();
      } else if (lines.compare(i, 2, "**") == 0) {
        bold = !bold;
        ++i;
        out += again();
      } else {
        out += lines[i];
        if (lines[i] == '\n') out += spaces(indent);
      }
    }
    return out + "\n";
  }

  std::string operator()(const Heading& h) const {
    std::string rule;
    for (int i = display_width(h.text); i > 0; --i) rule += "─";
    return styled(h.text, "1") + "\n" + styled(rule, "2") + "\n";
  }
  std::string operator()(const Text& t) const { return paragraph(t.text, 0); }
  std::string operator()(const Formula& f) const { return "    " + styled(f.plain, "1") + "\n"; }

  std::string operator()(const CodeLine& c) const {
    const std::string place = c.line ? std::string(c.file) + ":" + std::to_string(c.line) : c.file;
    std::istringstream code(wrapped(c.line ? c.text : c.piece, columns_ - 8));
    std::string out = "    " + styled(place, "4;36") + "\n";
    bool first = true;
    for (std::string line; std::getline(code, line); first = false)
      out += spaces(first ? 6 : 8) + styled(line, "36") + "\n";
    return out;
  }

  std::string operator()(const Rows& r) const {
    Table table(r.header);
    for (const auto& row : r.rows) table.row(row);
    return table.text(2);
  }

  std::string operator()(const std::vector<Numbers>& all) const {
    std::vector<Lines> parts;
    for (const Numbers& n : all) parts.push_back(matrix(n));
    return beside(parts);
  }

  std::string operator()(const std::vector<Plot>& plots) const {
    std::string out;
    for (const Plot& p : plots) out += paragraph("(Drawn with --html: " + p.caption + ")", 2);
    return out;
  }

  std::string operator()(const Grid& g) const {
    std::size_t height = 0;
    for (const Grid::Panel& p : g.panels) height = std::max(height, p.shares.size() / p.columns);
    int names = 0;
    for (const std::string& name : g.rows) names = std::max(names, display_width(name));
    std::vector<Lines> parts;
    for (const Grid::Panel& p : g.panels) {
      const bool first = parts.empty() && names > 0;
      Lines lines;
      if (!p.name.empty()) lines.push_back((first ? spaces(names + 1) : "") + " " + p.name);
      for (std::size_t i = 0; i < height; ++i) {
        lines.push_back(first ? right(i < g.rows.size() ? g.rows[i] : "", names) + " " : "");
        for (std::size_t j = 0; j < p.columns; ++j) lines.back() += cell(p.shares[i * p.columns + j]);
      }
      parts.push_back(lines);
    }
    return (g.caption.empty() ? "" : paragraph(g.caption, 2)) + beside(parts);
  }

 private:
  std::string cell(int share) const {
    return styled(" " + letter_of(share) + " ", paper[share % palette_size]);
  }

  Lines matrix(const Numbers& n) const {
    int names = 0;
    for (const std::string& name : n.rows) names = std::max(names, display_width(name));
    std::vector<int> width(n.width);
    for (std::size_t j = 0; j < n.width; ++j) {
      if (!n.columns.empty()) width[j] = display_width(n.columns[j]);
      for (std::size_t i = 0; i < n.height; ++i)
        width[j] = std::max(width[j], display_width(shown(n.at(i, j), n)));
    }
    const std::string margin = spaces(names > 0 ? names + 1 : 0);
    const bool words = std::any_of(n.columns.begin(), n.columns.end(),
                                   [](const std::string& name) { return name.find(' ') != name.npos; });
    const int gap = words ? 2 : 1;
    Lines lines;
    if (!n.name.empty()) lines.push_back(margin + styled(n.name, "1"));
    if (!n.columns.empty()) {
      std::string header = margin + " ";
      for (std::size_t j = 0; j < n.width; ++j)
        header += spaces(j > 0 ? gap : 1) + styled(right(n.columns[j], width[j]), "2");
      lines.push_back(header);
    }
    for (std::size_t i = 0; i < n.height; ++i) {
      const bool top = i == 0, bottom = i + 1 == n.height;
      std::string line = names > 0 ? right(i < n.rows.size() ? n.rows[i] : "", names) + " " : "";
      line += top && bottom ? "[" : top ? "⎡" : bottom ? "⎣" : "⎢";
      for (std::size_t j = 0; j < n.width; ++j) {
        const std::string text = right(shown(n.at(i, j), n), width[j]);
        const int colour = colour_of(n, i, j);
        line += spaces(j > 0 ? gap : 1) + (colour < 0 ? text : styled(text, ink[colour]));
      }
      lines.push_back(line + (top && bottom ? " ]" : top ? " ⎤" : bottom ? " ⎦" : " ⎥"));
    }
    return lines;
  }

  // As many beside each other as the lines have room for.
  std::string beside(const std::vector<Lines>& parts) const {
    constexpr int margin = 2, gap = 3;
    std::string out;
    for (std::size_t first = 0; first < parts.size();) {
      std::size_t last = first, height = 0;
      int used = margin - gap;
      std::vector<int> width;
      for (; last < parts.size(); ++last) {
        int wide = 0;
        for (const std::string& line : parts[last]) wide = std::max(wide, visible_width(line));
        if (last > first && used + gap + wide > columns_) break;
        used += gap + wide;
        width.push_back(wide);
        height = std::max(height, parts[last].size());
      }
      if (first > 0) out += "\n";
      for (std::size_t row = 0; row < height; ++row) {
        std::string line = spaces(margin);
        for (std::size_t p = first; p < last; ++p) {  // they stand on one line
          const std::size_t above = height - parts[p].size();
          const std::string text = row < above ? "" : parts[p][row - above];
          line += (p > first ? spaces(gap) : "") + text + spaces(width[p - first] - visible_width(text));
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
      }
      first = last;
    }
    return out;
  }

  bool colour_;
  int columns_;
};

}  // namespace

std::string terminal_text(const Document& document, bool colour, int columns) {
  const Printer print(colour, columns);
  std::string out = print.styled(document.title, "1") + "\n\n" + print.paragraph(document.summary, 0);
  bool heading_before = false, formula_before = false;
  for (const Block& block : document.blocks) {
    const bool formula = std::holds_alternative<Formula>(block) || std::holds_alternative<CodeLine>(block);
    if (!heading_before && !(formula_before && formula))
      out += "\n";  // formulas and their code: one paragraph
    out += std::visit(print, block);
    heading_before = std::holds_alternative<Heading>(block);
    formula_before = formula;
  }
  return out;
}

}  // namespace norma
