// The language of networks: every word goes into text and back, every mistake is named with its word and
// place, and no bytes whatever do more than be refused.
#include "layers/network/sentence.h"

#include "core/random.h"
#include "core/suggest.h"
#include "layers/network/build.h"
#include "layers/network/preset.h"
#include "tests/support/errors.h"

namespace norma { inline namespace NORMA_BUILD { namespace layers_network_sentence_test {

std::string there_and_back(const std::string& text) { return to_text(parse_layers(text)); }
std::string refusal(const std::string& text) {
  return error_of([&] { parse_layers(text); });
}

TEST_CASE("sentence: every word with all its numbers and settings goes into text and back") {
  for (const std::string text :
       {"linear 10",
        "linear 10 nobias",
        "linear 100000 bias",
        "conv 16 3",
        "conv 16 3 stride 2 pad 0 dilation 3 groups 4 bias",
        "conv 1 1000 nobias",
        "norm",
        "bn",
        "bn eps 0.001 momentum 0",
        "brn eps 0.5 momentum 1",
        "l1bn eps 1e-05",
        "linfbn momentum 0.25",
        "meanbn momentum 0.1",
        "ln",
        "ln eps 1",
        "gn 4",
        "gn 4 eps 1e-12",
        "in",
        "in eps 0.1",
        "lrn",
        "lrn 5",
        "lrn 5 alpha 0.001 beta 0.75 k 2",
        "lrn k 2",
        "wn",
        "sn",
        "sn iterations 3",
        "noise",
        "noise layer",
        "relu",
        "leaky_relu",
        "leaky_relu -0.2",
        "sigmoid",
        "tanh",
        "dropout 0.5",
        "dropout 0",
        "dropout 0.30000000000000004",
        "pool 2",
        "pool 3 stride 2 pad 1",
        "avgpool 2 stride 1",
        "globalpool",
        "flatten",
        "residual(conv 8 3, bn, relu)",
        "residual(conv 8 3, bn | conv 8 1, bn)",
        "conv 16 3, bn, relu, residual(conv 16 3, norm, relu, residual(relu | tanh), conv 16 3, norm), relu, "
        "pool 2, flatten, linear 10"}) {
    INFO(text);
    CHECK(there_and_back(text) == text);
  }
}

TEST_CASE("sentence: spaces and line ends are free, numbers may be written in any way") {
  CHECK(there_and_back("  conv\t16   3\n,bn ,\r\n relu,pool 2  ") == "conv 16 3, bn, relu, pool 2");
  CHECK(there_and_back("residual ( relu|tanh ) , linear 1e2") == "residual(relu | tanh), linear 100");
  CHECK(there_and_back("linear 010.0, leaky_relu .5, dropout 5e-1") ==
        "linear 10, leaky_relu 0.5, dropout 0.5");
  CHECK(there_and_back("conv 8 pad 1 3 stride 2") == "conv 8 3 pad 1 stride 2");
}

TEST_CASE("sentence: words know their numbers, settings and places") {
  const Sentence s = parse_layers("conv 16 3 stride 2, residual(bn | relu), linear 10");
  REQUIRE(s.size() == 3);
  CHECK((s[0].number(0, 0) == 16 && s[0].number(1, 0) == 3 && s[0].number(2, 7) == 7));
  CHECK((s[0].get("stride", 1) == 2 && s[0].get("pad", 9) == 9));
  CHECK(where(s[0]) == "layer 1, 'conv' at character 1");
  CHECK(where(s[1]) == "layer 2, 'residual' at character 21");
  CHECK(where(s[1].main[0]) == "layer 3, 'bn' at character 30");
  CHECK(where(s[1].shortcut[0]) == "layer 4, 'relu' at character 35");
  CHECK(where(s[2]) == "layer 5, 'linear' at character 42");
  CHECK((takes_flat_input(parse_layers("linear 3")) && !takes_flat_input(parse_layers("flatten, linear 3"))));
  CHECK(to_text({}).empty());
  LayerWord by_hand;
  by_hand.word = "strange", by_hand.numbers = {1}, by_hand.settings = {{"odd", 2}};
  CHECK(to_text({by_hand}) == "strange 1 odd 2");
}

TEST_CASE("sentence: what each word is") {
  auto kinds = [](const std::string& word) {
    const WordTraits is = traits(word);
    return std::string(is.weighted ? "W" : "") + (is.activation ? "A" : "") + (is.norm ? "N" : "") +
           (is.centers_channels ? "c" : "") + (is.batch_statistics() ? "b" : "") + (is.makes_flat ? "f" : "");
  };
  const struct {
    std::string words, kinds;
  } table[] = {{"linear", "Wf"},
               {"conv", "W"},
               {"bn brn l1bn linfbn meanbn", "Ncb"},
               {"in", "Nc"},
               {"norm ln gn lrn wn sn", "N"},
               {"relu leaky_relu sigmoid tanh", "A"},
               {"globalpool flatten", "f"},
               {"pool avgpool dropout noise residual nonsense", ""}};
  for (const auto& [words, wanted] : table) {
    std::istringstream in(words);
    for (std::string word; in >> word;) {
      INFO(word);
      CHECK(kinds(word) == wanted);
    }
  }
}

TEST_CASE("sentence: unknown words and settings are named, with their place and the nearest known") {
  CHECK(refusal("conv 16 3, bm, relu") ==
        "layers: layer 2, 'bm' at character 12 is not a layer; did you mean 'bn'?");
  CHECK(refusal("Linear 10") ==
        "layers: layer 1, 'Linear' at character 1 is not a layer; did you mean 'linear'?");
  CHECK(refusal("leaky-relu") ==
        "layers: layer 1, 'leaky-relu' at character 1 is not a layer; did you mean 'leaky_relu'?");
  CHECK(refusal("xyzzy") ==
        "layers: layer 1, 'xyzzy' at character 1 is not a layer" + did_you_mean("xyzzy", names_of(words())));
  CHECK(refusal("3").find("layers: layer 1, '3' at character 1 is not a layer") == 0);
  CHECK(refusal("conv 16 3 strid 2") ==
        "layers: layer 1, 'conv' at character 1: 'strid' is not an argument of it; did you mean 'stride'?");
  CHECK(
      refusal("relu, bn monentum 0.1") ==
      "layers: layer 2, 'bn' at character 7: 'monentum' is not an argument of it; did you mean 'momentum'?");
  CHECK(refusal("ln momentum 0.1") ==
        "layers: layer 1, 'ln' at character 1: 'momentum' is not an argument of it; one of: eps");
  CHECK(refusal("relu bn") ==
        "layers: layer 1, 'relu' at character 1: 'bn' is not an argument of it; a comma goes between layers");
  CHECK(refusal("residual(bm)") ==
        "layers: layer 2, 'bm' at character 10 is not a layer; did you mean 'bn'?");
}

TEST_CASE("sentence: numbers that lack, are too many, or are none") {
  const struct {
    std::string text, words;
  } table[] = {{"linear", "lacks its units"},
               {"linear bias", "lacks its units"},
               {"conv", "lacks its channels"},
               {"conv 16", "lacks its kernel"},
               {"gn", "lacks its groups"},
               {"dropout", "lacks its probability"},
               {"pool", "lacks its kernel"},
               {"conv 16 3 stride", ": stride lacks its number"},
               {"bn eps", ": eps lacks its number"},
               {"linear 10 20", ": '20' is one number too many"},
               {"relu 1", ": '1' is one number too many"},
               {"conv 16 3 1", ": '1' is one number too many"},
               {"linear 0", ": units: expected a whole number from 1 to 100000, got '0'"},
               {"linear -3", ": units: expected a whole number from 1 to 100000, got '-3'"},
               {"linear 100001", ": units: expected a whole number from 1 to 100000, got '100001'"},
               {"linear 1e999", ": units: expected a whole number from 1 to 100000, got '1e999'"},
               {"linear 99999999999999999999",
                ": units: expected a whole number from 1 to 100000, got '99999999999999999999'"},
               {"linear 1.5", ": units: expected a whole number from 1 to 100000, got '1.5'"},
               {"linear 10x", ": units: expected a whole number from 1 to 100000, got '10x'"},
               {"linear 0x10", ": units: expected a whole number from 1 to 100000, got '0x10'"},
               {"linear +5", ": units: expected a whole number from 1 to 100000, got '+5'"},
               {"linear --5", ": units: expected a whole number from 1 to 100000, got '--5'"},
               {"linear .", ": units: expected a whole number from 1 to 100000, got '.'"},
               {"linear nan", ": expected its units, got 'nan'"},
               {"linear -inf", ": units: expected a whole number from 1 to 100000, got '-inf'"},
               {"linear -nan", ": units: expected a whole number from 1 to 100000, got '-nan'"},
               {"conv 16 0", ": kernel: expected a whole number from 1 to 1000, got '0'"},
               {"conv 16 1001", ": kernel: expected a whole number from 1 to 1000, got '1001'"},
               {"conv 16 3 stride 0", ": stride: expected a whole number from 1 to 1000, got '0'"},
               {"conv 16 3 stride two", ": stride: expected a whole number from 1 to 1000, got 'two'"},
               {"conv 16 3 stride nobias", ": stride: expected a whole number from 1 to 1000, got 'nobias'"},
               {"conv 16 3 pad -1", ": pad: expected a whole number from 0 to 1000, got '-1'"},
               {"conv 16 3 dilation 0", ": dilation: expected a whole number from 1 to 1000, got '0'"},
               {"conv 16 3 groups 0", ": groups: expected a whole number from 1 to 100000, got '0'"},
               {"bn eps -1", ": eps: expected a number above 0, got '-1'"},
               {"bn eps inf", ": eps: expected a number above 0, got 'inf'"},
               {"gn 4 eps 0", ": eps: expected a number above 0, got '0'"},
               {"dropout 1", ": probability: expected a number of at least 0 and below 1, got '1'"},
               {"bn momentum 1.1", ": momentum: expected a number from 0 to 1, got '1.1'"},
               {"dropout 1.1", ": probability: expected a number of at least 0 and below 1, got '1.1'"},
               {"dropout -0.1", ": probability: expected a number of at least 0 and below 1, got '-0.1'"},
               {"leaky_relu -1e999", ": slope: expected a number, got '-1e999'"},
               {"sn iterations 0", ": iterations: expected a whole number from 1 to 1000, got '0'"},
               {"lrn 0", ": size: expected a whole number from 1 to 100000, got '0'"},
               {"lrn beta 101", ": beta: expected a number from 0 to 100, got '101'"},
               {"gn 1.5", ": groups: expected a whole number from 1 to 100000, got '1.5'"},
               {"conv 16 3 stride 2 stride 2", ": stride is given twice"},
               {"linear 5 bias bias", ": bias is given twice"},
               {"linear 5 bias nobias", "has both bias and nobias"},
               {"conv 16 3 nobias stride 1 bias", "has both bias and nobias"}};
  for (const auto& row : table) {
    INFO(row.text);
    const auto& [text, words] = row;
    const std::string word = text.substr(0, text.find(' '));
    CHECK(refusal(text) ==
          "layers: layer 1, '" + word + "' at character 1" + (words[0] == ':' ? "" : " ") + words);
    CHECK(refusal("relu, residual(" + text + ")") ==
          "layers: layer 3, '" + word + "' at character 16" + (words[0] == ':' ? "" : " ") + words);
  }
}

TEST_CASE("sentence: layers that are missing, and parentheses that do not match") {
  const struct {
    std::string text, message;
  } table[] = {
      {"", "layer 1 is missing at character 1, at the end"},
      {"   ", "layer 1 is missing at character 4, at the end"},
      {",", "layer 1 is missing at character 1, before ','"},
      {"relu,", "layer 2 is missing at character 6, at the end"},
      {"relu,,bn", "layer 2 is missing at character 6, before ','"},
      {", relu", "layer 1 is missing at character 1, before ','"},
      {"(relu)", "layer 1 is missing at character 1, before '('"},
      {"|", "layer 1 is missing at character 1, before '|'"},
      {")", "layer 1 is missing at character 1, before ')'"},
      {"relu)", "')' at character 5 closes nothing"},
      {"residual(relu))", "')' at character 15 closes nothing"},
      {"relu | bn", "'|' at character 6 is of use in residual( ) only"},
      {"residual", "layer 1, 'residual' at character 1: expected ( and the layers inside"},
      {"residual relu", "layer 1, 'residual' at character 1: expected ( and the layers inside"},
      {"residual 2(relu)", "layer 1, 'residual' at character 1: expected ( and the layers inside"},
      {"residual(", "layer 2 is missing at character 10, at the end"},
      {"residual()", "layer 2 is missing at character 10, before ')'"},
      {"residual(relu", "layer 1, 'residual' at character 1 is not closed by )"},
      {"bn, residual(relu | relu", "layer 2, 'residual' at character 5 is not closed by )"},
      {"residual(relu | )", "layer 3 is missing at character 17, before ')'"},
      {"residual( | relu)", "layer 2 is missing at character 11, before '|'"},
      {"residual(relu | bn | tanh)", "layer 1, 'residual' at character 1 takes two parts at most"},
      {"residual(relu) bn",
       "layer 1, 'residual' at character 1: 'bn' after its ); a comma goes between layers"},
      {"residual(relu)(bn)", "'(' at character 15 is of use in residual( ) only"},
      {"relu()",
       "layer 1, 'relu' at character 1 takes no ( ); numbers follow after a space, as in conv 16 3"},
      {"bn, conv(16, 3)",
       "layer 2, 'conv' at character 5 takes no ( ); numbers follow after a space, as in conv 16 3"},
      {"conv 16 (3)",
       "layer 1, 'conv' at character 1 takes no ( ); numbers follow after a space, as in conv 16 3"}};
  for (const auto& row : table) {
    INFO(row.text);
    const auto& [text, message] = row;
    CHECK(refusal(text) == "layers: " + message);
  }
  auto nested = [](int depth) {
    std::string text = "relu";
    for (int i = 0; i < depth; ++i) text = "residual(" + text + ")";
    return text;
  };
  CHECK(there_and_back(nested(8)) == nested(8));
  CHECK(refusal(nested(9)) == "layers: residual( ) nested more than 8 deep");
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "residual(";
  CHECK(refusal(deep) == "layers: residual( ) nested more than 8 deep");
}

TEST_CASE("sentence: odd bytes and very long texts are refused, in one line") {
  using namespace std::string_literals;
  CHECK(refusal("relu\0, bn"s) == "layers: a control character, code 0, at character 5");
  CHECK(refusal("relu\0"s) == "layers: a control character, code 0, at character 5");
  CHECK(refusal("\0"s) == "layers: a control character, code 0, at character 1");
  CHECK(refusal("bn, \033[31mrelu") == "layers: a control character, code 27, at character 5");
  CHECK(refusal("ünï").find("layers: layer 1, 'ünï' at character 1 is not a layer") == 0);
  CHECK(refusal("relu\xff").find("layers: layer 1, 'relu\xff' at character 1 is not a layer") == 0);
  CHECK(refusal("relu\u00a0, bn").find("is not a layer") !=
        std::string::npos);  // a no-break space is no space
  CHECK(refusal("relu; bn").find("layers: layer 1, 'relu;' at character 1 is not a layer") == 0);
  CHECK(refusal(std::string(100'001, ' ')) == "layers: expected at most 100000 characters, got 100001");
  std::string many = "relu";
  while (many.size() + 6 <= 100'000) many += ", relu";
  CHECK(parse_layers(many).size() == (many.size() + 2) / 6);
  CHECK(there_and_back(many) == many);
}

TEST_CASE("sentence: any text is either a network or an error; a network's text is the same network") {
  Rng rng(1);
  const std::vector<std::string> bits = {"conv", "linear", "bn",  "gn",  "residual", "relu",     "noise",
                                         "sn",   "(",      ")",   "|",   ",",        ", ",       " ",
                                         "3",    "16",     "0.5", "-1",  "stride",   "pad",      "nobias",
                                         "eps",  "layer",  "x",   "1e2", "\xc3",     "residual("};
  int networks = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (std::uint64_t n = 1 + rng.below(8); n > 0; --n) {
      text += bits[rng.below(bits.size())];
      if (rng.below(2)) text += ' ';
    }
    INFO(text);
    try {
      const std::string once = there_and_back(text);
      CHECK(there_and_back(once) == once);
      ++networks;
    } catch (const Error& e) {
      const std::string message = e.what();
      CHECK((message.starts_with("layers: ") && message.find('\n') == message.npos));
    }
  }
  CHECK(networks > 300);
}

}  // namespace layers_network_sentence_test
}}  // namespace norma
