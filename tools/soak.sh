#!/bin/sh
# Runs the tests again and again, each round from a seed nobody has tried, and the long tests that
# an ordinary run leaves out (those registered with CONFIGURATIONS soak). After each round, simulated
# days for as long as it took, every hundredth of them with 3,000 contracts.
#
#   tools/soak.sh build/test MINUTES JOBS
#
# Stops at the first failure and says how to see that round again.
set -eu
tree=$1 minutes=$2 jobs=$3
end=$(($(date +%s) + minutes * 60))
round=0
while [ "$round" = 0 ] || [ "$(date +%s)" -lt "$end" ]; do
  round=$((round + 1))
  seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
  echo "soak: round $round, OPT_DATA_TEST_SEED=$seed"
  began=$(date +%s)
  OPT_DATA_TEST_SEED=$seed ctest --test-dir "$tree" -C soak -j "$jobs" --no-tests=error \
    --output-on-failure || {
    echo "soak: round $round failed; again with" >&2
    echo "  OPT_DATA_TEST_SEED=$seed ctest --test-dir $tree -C soak --output-on-failure" >&2
    exit 1
  }
  "$tree/opt-data" sim soak --days 1000000 --jobs "$jobs" --first-seed "$seed" \
    --large-every 100 --seconds $(($(date +%s) - began + 60))
done
echo "soak: $round rounds without a failure"
