// A lesson as an HTML page.
#pragma once

#include <string>

#include "apps/explain/engine/document.h"
#include "apps/report/html.h"

namespace norma {

/// The document as a page: one file, formulas in MathML, no script.
Page lesson_page(const Document& document);
std::string page_html(const Document& document);

}  // namespace norma
