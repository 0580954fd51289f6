// norma_lab_lines: the engine of the page as a program. Each line of input is a request, each line of output
// its answer, or
// {"error": …}.
#include <iostream>

#include "apps/lab/calls.h"

using namespace norma;

int main() {
  Lab lab;
  for (std::string line; std::getline(std::cin, line);) {
    json reply;
    try {
      reply = answer(lab, parse_json(line));
    } catch (const std::exception& e) {
      reply = {{"error", e.what()}};
    }
    std::cout << json_text(reply) << std::endl;
  }
}
