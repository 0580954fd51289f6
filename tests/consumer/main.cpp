// The program: it asserts, as its build type says, whatever Norma is built with.
#include <cassert>

#include "core/ops.h"

int main() {
  int asserts = 0;
  assert(++asserts);
  return trained() && asserts == ours ? 0 : 1;
}
