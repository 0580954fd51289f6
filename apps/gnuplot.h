// Runs gnuplot: from a script and its data to NAME.csv, NAME.gp and NAME.svg.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>

#include "apps/figure.h"

namespace norma::inline NORMA_BUILD {

/// A figure in gnuplot's words.
struct Drawing {
  std::string csv;                 ///< the data file, which the script knows as `data`
  std::string script;              ///< all but the names of its files
  std::string title, description;  ///< plain text, for a screen reader
};

/// Writes the files of draw() and returns what draw() returns.
std::string publish(const Drawing& drawing, const std::filesystem::path& folder, const std::string& name,
                    std::ostream& messages);

/// The gnuplot to run: what $NORMA_GNUPLOT names (empty: none), else `gnuplot`; looked for on the PATH
/// unless it has a '/'. "" if there is none that can be run.
std::string find_gnuplot();

/// `text` as a gnuplot string in single quotes, in which nothing is special: ' becomes ’ and control
/// characters blanks.
std::string gnuplot_quote(std::string_view text);
/// The shortest digits that read back as `value`; NaN for what is not finite.
std::string gnuplot_number(double value);
/// `text` as a quoted CSV field; gnuplot knows no doubled quotes, so '"' becomes an apostrophe.
std::string csv_text(std::string_view text);

}  // namespace norma::inline NORMA_BUILD
