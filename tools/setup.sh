#!/bin/sh
# Installs what the build needs and this machine does not have yet: Debian packages, and what
# package-lock.json and web/package-lock.json pin.
#
#   tools/setup.sh demo       what `make demo` needs
#   tools/setup.sh test       that, and what only tests, lint and benchmarks need
#   tools/setup.sh package    what `make demo` needs, and what makes a package of it
#
# When nothing is missing it asks nobody: no network, well under a second. As root it uses apt-get,
# otherwise sudo; with neither it prints the command for somebody who may run it. Exit codes: 0 all
# is here; 1 an installation failed; 2 somebody else has to install something first.
set -eu
cd "$(dirname "$0")/.."

wanted=${1:-}
case $wanted in
  demo | test | package) ;;
  *) echo "usage: tools/setup.sh demo|test|package" >&2; exit 2 ;;
esac

# g++ and not build-essential; no recommended packages: the time from nothing counts.
packages="g++ cmake ninja-build ca-certificates tzdata
  libboost1.81-dev libhowardhinnant-date-dev libfmt-dev libspdlog-dev libcli11-dev
  libtomlplusplus-dev nlohmann-json3-dev libexpected-dev libsqlite3-dev libssl-dev"
# QuantLib is not among them: its -dev package insists on another Boost; see fetch_quantlib.sh.
if [ "$wanted" = test ]; then
  packages="$packages libgtest-dev libgmock-dev libbenchmark-dev valgrind chromium
    clang-16 clang-format-16 clang-tidy-16 libclang-rt-16-dev"
fi
[ "$wanted" != package ] || packages="$packages binutils dpkg-dev file gzip"
# Somebody's own Node.js is as good as Debian's.
command -v node >/dev/null || packages="$packages nodejs"
command -v npm >/dev/null || packages="$packages npm"

if ! command -v dpkg-query >/dev/null; then
  echo "setup: this is not Debian, so nothing can be installed from here. Install what these" >&2
  echo "packages hold, then build with the presets of CMakePresets.json:" >&2
  echo $packages >&2
  exit 2
fi

installed=" $(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null |
  sed -n 's/^installed //p' | tr '\n' ' ')"
missing=""
for package in $packages; do
  case $installed in
    *" $package "*) ;;
    *) missing="$missing $package" ;;
  esac
done

# Runs one line as root, or tells who has to run it.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    sh -c "$1"
  elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    sudo sh -c "$1"
  else
    echo "setup: packages are missing, and this account may not install any. As root, run:" >&2
    echo "  $1" >&2
    exit 2
  fi
}

if [ -n "$missing" ]; then
  echo "setup: installing$missing" >&2
  # tzdata would stop and ask where we live. dpkg waits for the disk after every package's files,
  # minutes on a busy one; one sync at the end makes them just as safe.
  as_root "apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 \
    -o Dpkg::Options::=--force-unsafe-io install --no-install-recommends$missing && sync" >&2 || {
    echo "setup: the installation failed; nothing was built" >&2
    exit 1
  }
fi

# A copy of the lock is left beside what was installed from it; as long as the two are equal there
# is nothing to do. What the tests need contains what the demo needs.
[ "$wanted" != package ] || wanted=demo
case $wanted in
  demo) omit="--omit=dev" ;;
  test) omit="" ;;
esac
for folder in . web; do
  lock=$folder/package-lock.json
  modules=$folder/node_modules
  if cmp -s $lock $modules/.installed-for-test.json ||
    { [ "$wanted" = demo ] && cmp -s $lock $modules/.installed-for-demo.json; }; then
    continue
  fi
  echo "setup: npm ci --ignore-scripts $omit, in $folder" >&2
  (cd $folder && npm ci --ignore-scripts $omit --no-audit --no-fund --loglevel=error >&2) || {
    echo "setup: npm ci failed; is the npm registry within reach?" >&2
    exit 1
  }
  cp $lock "$modules/.installed-for-$wanted.json"
done

# apt downloads QuantLib without root, but only when it knows where; a fresh machine may not.
if [ "$wanted" = test ] && [ ! -e build/referees/quantlib/complete ]; then
  tools/fetch_quantlib.sh build/referees/quantlib >&2 || {
    as_root "apt-get -q update" >&2
    tools/fetch_quantlib.sh build/referees/quantlib >&2
  }
fi
