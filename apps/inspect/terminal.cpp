// An Inspection in at most 80 columns.
#include <algorithm>
#include <cmath>

#include "apps/inspect/show.h"
#include "apps/report/numbers.h"
#include "apps/report/text.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

enum class Ink { plain, bold, soft, picture, warning };

std::string inked(const std::string& text, Ink ink, bool colour) {
  if (!colour || ink == Ink::plain) return text;
  const char* code = ink == Ink::bold ? "1" : ink == Ink::soft ? "2" : ink == Ink::picture ? "36" : "33";
  return "\033[" + std::string(code) + "m" + text + "\033[0m";
}

std::string padded(const std::string& text, int width, bool right = false) {
  const std::string blanks(std::max(0, width - display_width(text)), ' ');
  return right ? blanks + text : text + blanks;
}

// At most nine columns wide.
std::string brief(double value) {
  if (std::abs(value) < 1e5) return number(value);
  return (value < 0 ? "−" : "") + ratio_words(std::abs(value));
}

class Writer {
 public:
  explicit Writer(bool colour) : colour_(colour) {}

  // "   input      −6.13 ▁▂▅█▇▃▁  5.22  mean −0.12"
  void histogram(const std::string& label, const Summary& d, const std::string& words) {
    const Histogram h = d.histogram.coarser(2);
    text_ += "   " + padded(label, 11) + inked(padded(brief(h.low), 9, true), Ink::soft, colour_) + ' ' +
             inked(blocks(h), Ink::picture, colour_) + ' ' +
             inked(padded(brief(h.high), 9), Ink::soft, colour_) + ' ' + words + '\n';
  }
  void line(const std::string& words, Ink ink = Ink::plain) {
    text_ += inked("   " + words, ink, colour_) + '\n';
  }
  void heading(const LayerInspection& layer) {
    text_ += inked(layer.name + "  " + kind(layer), Ink::bold, colour_) + "  " +
             inked(batch_words(layer.output), Ink::soft, colour_) + '\n';
  }
  void raw(const std::string& text) { text_ += text; }
  std::string ink(const std::string& text, Ink how) const { return inked(text, how, colour_); }
  const std::string& text() const { return text_; }

 private:
  bool colour_;
  std::string text_;
};

void write(Writer& out, const ActivationInspection& a) {
  out.histogram("input", a.input, "a unit's σ " + brief(a.unit_deviation));
  out.histogram("output", a.output, "mean " + brief(a.output.mean()));
  if (a.has_limits)
    out.line("saturated " + percent(a.saturated, 1) + ", always " + of(a.saturated_units, a.units) +
                 " units; still " + of(a.still_units, a.units) + " units",
             a.saturated > 0.5 || a.saturated_units || a.still_units ? Ink::warning : Ink::plain);
  if (a.has_zero)
    out.line("zero " + percent(a.zeros, 1) + ", dead " + of(a.dead_units, a.units) + " units",
             a.dead_units ? Ink::warning : Ink::plain);
}

void write(Writer& out, const StatisticsInspection& s) {
  out.line("running mean off by " + number(s.mean_median, 2) + " σ (median), " + number(s.mean_largest, 2) +
           " σ (largest)");
  if (!std::isnan(s.ratio_median))
    out.line("running variance × " + brief(s.ratio_median) + " (median), " + brief(s.ratio_least) + " to " +
             brief(s.ratio_greatest));
}

void write(Writer& out, const LayerInspection& layer) {
  const bool learned = !layer.parameters.empty();
  if (!learned && !layer.activation && !layer.statistics) return;  // pooling, flatten
  out.heading(layer);
  for (const ParameterInspection& p : layer.parameters) {
    if (!layer.weighted) {
      out.histogram(p.name == "weight" ? "γ" : "β", p.values, "median " + brief(p.median));
    } else if (p.name != "bias") {
      out.histogram(p.name, p.values, "‖w‖ " + brief(p.values.length()));
      out.histogram("gradient", p.gradient, "‖g‖ " + brief(p.gradient.length()));
    }
  }
  if (layer.statistics) write(out, *layer.statistics);
  if (layer.activation) write(out, *layer.activation);
}

// Each weight's update beside the line at 10⁻³.
void write_updates(Writer& out, const Inspection& look) {
  constexpr int name_width = 24;
  out.raw(padded("update ‖ηg‖/‖w‖", name_width + 13) + "1e-6     1e-3     1\n");
  for_each_weight(look, [&](const LayerInspection& layer, const ParameterInspection& p) {
    out.raw("   " + padded(layer.name + "." + p.name, name_width - 3) +
            padded(ratio_words(p.update), 10, true) + "   " + out.ink(gauge(p.update), Ink::picture) + '\n');
  });
}

}  // namespace

std::string blocks(const Histogram& histogram) {
  const char* const heights[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const Index tallest = *std::max_element(histogram.bins.begin(), histogram.bins.end());
  std::string text;
  for (const Index n : histogram.bins) {
    const double height = tallest ? 8 * double(n) / double(tallest) : 0;
    text += n ? heights[std::clamp(static_cast<int>(std::ceil(height)) - 1, 0, 7)] : " ";
  }
  return text;
}

std::string gauge(double ratio) {
  constexpr int a_decade = 3, decades = 6;
  const double place = std::isnan(ratio) ? -1
                                         : std::clamp(a_decade * (std::log10(ratio) + decades), 0.0,
                                                      double(a_decade * decades));
  std::string text;
  for (int i = 0; i <= a_decade * decades; ++i)
    text += i == std::lround(place) ? "●" : i == a_decade * decades / 2 ? "│" : "·";
  return text;
}

std::string terminal_text(const Inspection& look, const InspectedRun& at, bool colour) {
  Writer out(colour);
  out.raw('\n' + wrapped(at.network) + '\n' + wrapped(at.optimizer) + "\n\n");
  for (const LayerInspection& layer : look.layers) write(out, layer);
  out.raw("\n");
  write_updates(out, look);
  out.raw("\n");
  out.raw(wrapped(batch_words(look)) + '\n');
  for (const std::string& words : findings(look)) out.raw(wrapped(words) + '\n');
  out.raw("\n");
  for (const std::string& words : meanings(look, at)) out.raw(out.ink(wrapped(words), Ink::soft) + '\n');
  return out.text();
}

}}  // namespace norma
