#!/bin/sh
# From a fresh checkout to "all tests passed": packages, build, tests. A preset (dev, asan) may be named.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
preset=${1:-release}
sh "$here/apps/install.sh" g++ cmake ninja-build libopenblas-openmp-dev zlib1g-dev libstb-dev libcli11-dev \
   nlohmann-json3-dev gnuplot-nox doctest-dev aspell aspell-en python3-numpy python3-onnx
cd "$here"
cmake --preset "$preset" -DNORMA_TESTS=ON >/dev/null
cmake --build --preset "$preset"
ctest --preset "$preset"
