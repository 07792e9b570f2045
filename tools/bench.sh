#!/bin/sh
# Runs every benchmark of a build tree, one after the other: they would disturb each other.
#
#   tools/bench.sh build/bench [options of Google Benchmark, e.g. --benchmark_filter=decode]
set -eu
tree=$1
shift
programs=$(find "$tree/bench" -maxdepth 2 -type f -name '*_bench' -perm -u+x 2>/dev/null | sort)
if [ -z "$programs" ]; then
  echo "bench: no benchmark was built in $tree/bench" >&2
  exit 1
fi
for program in $programs; do
  echo "== ${program##*/}"
  "$program" "$@"
done
