#!/bin/sh
# Builds exercise N and grades it: sh exercises/grade.sh N. Without N: one after the other, up to the first that is not right.
set -eu
cd "$(dirname "$0")/.."
for n in "$@"; do
  case $n in [1-8]) ;; *) echo "grade.sh: expected the number of an exercise, 1 to 8, got '$n'" >&2; exit 2 ;; esac
done
[ $# -gt 0 ] || set -- 1 2 3 4 5 6 7 8
if [ ! -f build/release/build.ninja ]; then
  sh apps/install.sh g++ cmake ninja-build libopenblas-openmp-dev zlib1g-dev libstb-dev libcli11-dev nlohmann-json3-dev
  cmake --preset release -DNORMA_TESTS=OFF >/dev/null
fi
[ -f build/release/exercises/libnorma_grade.a ] || echo "Building the library, once: about a minute."
for n in "$@"; do
  code=0
  log=$(cmake --build build/release --target "exercise_$n" 2>&1) || code=1
  # What the compiler says, without what ninja does.
  printf '%s\n' "$log" | grep -v '^\[[0-9]\|^-- \|^ninja: \|^FAILED: \| -o [^ ]* -c ' |
    sed "s|$PWD/||g; s|\.\./\.\./exercises|exercises|g" || true
  [ $code = 0 ] || exit $code
  "build/release/exercises/exercise_$n"
done
