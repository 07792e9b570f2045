#!/bin/sh
# A first look at a real gateway: one symbol, one slot, nothing but questions, and a transcript of what
# was said. It needs TWS or IB Gateway, logged in, with its API enabled; the account is only read.
#
#   tools/live_smoke.sh build/opt-data [HOST:PORT]
#
#   SYMBOL=SPY     the underlying
#   DIR=...        where everything is written (default: a new temporary directory)
#
# Everything is written below DIR: config, data_test, state_test, live-smoke.transcript. Exit codes: 0
# the slot was asked and published; 1 there is no gateway, or a step failed; 3 the gateway answers, but
# no slot could be asked now, or not all of it was answered.
set -eu
program=$(realpath "$1")
gateway=${2:-127.0.0.1:4002}
symbol=${SYMBOL:-SPY}
dir=${DIR:-$(mktemp -d "${TMPDIR:-/tmp}/opt-data-live-smoke-XXXXXX")}
mkdir -p "$dir"
dir=$(realpath "$dir")

"$program" init --test --force --dir "$dir" --symbols "$symbol" >"$dir/init.log"
config=$dir/config/opt-data.test.toml
record=$dir/live-smoke.transcript
# Nothing of the caller's configuration may lead it to another tree.
export OPT_DATA_PATHS_RAW=$dir/data_test/raw/ib/chain OPT_DATA_PATHS_CLEAN=$dir/data_test/clean/ib/chain
export OPT_DATA_PATHS_STATE=$dir/state_test OPT_DATA_PATHS_RUN_LOGS=$dir/state_test/run_logs
export OPT_DATA_PATHS_CONTRACTS_CACHE=$dir/state_test/contracts_cache
export OPT_DATA_UNIVERSE_SYMBOLS=$symbol OPT_DATA_GATEWAY_HOST=${gateway%:*}
export OPT_DATA_GATEWAY_PORT=${gateway##*:}
# A few contracts, and a slot that may start at any time: this is a look, not a collection.
export OPT_DATA_FILTERS_MAX_EXPIRIES=1 OPT_DATA_FILTERS_STRIKES_PER_SIDE=3
export OPT_DATA_SNAPSHOT_START_GRACE_S=1500 OPT_DATA_SNAPSHOT_WINDOW_S=1700

step() {
  echo "== opt-data $*"
  "$program" --config "$config" "$@" --record "$record"
}

step inspect connection || {
  echo "live-smoke: no gateway answers at $gateway. Start TWS or IB Gateway, log in, enable its API" >&2
  echo "socket, and name its port: make live-smoke GATEWAY=127.0.0.1:4001" >&2
  exit 1
}
step contracts build --minutes 5 || {
  echo "live-smoke: the contracts of $symbol could not be found; transcript: $record" >&2
  exit 1
}
code=0
step snapshot --slot now || code=$?
case $code in
  0) echo "live-smoke: one slot of $symbol is below $dir/data_test" ;;
  3) echo "live-smoke: one slot of $symbol, in part, is below $dir/data_test" ;;
  *)
    echo "live-smoke: the gateway answers, but no slot was asked: see above. Try again while the market" >&2
    echo "is open, from 09:30 New York." >&2
    code=3
    ;;
esac
echo "transcript: $record (no account number is in it)"
exit "$code"
