// From a gnuplot script to an SVG that fits into any page: runs gnuplot and rewrites what it drew.
#pragma once

#include <filesystem>
#include <string>

#include "core/error.h"

namespace norma::inline NORMA_BUILD {

/// The gnuplot to run: what $NORMA_GNUPLOT names (empty: none), else `gnuplot`; looked for on the PATH
/// unless it has a '/'. "" if there is none that can be run.
std::string find_gnuplot();

/// Runs `gnuplot script` in `folder`, without a shell and without the user's ~/.gnuplot; what it says is
/// kept in the file `log` there. Returns "" or, in one line, what went wrong.
std::string run_gnuplot(const std::filesystem::path& folder, const std::string& script,
                        const std::string& log);

/// Rewrites an SVG of gnuplot's: black becomes the text's colour, a style follows prefers-color-scheme, every
/// id begins with `name`, and it has a title and a description instead of gnuplot's own. Empty groups and
/// unused symbols go. `title` and `description` are plain text. @throws Error if `svg` is not complete
std::string clean_svg(const std::string& svg, const std::string& name, const std::string& title,
                      const std::string& description);

}  // namespace norma::inline NORMA_BUILD
