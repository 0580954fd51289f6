#include "core/suggest.h"

#include <algorithm>
#include <limits>

namespace norma { inline namespace NORMA_BUILD {
namespace {

// One spelling for names that differ only in capitals or in '-' against '_'.
std::string fold(std::string name) {
  for (char& c : name) {
    if (c == '_') c = '-';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

// d[i][j]: the fewest edits from the first i characters of a to the first j of b, where swapping two
// neighbours is one edit (optimal string alignment).
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      const bool same = a[i - 1] == b[j - 1];
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string nearest(const std::string& given, const std::vector<std::string>& known) {
  const std::string want = fold(given);
  if (want.empty() || want.size() > 100) return "";
  std::string best;
  std::size_t best_distance = std::numeric_limits<std::size_t>::max();
  for (const std::string& name : known) {
    const std::string have = fold(name);
    std::size_t d = distance(want, have);
    // A typing error for every three letters, at least one; but a one-letter name is not "one off" another.
    std::size_t allowed = std::max<std::size_t>(1, std::max(want.size(), have.size()) / 3);
    if (std::min(want.size(), have.size()) < 2) allowed = 0;
    const bool beginning = want.size() >= 2 && have.starts_with(want);
    if (beginning) d = std::min<std::size_t>(d, 1);
    if ((d <= allowed || beginning) && d < best_distance) {
      best = name;
      best_distance = d;
    }
  }
  return best;
}

std::string did_you_mean(const std::string& given, const std::vector<std::string>& known) {
  const std::string near = nearest(given, known);
  if (!near.empty()) return "; did you mean '" + near + "'?";
  constexpr std::size_t most = 30;
  std::string text;
  for (std::size_t i = 0; i < std::min(known.size(), most); ++i)
    text += (i == 0 ? "; one of: " : ", ") + known[i];
  return known.size() > most ? text + ", …" : text;
}

std::string our_name(const std::string& name, const std::vector<Named<const char*>>& others) {
  for (const auto& [theirs, ours] : others)
    if (name == theirs) return ours;
  return name;
}

std::string one_of(const std::vector<std::string>& names, const std::string& last) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 < names.size() ? ", " : last) + names[i];
  return text;
}

}}  // namespace norma
