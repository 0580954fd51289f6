// The commands that a page of the documentation shows.
#pragma once

#include <iomanip>
#include <sstream>

#include "tests/support/markdown.h"

namespace norma { inline namespace NORMA_BUILD {

/// The lines of a page's ```sh blocks that begin with `norma`, without that word and without a comment; \ at
/// an end joins two lines.
inline std::vector<std::vector<std::string>> commands_of(const std::filesystem::path& page) {
  std::vector<std::vector<std::string>> commands;
  bool goes_on = false;
  for (const MarkdownLine& line : markdown_lines(page)) {
    if (line.fence != "sh") continue;
    std::istringstream in(line.text.substr(0, line.text.find(" #")));
    std::vector<std::string> words;
    for (std::string word; in >> std::quoted(word);) words.push_back(word);
    if (words.empty() || (!goes_on && words[0] != "norma")) continue;
    if (!goes_on) commands.emplace_back();
    commands.back().insert(commands.back().end(), words.begin() + !goes_on, words.end());
    goes_on = words.back() == "\\";
    if (goes_on) commands.back().pop_back();
  }
  return commands;
}

}}  // namespace norma
