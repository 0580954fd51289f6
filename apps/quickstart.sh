#!/bin/sh
# From a fresh checkout to the result: packages, build, MNIST, and the comparison of BN with no BN.
# Arguments are passed on to `norma compare`.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
sh "$here/apps/install.sh" g++ cmake ninja-build libopenblas-openmp-dev zlib1g-dev libstb-dev libcli11-dev \
   nlohmann-json3-dev gnuplot-nox ca-certificates
build="$here/build/release"
(cd "$here" && cmake --preset release -DNORMA_TESTS=OFF >/dev/null && cmake --build --preset release --target norma_command)
if [ -z "${NORMA_DATA_DIR:-}" ]; then
  why=$(mktemp)
  cmake -P "$here/data/fetch_mnist.cmake" 2>"$why" || {
    echo "MNIST could not be fetched; continuing with drawn digits. The reason:"
    grep . "$why" | tail -n 3
  }
  rm -f "$why"
fi
exec "$build/norma" compare "$@"
