#!/bin/sh
# Fuzzes each target for so many seconds, one after the other: sh tests/fuzz/run.sh [SECONDS] [TARGET …]. It starts from the
# seeds, tests/fuzz/corpus and what it found before, which stays in build/fuzz/corpus. What breaks something ends it and
# is left in build/fuzz/found: it belongs, once mended, in tests/fuzz/corpus/TARGET, where the ordinary tests take it.
# Debian: apt-get install clang-14 libclang-rt-14-dev libomp-14-dev
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
build=$here/build/fuzz
seconds=${1:-600}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- checkpoint cifar config gzip idx image layers metrics safetensors
cd "$here"
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz
"$build/tests/fuzz/fuzz_seeds" "$build/corpus"
mkdir -p "$build/found"
for target; do
  mkdir -p "$here/tests/fuzz/corpus/$target"
  echo "$target: $seconds s"
  "$build/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -max_len=4096 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
    -verbosity=0 -artifact_prefix="$build/found/$target-" "$build/corpus/$target" "tests/fuzz/corpus/$target"
done
