#!/bin/sh
# The runners of grids under ThreadSanitizer. GCC's OpenMP hides its forks and joins from it, so clang builds them with
# LLVM's, and Archer tells of those. OpenBLAS and libomp are not instrumented: inside them nothing is looked at.
# Debian: apt-get install clang-14 libclang-rt-14-dev libomp-14-dev
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
cd "$here"
cmake --preset tsan >/dev/null
cmake --build --preset tsan
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export OMP_TOOL_LIBRARIES=/usr/lib/llvm-14/lib/libarcher.so ARCHER_OPTIONS=verbose=1
export TSAN_OPTIONS="ignore_noninstrumented_modules=1 ${TSAN_OPTIONS:-}"
"$here/build/tsan/tests/tsan/tsan_grids" "$folder" >"$folder/said" 2>&1 || { cat "$folder/said"; exit 1; }
grep -q "Archer detected" "$folder/said" || { echo "Archer is not at work: $OMP_TOOL_LIBRARIES"; exit 1; }
tail -1 "$folder/said"
echo "no race found"
