// The engine's one door: JSON text in, JSON text out, for JavaScript that runs it as WebAssembly, and for the
// program of lines (lines.cpp) that the tests hold it against.
#include "apps/lab/calls.h"
#include "core/suggest.h"

namespace norma { inline namespace NORMA_BUILD {

json answer(Lab& lab, const json& request) {
  static const std::vector<Named<json (*)(Lab&, const json&)>> calls = {
      {"race", describe_race}, {"open", open},       {"steps", steps},     {"finding", finding},
      {"inside", inside},      {"score", score},     {"prepare", prepare}, {"predict", predict},
      {"digit", test_digit},   {"by-hand", by_hand}, {"surface", surface}, {"map", judge_map}};
  return find_named(calls, request.at("call").get<std::string>(), "call").value(lab, request);
}

}}  // namespace norma

using namespace norma;

namespace {

std::string text;  // the newest request, then its answer

Lab& the_lab() {
  static Lab lab;
  return lab;
}

}  // namespace

extern "C" {

/// Where to write a request of `size` bytes.
char* lab_request(std::size_t size) {
  text.assign(size, ' ');
  return text.data();
}

/// Answers it; the length of the answer, which stands at lab_answer().
std::size_t lab_call() {
  text = json_text(answer(the_lab(), parse_json(text)));
  return text.size();
}

const char* lab_answer() { return text.data(); }

}  // extern "C"
