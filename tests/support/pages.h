// What is wrong with a page or a text that is to be read.
#pragma once

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "apps/report/table.h"
#include "apps/report/text.h"

namespace norma { inline namespace NORMA_BUILD {

/// What is wrong with a page: a tag that is not closed, closes another, or is no tag; "" if nothing is.
inline std::string fault_of(const std::string& html) {
  std::vector<std::string> open;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at)) {
    const std::size_t end = html.find('>', at);
    if (end == std::string::npos) return "'<' without '>'";
    const std::string tag = html.substr(at + 1, end - at - 1), name = tag.substr(0, tag.find(' '));
    at = end;
    if (tag == "!doctype html" || name == "meta" || name == "br" || tag.ends_with('/')) continue;
    if (tag.find('<') != std::string::npos || std::count(tag.begin(), tag.end(), '"') % 2) return "<" + tag;
    if (tag[0] != '/') {
      open.push_back(name);
    } else if (open.empty() || open.back() != tag.substr(1)) {
      return "</" + tag.substr(1) + "> after <" + (open.empty() ? "" : open.back()) + ">";
    } else {
      open.pop_back();
    }
  }
  for (std::size_t at = html.find('&'); at != std::string::npos; at = html.find('&', at + 1)) {
    if (html.find(';', at) > at + 6) return "'&' at " + std::to_string(at);
  }
  return open.empty() ? "" : "<" + open.back() + "> stays open";
}

/// The width of its widest line, in columns.
inline int widest(const std::string& text) {
  int width = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) width = std::max(width, display_width(line));
  return width;
}

}}  // namespace norma
