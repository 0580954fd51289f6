#!/bin/sh
# The runners of grids, and loops shared among threads, under ThreadSanitizer. GCC's OpenMP is blind to it, so clang builds
# it with LLVM's, whose Archer tells it of every fork and join. OpenBLAS and libomp are not instrumented: what goes on
# inside them is not looked at. Debian: apt-get install clang-14 libclang-rt-14-dev libomp-14-dev
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here"
cmake --preset tsan >/dev/null
cmake --build --preset tsan
export OMP_TOOL_LIBRARIES=/usr/lib/llvm-14/lib/libarcher.so ARCHER_OPTIONS=verbose=1
export TSAN_OPTIONS="ignore_noninstrumented_modules=1 halt_on_error=1 exitcode=66"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
norma() { "$here/build/tsan/norma" "$@" --out "$folder/$name" >"$folder/$name.log" 2>&1 || { cat "$folder/$name.log"; exit 1; }; }
small="--data digits --train-size 600 --batch-size 20"
name=compare; norma compare $small --hidden 20,20 --steps 60 --vary norm=none,batch,layer --vary optimizer=sgd,adam --seeds 4 --jobs 4
name=reproduce; norma reproduce init-scale --quick --seeds 4 --jobs 4 --data digits
name=loops; norma train $small --model cnn --norm batch --steps 10 --threads 4
grep -q "Archer detected OpenMP application with TSan" "$folder"/*.log
echo "no race found: compare, reproduce with 4 jobs, train with 4 threads"
