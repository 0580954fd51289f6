// A lesson as a document: built once, printed by apps/explain/engine/terminal.h, made a page by
// apps/explain/engine/page.h. Plain types outside the two builds' namespaces, because some lessons compute in
// double and some in float.
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace norma {

/// A line of the sources, found when Norma was built: apps/explain/engine/code_lines.txt.
struct CodeLine {
  const char* file;   // "core/normalize.cpp"
  int line;           // counted from 1; 0: no single line has the piece any more
  const char* piece;  // what it was found by
  const char* text;   // the whole line, or two, without indentation
};

struct Heading {
  std::string text;
};

/// A paragraph, in which `backticks` make code and **stars** bold.
struct Text {
  std::string text;
};

/// One line of mathematics, written as the comments in the code write it: "x̂ = (x − μ)/√(σ² + ε)".
struct Formula {
  std::string plain;
};

/// What numbers with one colour have in common.
enum class ColourBy { nothing, row, column };

/// A matrix with its numbers, not only how they look: tests read them.
struct Numbers {
  std::string name = {};                             // above it, in the formulas' letters: "x̂"
  std::vector<std::string> rows = {}, columns = {};  // their names; either may be empty
  std::vector<double> values = {};                   // row-major
  int decimals = 0;                                  // shown
  ColourBy colour = ColourBy::nothing;
  bool significant = false;  // `decimals` counts significant digits
  std::size_t height = rows.empty() ? 1 : rows.size(), width = values.size() / height;

  /// The number in row i, column j.
  double at(std::size_t i, std::size_t j = 0) const { return values.at(i * width + j); }

  /// Another row below the others, of a number for each column.
  void row(std::string row_name, const std::vector<double>& numbers) {
    rows.push_back(std::move(row_name));
    values.insert(values.end(), numbers.begin(), numbers.end());
    height = rows.size();
    width = columns.size();
  }
};

/// A table to add rows to.
inline Numbers columns_of(std::string name, std::vector<std::string> columns, int decimals,
                          bool significant = false) {
  return {.name = std::move(name),
          .columns = std::move(columns),
          .decimals = decimals,
          .colour = ColourBy::column,
          .significant = significant};
}

/// A table of words; numbers that are looked at closer are Numbers.
struct Rows {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};

/// Elements of a tensor, coloured and lettered by what they share.
struct Grid {
  struct Panel {
    std::string name;
    std::size_t columns;
    std::vector<int> shares;  // for each element, row-major, which of the shared numbers it belongs to
  };
  std::string caption = {};
  std::vector<std::string> rows = {};  // names, of every panel's rows; may be empty
  std::vector<Panel> panels;           // beside each other
};

/// Lines in a plane: a page draws them, a terminal says what they show.
struct Plot {
  struct Line {
    std::string label = {};
    std::vector<double> x = {}, y = {};  // of one length; what is not finite leaves a gap
    int colour = -1;                     // as Series::colour
    bool points = false, dashed = false;
  };
  std::string caption = {}, x_label = {}, y_label = {};
  bool log_x = false, log_y = false;
  bool equal_axes = false;  // a unit of x is as long as one of y; plots beside each other share their axes
  std::vector<Line> lines = {};
};

using Block =
    std::variant<Heading, Text, Formula, std::vector<Numbers>, CodeLine, Rows, Grid, std::vector<Plot>>;

/// What a lesson says, from the top down.
class Document {
 public:
  Document(std::string title, std::string summary) : title(std::move(title)), summary(std::move(summary)) {}

  Document& heading(std::string text) { return put(Heading{std::move(text)}); }
  Document& text(std::string text) { return put(Text{std::move(text)}); }
  Document& formula(std::string plain) { return put(Formula{std::move(plain)}); }
  /// Matrices beside each other.
  Document& numbers(std::vector<Numbers> matrices) { return put(std::move(matrices)); }
  Document& code(const CodeLine& line) { return put(line); }
  Document& table(Rows rows) { return put(std::move(rows)); }
  Document& grid(Grid grid) { return put(std::move(grid)); }
  /// Plots beside each other.
  Document& plots(std::vector<Plot> plots) { return put(std::move(plots)); }

  std::string title, summary;
  std::vector<Block> blocks;

 private:
  Document& put(Block block) {
    blocks.push_back(std::move(block));
    return *this;
  }
};

/// A state of the lab: a panel, and a preset of it (a name in apps/lab/presets.json).
struct LabState {
  std::string panel, preset;
  /// "lab.html#panel=race&preset=rate-x10"
  std::string address() const { return "lab.html#panel=" + panel + "&preset=" + preset; }
};

/// A lesson: what `norma explain NAME` shows.
struct Lesson {
  std::string name, summary;  // one line, for the list
  Document (*body)();
  std::vector<std::string> claims = {};  // that put it to the test, by name
  std::vector<LabState> lab = {};        // that show it

  /// Its body, and at the end where to go on from there.
  Document document() const;
};

}  // namespace norma
