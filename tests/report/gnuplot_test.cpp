// A gnuplot that is not there, or fails.
#include "apps/report/gnuplot.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "apps/report/figure.h"
#include "tests/support/figures.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/text.h"

namespace norma { inline namespace NORMA_BUILD { namespace report_gnuplot_test {

namespace fs = std::filesystem;
using Folder = TemporaryFolder;

// What $NORMA_GNUPLOT is during a test.
struct Gnuplot {
  explicit Gnuplot(const std::string& program) { setenv("NORMA_GNUPLOT", program.c_str(), 1); }
  ~Gnuplot() { unsetenv("NORMA_GNUPLOT"); }
  Gnuplot(const Gnuplot&) = delete;
  Gnuplot& operator=(const Gnuplot&) = delete;
};

TEST_CASE("without gnuplot the data and the script are there") {
  const Folder folder;
  std::ostringstream messages;
  std::ofstream(folder.path / "accuracy.svg") << "an old picture";
  for (const char* program : {"", "no-such-program", "/no/such/program"}) {
    const Gnuplot none(program);
    CHECK_FALSE(have_gnuplot());
    CHECK(draw(accuracy(), folder.path, "accuracy", messages) == "");
    CHECK(folder.files() == 2);
    CHECK(svg_of(accuracy(), "accuracy", messages) == "");
  }
  CHECK(messages.str() == "");
}

TEST_CASE("a gnuplot that fails costs one line and the picture") {
  const Folder folder;
  std::ostringstream messages;
  const fs::path program = folder.path / "gnuplot";
  const auto pretend = [&](const std::string& commands) {
    std::ofstream(program) << "#!/bin/sh\n" << commands << "\n";
    fs::permissions(program, fs::perms::owner_all);
  };
  const Gnuplot fake(program.string());

  pretend("echo '  line 3: no such terminal' >&2; exit 1");
  CHECK(draw(accuracy(), folder.path / "out", "a", messages) == "");
  CHECK(messages.str() == "figure a is not drawn; gnuplot: line 3: no such terminal\n");
  CHECK_FALSE(fs::exists(folder.path / "out/a.svg"));
  CHECK(fs::exists(folder.path / "out/a.gp"));

  for (const char* commands : {"exit 0", "echo '<svg viewBox=\"0 0 1 1\"' > a.svg", "kill -9 $$"}) {
    pretend(commands);
    messages.str("");
    CHECK(draw(accuracy(), folder.path / "out", "a", messages) == "");
    CHECK(occurrences(messages.str(), "\n") == 1);
    CHECK_FALSE(fs::exists(folder.path / "out/a.svg"));
  }
}

}  // namespace report_gnuplot_test
}}  // namespace norma
