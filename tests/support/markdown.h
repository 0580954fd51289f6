// Markdown as the tests of the documents see it: lines with the kind of text they are in, headings' anchors,
// code.
#pragma once

#include <cctype>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

struct MarkdownLine {
  int number;
  std::string text;
  std::string
      fence;  // of a line inside ```: what stands behind the opening ones, "text" for nothing; else ""
};

/// The lines of a file, those with ``` left out. Error if it cannot be read or a ``` is not closed.
inline std::vector<MarkdownLine> markdown_lines(const std::filesystem::path& path) {
  std::ifstream in(path);
  check(bool(in), path.string(), ": cannot be read");
  std::vector<MarkdownLine> lines;
  std::string fence;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const auto at = line.find_first_not_of(' ');
    if (at != std::string::npos && line.compare(at, 3, "```") == 0) {
      const std::string kind = line.substr(at + 3);
      fence = fence.empty() ? (kind.empty() ? "text" : kind) : "";
    } else {
      lines.push_back({number, line, fence});
    }
  }
  check(fence.empty(), path.string(), ": a ``` is not closed");
  return lines;
}

/// The parts of a line between backticks, in order; with `code` false what is outside of them, as one text.
inline std::vector<std::string> spans(const std::string& line, bool code) {
  std::vector<std::string> inside;
  std::string outside;
  for (std::size_t at = 0; at < line.size();) {
    const auto open = line.find('`', at);
    outside += line.substr(at, open - at);
    if (open == std::string::npos) break;
    const std::string ticks = line.compare(open, 2, "``") == 0 ? "``" : "`";
    const auto begin = open + ticks.size(), close = line.find(ticks, begin);
    if (close == std::string::npos) break;
    inside.push_back(line.substr(begin, close - begin));
    at = close + ticks.size();
  }
  return code ? inside : std::vector<std::string>{outside};
}

/// "## Read it" → "read-it", as GitHub makes it; "" if it is no heading.
inline std::string anchor(const MarkdownLine& line) {
  const auto hashes = line.text.find_first_not_of('#');
  if (!line.fence.empty() || hashes == 0 || hashes == std::string::npos || line.text[hashes] != ' ')
    return "";
  std::string result;
  for (const char c : line.text.substr(hashes + 1)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 128 || std::isalnum(byte) || c == '-' || c == '_')
      result += static_cast<char>(std::tolower(byte));
    if (c == ' ') result += '-';
  }
  return result;
}

}}  // namespace norma
