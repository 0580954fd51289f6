// Of a build without MPI: the only process.
#include <cstdlib>
#include <cstring>

#include "apps/run/processes.h"
#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

struct Processes::Messages {};

Processes& Processes::all() {
  static Processes alone;
  const int size = launch().size;
  check(size == 1, "started as ", size,
        " processes, but this norma was built without MPI: install libopenmpi-dev and build again");
  return alone;
}

std::string Processes::description() { return "without MPI"; }

void Processes::gather(const void* mine, std::size_t bytes, void* all) {
  if (bytes > 0) std::memcpy(all, mine, bytes);
}

std::vector<std::string> Processes::gather(const std::string& mine) { return {mine}; }

void Processes::sum(real*, Index) {}

Processes Processes::group(int k) {
  check(k == 1, "expected groups of 1 process, got ", k);
  return *this;
}

void Processes::leave() {}

void Processes::abort(int code) { std::_Exit(code); }

}}  // namespace norma
