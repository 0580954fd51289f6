#include "apps/report/svg.h"

#include <cstdio>
#include <string_view>

#include "apps/report/text.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// gnuplot's black is the colour of the text; in the dark three colours are lightened until they stand out
// (contrast above 4.5 on #0d1117). The colours are written as gnuplot writes them.
constexpr std::string_view style = R"css(#figure{color:#1f2328}
#figure text,#figure tspan{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
#figure [color="black"]{color:inherit}
#figure [fill="black"],#figure [fill="rgb(0,0,0)"]{fill:currentColor}
@media (prefers-color-scheme:dark){#figure{color:#d1d7e0}#figure .paper{fill:#0d1117}}
)css";
constexpr const char* recoloured[][2] = {{"rgb(  0,   0,   0)", "currentColor"},
                                         {"rgb(  0, 114, 178)", "#3fa7e6"},
                                         {"rgb(213,  94,   0)", "#f07c2e"},
                                         {"rgb(  0, 158, 115)", "#1fbd90"}};

// `text` without what stands from `open` to `close`, as often as it does.
std::string without(std::string text, std::string_view open, std::string_view close) {
  for (std::size_t at = 0; (at = text.find(open, at)) != text.npos;) {
    const std::size_t end = text.find(close, at);
    if (end == text.npos) break;
    text.erase(at, end + close.size() - at);
  }
  return text;
}

std::string style_of(const std::string& id) {
  std::string css(style);
  for (const auto& [light, dark] : recoloured) {
    css += "@media (prefers-color-scheme:dark){";
    for (const std::string property : {"stroke", "fill", "color"})
      css += "#figure [" + property + "=\"" + light + "\"]{" + property + ":" + dark + "}";
    css += "}\n";
  }
  return replaced(css, "#figure", "#" + id);
}

}  // namespace

std::string clean_svg(const std::string& svg, const std::string& name, const std::string& title,
                      const std::string& description) {
  const std::string id = "figure-" + replaced(name, ".", "-");  // a CSS name as it stands
  const std::size_t head = svg.find("viewBox=\"0 0 "), start = svg.find("</desc>"), end = svg.rfind("</svg>");
  int width = 0, height = 0;
  check(head != svg.npos && start != svg.npos && end != svg.npos && head < start && start < end &&
            std::sscanf(svg.c_str() + head, "viewBox=\"0 0 %d %d\"", &width, &height) == 2,
        "figure ", name, ": gnuplot's SVG is not complete");

  std::string body = without(svg.substr(start + 7, end - start - 7), "\t<filter", "</filter>\n");
  body = without(body, "<title>gnuplot_plot_", "</title>");  // of what has no name in the legend
  body = without(body, "<rect x=\"0\" y=\"0\"", "/>\n");     // gnuplot's paper, which is ours below
  if (body.find("xlink:href='#gp", body.find("</defs>")) == body.npos)
    body = without(body, "<defs>", "</defs>\n");
  body = replaced(body, "id=\"gnuplot_", "id=\"" + id + "-");
  body = replaced(body, "id='gp", "id='" + id + "-");
  body = replaced(body, "xlink:href='#gp", "xlink:href='#" + id + "-");
  const std::string empty_group =
      "<g fill=\"none\" color=\"black\" stroke=\"currentColor\" stroke-width=\"1.00\" stroke-linecap=\"butt\" "
      "stroke-linejoin=\"miter\">\n</g>\n";
  body = replaced(body, empty_group, "");

  const std::string w = std::to_string(width), h = std::to_string(height);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" id=\"" + id +
         "\" class=\"norma-figure\" viewBox=\"0 0 " + w + " " + h + "\" width=\"" + w + "\" height=\"" + h +
         "\" role=\"img\" aria-labelledby=\"" + id + "-title " + id + "-desc\">\n<title id=\"" + id +
         "-title\">" + escape_html(title) + "</title>\n<desc id=\"" + id + "-desc\">" +
         escape_html(description) + "</desc>\n<style>" + style_of(id) +
         "</style>\n<rect class=\"paper\" width=\"" + w + "\" height=\"" + h + "\" fill=\"#fff\"/>" + body +
         "</svg>\n";
}

}}  // namespace norma
