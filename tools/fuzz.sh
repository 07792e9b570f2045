#!/bin/sh
# Runs every fuzzer for so many minutes, some side by side, from seeds nobody has tried.
#
#   tools/fuzz.sh build/test/tests/fuzz MINUTES JOBS [TARGET...]
#
# What is worth keeping goes to TREE/corpus/found/TARGET and is where the next run begins. A finding
# ends its target and is left in TREE/findings, with the command that shows it again. Exit codes: 0
# nothing was found; 1 something was.
set -eu
tree=$1 minutes=$2 jobs=$3
shift 3
cd "$tree"
./opt_data_make_corpus corpus/seed
mkdir -p findings logs
seconds=$(awk "BEGIN { print int($minutes * 60) }")
[ $# -gt 0 ] || set -- $(ls | sed -n 's/^fuzz_//p')
echo "fuzz: $* for $seconds s each, $jobs at a time"

run='
target=$1 seconds=$2
mkdir -p "corpus/found/$target"
if "./fuzz_$target" -max_total_time="$seconds" -max_len=4096 -rss_limit_mb=2048 -timeout=5 \
  -print_final_stats=1 -artifact_prefix="findings/$target-" "corpus/found/$target" \
  "corpus/seed/$target" >"logs/$target.log" 2>&1; then
  echo "fuzz: $target: nothing found in $(sed -n "s/^stat::number_of_executed_units: *//p" \
    "logs/$target.log") runs"
else
  echo "fuzz: $target FOUND something: $PWD/logs/$target.log" >&2
  grep -E "^(broken:|SUMMARY:|.*Test unit written)" "logs/$target.log" >&2 || true
  for input in "findings/$target-"*; do
    [ -e "$input" ] && echo "  $PWD/fuzz_$target $PWD/$input" >&2
  done
  exit 1
fi'
printf '%s\n' "$@" | xargs -P "$jobs" -I TARGET sh -c "$run" sh TARGET "$seconds" || exit 1
