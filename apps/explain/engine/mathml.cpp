#include "apps/explain/engine/mathml.h"

#include <cctype>
#include <map>
#include <vector>

#include "apps/report/text.h"
#include "core/text.h"

namespace norma {
namespace {

const std::map<std::string, std::string> superscripts = {
    {"⁰", "0"}, {"¹", "1"}, {"²", "2"}, {"³", "3"}, {"⁴", "4"}, {"⁵", "5"}, {"⁶", "6"},
    {"⁷", "7"}, {"⁸", "8"}, {"⁹", "9"}, {"⁻", "−"}, {"ᵀ", "T"}, {"ˡ", "l"}, {"ᵗ", "t"}};
const std::map<std::string, std::string> subscripts = {{"₀", "0"}, {"₁", "1"}, {"₂", "2"}, {"₃", "3"},
                                                       {"₄", "4"}, {"ᵢ", "i"}, {"ⱼ", "j"}, {"ₖ", "k"},
                                                       {"ₙ", "n"}, {"ₗ", "l"}, {"₋", "−"}};
const std::string hat = "\u0302";

std::string element(const std::string& tag, const std::string& inside) {
  return "<" + tag + ">" + inside + "</" + tag + ">";
}

bool is_latin(const std::string& c) {
  return c.size() == 1 && std::isalpha(static_cast<unsigned char>(c[0]));
}
bool is_digit(const std::string& c) {
  return c.size() == 1 && std::isdigit(static_cast<unsigned char>(c[0]));
}
bool is_greek(const std::string& c) { return c.size() == 2 && c >= "α" && c <= "ω"; }

// A quantity: as it stands, and without the parentheses that a fraction or a root makes superfluous.
struct Factor {
  std::string whole, bare;
};

class Parser {
 public:
  explicit Parser(std::string_view plain) {
    while (!plain.empty()) text_.emplace_back(take_character(plain).bytes);
  }

  // Everything up to `end` or the end of the line.
  std::string row(const std::string& end = {}) {
    std::string out;
    while (at_ < text_.size() && text_[at_] != end) {
      if (text_[at_] == " ") {
        const std::size_t from = at_;
        while (next() == " ") ++at_;
        if (at_ - from > 1)
          out += "<mspace width=\"2em\"/>";
        else if (last_ != Kind::sign && (is_latin(next()) || is_greek(next())) &&
                 (last_ == Kind::word || is_word()))
          out += "<mspace width=\"0.3em\"/>";
        continue;
      }
      Factor f = factor();
      while (next() == "/") {
        ++at_;
        const std::string fraction = element("mfrac", f.bare + factor().bare);
        f = {fraction, fraction};
      }
      out += f.whole;
    }
    return out;
  }

 private:
  std::string next(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : "";
  }

  bool is_word() const { return is_latin(next()) && is_latin(next(1)) && !is_differential(); }

  // "dy", but not "drop"
  bool is_differential() const {
    return next() == "d" && (is_latin(next(1)) || is_greek(next(1))) && !is_latin(next(2));
  }

  // A letter, number, root or parenthesis with its superscripts and subscripts; or an operator.
  Factor factor() {
    last_ = Kind::quantity;
    const std::string c = next();
    if (c.empty()) return {};
    if (is_latin(c) && next(1) == "_") return scripted(letter());
    if (is_latin(c) && (is_latin(next(1)) || (c == "d" && is_greek(next(1))))) return word();
    if (is_latin(c) || is_greek(c)) return scripted(letter());
    if (c == "∂") {  // "∂L", "∂(a W)": one quantity
      ++at_;
      const std::string both = element("mrow", "<mi>∂</mi>" + factor().whole);
      return {both, both};
    }
    if (is_digit(c) || c == "½") {
      std::string digits;
      while (is_digit(next()) || next() == "½" || (next() == "." && is_digit(next(1))))
        digits += text_[at_++];
      return scripted(element("mn", digits));
    }
    ++at_;
    if (c == "√") {
      const std::string root = element("msqrt", factor().bare);
      return {root, root};
    }
    if (c == "(") {
      const std::string inside = element("mrow", row(")"));
      ++at_;
      last_ = Kind::quantity;
      const std::string whole = element("mrow", "<mo>(</mo>" + inside + "<mo>)</mo>");
      const Factor f = scripted(whole);
      return f.whole == whole ? Factor{whole, inside} : f;
    }
    const Factor f = scripted(element("mo", c == "Σ" ? "∑" : escape_html(c)));
    last_ = Kind::sign;
    return f;
  }

  // "dy", "dσ": a differential is one quantity; "running", "running_mean": a word
  Factor word() {
    if (is_differential()) {
      ++at_;
      const Factor f = scripted(letter());
      const std::string both = element("mrow", "<mi>d</mi>" + f.whole);
      return {both, both};
    }
    std::string letters;
    while (is_latin(next()) || (next() == "_" && is_latin(next(1)))) letters += text_[at_++];
    const Factor f = scripted(element("mi", letters));
    last_ = Kind::word;
    return f;
  }

  std::string letter() {
    const std::string one = element("mi", text_[at_++]);
    if (next() != hat) return one;
    ++at_;
    return "<mover accent=\"true\">" + one + "<mo>^</mo></mover>";
  }

  // The base with what stands above and below it.
  Factor scripted(const std::string& base) {
    std::string above, below;
    const auto collect = [&](const std::map<std::string, std::string>& scripts) {
      std::string all;
      for (auto it = scripts.find(next()); it != scripts.end(); it = scripts.find(next())) {
        all += element(is_digit(it->second) ? "mn" : is_latin(it->second) ? "mi" : "mo", it->second);
        ++at_;
      }
      return all.empty() ? all : element("mrow", all);
    };
    below = collect(subscripts);
    if (next() == "_") {
      ++at_;
      below = factor().bare;
    }
    above = collect(superscripts);
    if (next() == "^") {
      ++at_;
      above = factor().bare;
    }
    std::string out = base;
    if (!above.empty() && !below.empty())
      out = element("msubsup", base + below + above);
    else if (!above.empty())
      out = element("msup", base + above);
    else if (!below.empty())
      out = element("msub", base + below);
    if (next() == "′") {  // no superscript: the sign itself stands high
      ++at_;
      out = element("mrow", out + "<mo lspace=\"0\" rspace=\"0\">′</mo>");
    }
    return {out, out};
  }

  std::vector<std::string> text_;
  std::size_t at_ = 0;
  enum class Kind { quantity, word, sign } last_ = Kind::sign;  // what the last factor was
};

}  // namespace

std::string mathml(const std::string& plain) {
  return "<math display=\"block\">" + Parser(plain).row() + "</math>";
}

}  // namespace norma
