#include "layers/network/sentence.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "core/suggest.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// Layers as other libraries call them.
const std::vector<Named<const char*>> other_words = {
    {"batchnorm", "bn"}, {"layernorm", "ln"}, {"groupnorm", "gn"}, {"instancenorm", "in"},
    {"maxpool", "pool"}, {"dense", "linear"}, {"fc", "linear"},    {"conv2d", "conv"}};

class Parser {
 public:
  explicit Parser(const std::string& text) : text_(text) {}

  Sentence parse() {
    Sentence all = sentence(0);
    if (at_ == text_.size()) return all;
    fail("layers: '", text_[at_], "' at character ", at_ + 1,
         text_[at_] == ')' ? " closes nothing" : " is of use in residual( ) only");
  }

 private:
  Sentence sentence(int depth) {
    check(depth <= 8, "layers: residual( ) nested more than 8 deep");
    Sentence layers;
    do layers.push_back(layer(depth));
    while (take(','));
    return layers;
  }

  LayerWord layer(int depth) {
    LayerWord result;
    skip_spaces();
    result.column = int(at_) + 1;
    result.position = ++count_;
    result.word = token();
    check(!result.word.empty(), "layers: layer ", result.position, " is missing at character ", result.column,
          at_ < text_.size() ? std::string(", before '") + text_[at_] + "'" : ", at the end");
    const Word* word = find_word(result.word);
    if (!word)
      fail("layers: ", where(result), " is not a layer",
           did_you_mean(our_name(layer_of_norm(result.word), other_words), names_of(words())));
    if (result.word == "residual") {
      check(take('('), "layers: ", where(result), ": expected ( and the layers inside");
      result.main = sentence(depth + 1);
      if (take('|')) result.shortcut = sentence(depth + 1);
      if (take('|')) fail("layers: ", where(result), " takes two parts at most");
      check(take(')'), "layers: ", where(result), " is not closed by )");
      const std::string more = token();
      check(more.empty(), "layers: ", where(result), ": '", more,
            "' after its ); a comma goes between layers");
      return result;
    }
    for (std::string text = token(); !text.empty(); text = token()) argument(result, *word, text);
    check(at_ >= text_.size() || text_[at_] != '(', "layers: ", where(result),
          " takes no ( ); numbers follow after a space, as in conv 16 3");
    check(
        result.numbers.size() >= word->needed, "layers: ", where(result), " lacks its ",
        result.numbers.size() < word->numbers.size() ? word->numbers[result.numbers.size()].name : "numbers");
    check(!has(result, "bias") || !has(result, "nobias"), "layers: ", where(result),
          " has both bias and nobias");
    return result;
  }

  static bool has(const LayerWord& layer, const char* setting) {
    return !std::isnan(layer.get(setting, NAN));
  }

  // A number in its order, or a setting and its value.
  void argument(LayerWord& layer, const Word& word, const std::string& text) {
    const bool number = std::strchr("0123456789.+-", text[0]) != nullptr;
    if (number) {
      check(layer.numbers.size() < word.numbers.size(), "layers: ", where(layer), ": '", text,
            "' is one number too many");
      layer.numbers.push_back(value(layer, word.numbers[layer.numbers.size()], text));
      return;
    }
    std::vector<std::string> known;
    for (const Argument& s : word.settings) {
      known.push_back(s.name);
      if (text != s.name) continue;
      check(!has(layer, s.name), "layers: ", where(layer), ": ", text, " is given twice");
      double v = 1;
      if (!s.alone()) {
        const std::string given = token();
        check(!given.empty(), "layers: ", where(layer), ": ", text, " lacks its number");
        v = value(layer, s, given);
      }
      layer.settings.push_back({text, v});
      return;
    }
    check(layer.numbers.size() >= word.needed, "layers: ", where(layer), ": expected its ",
          word.needed ? word.numbers[std::min(layer.numbers.size(), word.needed - 1)].name : "", ", got '",
          text, "'");
    fail("layers: ", where(layer), ": '", text, "' is not an argument of it",
         known.empty() ? std::string("; a comma goes between layers") : did_you_mean(text, known));
  }

  static double value(const LayerWord& layer, const Argument& a, const std::string& text) {
    double v = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
    const bool fits = error == std::errc() && end == text.data() + text.size() && std::isfinite(v) &&
                      a.range.holds(v) && (!a.whole || v == std::floor(v));
    check(fits, "layers: ", where(layer), ": ", a.name, ": expected a ", a.whole ? "whole number" : "number",
          a.range.words(), ", got '", text, "'");
    return v;
  }

  void skip_spaces() { at_ = std::min(text_.find_first_not_of(" \t\n\r", at_), text_.size()); }
  bool take(char c) {
    skip_spaces();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  // What stands up to the next space or sign; "" before a sign and at the end.
  std::string token() {
    skip_spaces();
    const std::size_t end = std::min(text_.find_first_of(" \t\n\r,()|", at_), text_.size());
    std::string result = text_.substr(at_, end - at_);
    at_ = end;
    return result;
  }

  const std::string& text_;
  std::size_t at_ = 0;
  int count_ = 0;
};

// Null if the word does not take it.
const Argument* find_setting(const std::string& word, const std::string& setting) {
  if (const Word* known = find_word(word)) {
    for (const Argument& a : known->settings)
      if (setting == a.name) return &a;
  }
  return nullptr;
}

}  // namespace

Sentence parse_layers(const std::string& text) {
  check(text.size() <= 100'000, "layers: expected at most 100000 characters, got ", text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    check(c > 31 || c == '\t' || c == '\n' || c == '\r', "layers: a control character, code ", int(c),
          ", at character ", i + 1);
  }
  return Parser(text).parse();
}

std::string to_text(const Sentence& sentence) {
  std::string text;
  for (const LayerWord& layer : sentence) {
    text += (text.empty() ? "" : ", ") + layer.word;
    for (double n : layer.numbers) text += ' ' + number_text(n);
    for (const auto& s : layer.settings) {
      text += ' ' + s.name;
      const Argument* known = find_setting(layer.word, s.name);
      if (!known || !known->alone()) text += ' ' + number_text(s.value);
    }
    if (layer.main.empty()) continue;
    text += '(' + to_text(layer.main) + (layer.shortcut.empty() ? "" : " | " + to_text(layer.shortcut)) + ')';
  }
  return text;
}

std::string where(const LayerWord& layer) {
  return "layer " + std::to_string(layer.position) + ", '" + layer.word + "' at character " +
         std::to_string(layer.column);
}

bool takes(const std::string& word, const std::string& setting) {
  return find_setting(word, setting) != nullptr;
}

}}  // namespace norma
