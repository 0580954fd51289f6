// A lesson as an HTML page.
#pragma once

#include <string>

#include "apps/explain/engine/document.h"

namespace norma {

/// The document as a page of apps/report/html.h: one file, formulas in MathML, no script.
std::string page_html(const Document& document);

}  // namespace norma
