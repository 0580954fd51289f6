#include "apps/explain/engine/page.h"

#include "apps/explain/engine/look.h"
#include "apps/explain/engine/mathml.h"
#include "apps/report/text.h"

namespace norma {
namespace {

constexpr const char* style = R"(
:root{--c0:#0067a5;--c1:#a84300;--c2:#00714f;--c3:#a3256f;--c4:#7a5c00;--c5:#006b7a;--c6:#6b3fa0;--c7:#59636e}
@media (prefers-color-scheme:dark){
:root{--c0:#6cb6ff;--c1:#f69d50;--c2:#57d9a3;--c3:#f778ba;--c4:#e3c04a;--c5:#56d4dd;--c6:#c297ff;--c7:#9198a1}}
.formula{overflow-x:auto;margin:0 0 .75rem;padding:.15rem 0 .15rem .9rem}
.formula math{font-size:1.2rem;width:max-content;margin:0}
.beside{display:flex;flex-wrap:wrap;gap:1.25rem 2.25rem;align-items:flex-end;margin:.5rem 0 1.5rem}
.beside>div{max-width:100%;overflow-x:auto}
.beside p{font-size:.875rem;font-weight:600;line-height:1.4;margin:0;padding:0 0 .3rem .5rem}
.matrix th,.matrix td,.grid th,.grid td{border:0;text-align:right;padding:.12rem .5rem;font-variant-numeric:tabular-nums}
.matrix th{color:var(--soft);font-weight:400}
.matrix td:nth-of-type(1){border-left:1.5px solid var(--ink)}
.matrix td:last-child{border-right:1.5px solid var(--ink)}
.matrix{border-collapse:separate;border-spacing:0}
.matrix .top td:nth-of-type(1){border-top-left-radius:.7rem}
.matrix .top td:last-child{border-top-right-radius:.7rem}
.matrix .bottom td:nth-of-type(1){border-bottom-left-radius:.7rem}
.matrix .bottom td:last-child{border-bottom-right-radius:.7rem}
.grid td{width:2rem;min-width:2rem;text-align:center;padding:.2rem;color:#10151a;border:1px solid var(--paper)}
.grid th{font-weight:400;color:var(--soft)}
.s0{background:#5fafff}.s1{background:#ffaf5f}.s2{background:#5fd787}.s3{background:#ffafd7}
.s4{background:#f4e36b}.s5{background:#87d7d7}.s6{background:#d7afff}.s7{background:#c4c8cc}
.c0{color:var(--c0)}.c1{color:var(--c1)}.c2{color:var(--c2)}.c3{color:var(--c3)}
.c4{color:var(--c4)}.c5{color:var(--c5)}.c6{color:var(--c6)}.c7{color:var(--c7)}
.line{margin:0 0 1rem;border-left:3px solid var(--accent);padding:0 0 0 .75rem;overflow-x:auto;max-width:100%;
font-size:.9375rem;line-height:1.5}
.line code{background:none;padding:0;white-space:nowrap}
.line .place{color:var(--accent)}
)";

std::string cell(const std::string& tag, const std::string& kind, const std::string& text) {
  return "<" + tag + (kind.empty() ? "" : " class=\"" + kind + "\"") + ">" + escape_html(text) + "</" + tag +
         ">";
}

// A table of a class with its name above; it scrolls sideways if it is wider than the page.
std::string open_table(const std::string& kind, const std::string& name) {
  return "<div tabindex=\"0\" role=\"region\" aria-label=\"" + escape_html(name.empty() ? kind : name) +
         "\">" + (name.empty() ? "" : cell("p", "", name)) + "<table class=\"" + kind + "\">\n";
}

Figure figure_of(const Plot& plot) {
  Figure figure{.x_label = plot.x_label,
                .y_label = plot.y_label,
                .log_x = plot.log_x,
                .log_y = plot.log_y,
                .equal_axes = plot.equal_axes};
  for (const Plot::Line& line : plot.lines)
    figure.series.push_back({.label = line.label,
                             .x = line.x,
                             .y = line.y,
                             .colour = line.colour,
                             .dashed = line.dashed,
                             .draw = line.points ? Series::Draw::points : Series::Draw::line});
  return figure;
}

struct Writer {
  Page& page;
  int plots = 0;  // so far: each has a name of its own in the page

  void operator()(const Heading& h) { page.section(h.text); }
  void operator()(const Text& t) { page.text(t.text); }
  void operator()(const Formula& f) {
    page.element("<div class=\"formula\">" + mathml(f.plain) + "</div>\n");
  }

  void operator()(const CodeLine& c) {
    const std::string place = c.line ? std::string(c.file) + ":" + std::to_string(c.line) : c.file;
    page.element("<div class=\"line\" tabindex=\"0\"><code class=\"place\">" + escape_html(place) +
                 "</code><br><code>" + escape_html(c.line ? c.text : c.piece) + "</code></div>\n");
  }

  void operator()(const Rows& r) {
    Table table(r.header);
    for (const auto& row : r.rows) table.row(row);
    page.table(table);
  }

  void operator()(const std::vector<Numbers>& all) {
    std::string html = "<div class=\"beside\">\n";
    for (const Numbers& n : all) {
      html += open_table("matrix", n.name);
      if (!n.columns.empty()) {
        html += "<tr>" + (n.rows.empty() ? "" : cell("th", "", ""));
        for (const std::string& name : n.columns) html += cell("th", "", name);
        html += "</tr>\n";
      }
      for (std::size_t i = 0; i < n.height; ++i) {
        const std::string ends = std::string(i == 0 ? "top" : "") + (i + 1 == n.height ? " bottom" : "");
        html += "<tr class=\"" + ends + "\">" +
                (n.rows.empty() ? "" : cell("th", "", i < n.rows.size() ? n.rows[i] : ""));
        for (std::size_t j = 0; j < n.width; ++j) {
          const int colour = colour_of(n, i, j);
          html += cell("td", colour < 0 ? "" : "c" + std::to_string(colour), shown(n.at(i, j), n));
        }
        html += "</tr>\n";
      }
      html += "</table></div>\n";
    }
    page.element(html + "</div>\n");
  }

  void operator()(const std::vector<Plot>& all) {
    std::vector<Figure> drawn;
    for (const Plot& p : all) drawn.push_back(figure_of(p));
    if (all.size() > 1 && all[0].equal_axes) {
      std::vector<Figure*> beside;
      for (Figure& figure : drawn) beside.push_back(&figure);
      share_axes(beside);
    }
    std::vector<PageFigure> figures;
    for (std::size_t i = 0; i < all.size(); ++i)
      figures.push_back({{svg_of(drawn[i], "plot-" + std::to_string(++plots))}, all[i].caption});
    page.figures(figures);
  }

  void operator()(const Grid& g) {
    if (!g.caption.empty()) page.text(g.caption);
    std::string html = "<div class=\"beside\">\n";
    for (const Grid::Panel& p : g.panels) {
      html += open_table("grid", p.name);
      const bool first = &p == &g.panels.front() && !g.rows.empty();
      for (std::size_t i = 0; i * p.columns < p.shares.size(); ++i) {
        html += "<tr>" + (first ? cell("th", "", i < g.rows.size() ? g.rows[i] : "") : "");
        for (std::size_t j = 0; j < p.columns; ++j) {
          const int share = p.shares[i * p.columns + j];
          html += cell("td", "s" + std::to_string(share % palette_size), letter_of(share));
        }
        html += "</tr>\n";
      }
      html += "</table></div>\n";
    }
    page.element(html + "</div>\n");
  }
};

}  // namespace

Page lesson_page(const Document& document) {
  Page page(document.title);
  page.css(style).lead(document.summary);
  Writer writer{page};
  for (const Block& block : document.blocks) std::visit(writer, block);
  return page;
}

std::string page_html(const Document& document) { return lesson_page(document).str(); }

}  // namespace norma
