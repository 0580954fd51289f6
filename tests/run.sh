#!/bin/sh
# From a fresh checkout to "all tests passed": packages, build, tests: sh tests/run.sh [--all] [PRESET]
# --all also installs what only some tests need, most of all PyTorch, OpenCV and clang-tidy, and fetches MNIST, so that none is skipped.
# PRESET is release, dev or asan.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
all=""
[ "${1:-}" != --all ] || { all="python3-torch python3-opencv pkgconf git clang-format clang-tidy"; export NORMA_TIDY=all; shift; }
preset=${1:-release}
sh "$here/apps/install.sh" g++ cmake ninja-build libopenblas-openmp-dev zlib1g-dev libstb-dev libcli11-dev \
   nlohmann-json3-dev gnuplot-nox doctest-dev aspell aspell-en python3-numpy python3-onnx libopenmpi-dev openmpi-bin $all
cd "$here"
if [ -n "$all" ] && [ -z "${NORMA_DATA_DIR:-}" ]; then
  export NORMA_DATA_DIR="$HOME/.cache/norma"
  cmake -DDEST="$NORMA_DATA_DIR/mnist" -P data/fetch_mnist.cmake || unset NORMA_DATA_DIR
fi
cmake --preset "$preset" -DNORMA_TESTS=ON >/dev/null
cmake --build --preset "$preset"
code=0
ctest --preset "$preset" --parallel "$(nproc)" || code=$?
skipped=$(grep -oh 'SKIPPED: .*' "build/$preset/Testing/Temporary/LastTest.log" | sort -u)
[ -z "$skipped" ] || printf '\nNot tested on this machine (sh tests/run.sh --all installs what can be):\n%s\n' "$skipped"
exit $code
