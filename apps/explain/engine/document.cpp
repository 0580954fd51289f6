#include "apps/explain/engine/document.h"

namespace norma {
namespace {

// "`a`", "`a` and `b`", "`a`, `b` and `c`"
std::string code_list(const std::vector<std::string>& words) {
  std::string list;
  for (std::size_t i = 0; i < words.size(); ++i)
    list += (i == 0 ? "`" : i + 1 == words.size() ? " and `" : ", `") + words[i] + "`";
  return list;
}

}  // namespace

Document Lesson::document() const {
  Document d = body();
  if (claims.empty() && lab.empty()) return d;
  d.heading("Put to the test");
  std::vector<std::string> commands, addresses;
  for (const std::string& claim : claims) commands.push_back("norma reproduce " + claim);
  for (const LabState& state : lab) addresses.push_back(state.address());
  if (!claims.empty())
    d.text(code_list(commands) + (claims.size() > 1 ? " put" : " puts") +
           " it to the test, by rules that were written down before the runs.");
  if (!lab.empty()) d.text("The lab shows it while it happens: " + code_list(addresses) + ".");
  return d;
}

}  // namespace norma
