// All lessons and claims, and the lab, as one static site: pages that link to each other, without script.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

/// What a site shows besides what the program knows.
struct SiteOptions {
  std::filesystem::path lab = {};      ///< a built lab.html, which becomes a file of the site; "": none
  std::filesystem::path results = {};  ///< a folder with the verdicts.json of `norma reproduce`; "": none
};

/// Its files, by their paths in it: index.html, lessons/NAME.html, claims/NAME.html and lab.html.
using SiteFiles = std::map<std::string, std::string>;

/// Computes all lessons. Error, naming the option, if the lab is no page, or the results are none, or are
/// judged by other rules than this program's.
SiteFiles make_site(const SiteOptions& options);

/// Writes the files into `folder`, which is made if need be. They take their places once all of them are
/// written, index.html last; what else is in the folder stays. Error if there is a site already and not
/// `overwrite`, if the index.html there is not norma's, if another process is at work there, or if it cannot
/// be written; then an older site is left as it was.
void write_site(const std::filesystem::path& folder, const SiteFiles& site, bool overwrite);

}}  // namespace norma
