// norma gradcheck: the gradient of every operation, in double, against finite differences.
#include <iostream>

#include "apps/checks/gradcheck_double.h"
#include "apps/commands/command.h"
#include "apps/report/numbers.h"
#include "apps/report/table.h"
#include "apps/report/text.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

int gradcheck() {
  std::cout << wrapped(
                   "Each operation's gradient against a five-point finite difference, in double, every "
                   "element of every input, with a random upstream gradient. The error is relative to the "
                   "largest element of the gradient.")
            << "\n\n";
  Table table({"operation", "derivatives", "worst error", "allowed", ""});
  table.align(4, Align::left);
  int failed = 0;
  const auto lines = gradcheck_in_double();
  for (const GradcheckLine& l : lines) {
    table.row({l.name, std::to_string(l.elements), number(l.worst, 2), number(l.tolerance, 2),
               l.passed ? "ok" : "WRONG"});
    failed += !l.passed;
  }
  std::cout << table.text() << '\n';
  for (const GradcheckLine& l : lines) {
    if (!l.passed) std::cout << l.name << ": " << l.where << '\n';
  }
  std::cout << (lines.size() - failed) << " of " << lines.size() << " right\n";
  return failed ? exit_failed : exit_ok;
}

}  // namespace

Command gradcheck_command() {
  return {.name = "gradcheck",
          .help = "Check every operation's gradient in double",
          .options = {},
          .run = gradcheck,
          .example = "norma gradcheck"};
}

}}  // namespace norma
