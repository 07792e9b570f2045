#!/bin/sh
# Unpacks Debian's QuantLib (headers and library) below TARGETDIR, for the tests that it referees.
#
#   tools/fetch_quantlib.sh [TARGETDIR]
#   cmake ... -DOPT_DATA_QUANTLIB_DIR=TARGETDIR
#
# Without TARGETDIR it is build/referees/quantlib of this tree, where CMake looks by itself.
#
# libquantlib0-dev depends on Boost 1.74's headers and so cannot be installed beside the 1.81 this
# project builds with; its headers compile with 1.81 all the same. Needs no root: apt downloads and
# checks the two packages, dpkg-deb unpacks them, nothing is installed. Running it again is free.
set -eu

die() {
  echo "fetch_quantlib: $*" >&2
  exit 1
}

[ $# -le 1 ] || { echo "usage: $0 [TARGETDIR]" >&2; exit 2; }
target=${1:-$(dirname "$0")/../build/referees/quantlib}
packages="libquantlib0-dev libquantlib0v5"

if [ -f "$target/complete" ]; then
  echo "fetch_quantlib: $target is complete: $(tr '\n' ' ' < "$target/complete")"
  exit 0
fi
[ ! -e "$target" ] || [ -d "$target" ] || die "$target exists and is not a directory; name another"
if [ -d "$target" ] && [ -n "$(ls -A "$target")" ]; then
  die "$target holds other files; name a directory that is empty or does not exist yet"
fi
for tool in apt-get dpkg-deb; do
  command -v $tool > /dev/null || die "$tool not found; this recipe needs Debian. Install QuantLib" \
    "1.29 or newer yourself and point OPT_DATA_QUANTLIB_DIR at the directory that holds its usr/"
done

mkdir -p "$(dirname "$target")" || die "cannot create $(dirname "$target")"
staging=$(mktemp -d "$(dirname "$target")/.quantlib.XXXXXX") ||
  die "cannot write in $(dirname "$target")"
trap 'rm -rf "$staging"' EXIT
trap 'exit 1' HUP INT TERM
# apt drops root for a user who cannot write here; that is only a warning, but a noisy one.
sandbox=
[ "$(id -u)" -ne 0 ] || sandbox="-o APT::Sandbox::User=root"
(cd "$staging" && apt-get -qq $sandbox download $packages) ||
  die "cannot download $packages; run 'apt-get update' as root, check the network and try again"
for package in $packages; do
  dpkg-deb -x "$staging/$package"_*.deb "$staging/root" ||
    die "cannot unpack $package; is the disk full?"
done
[ -f "$staging/root/usr/include/ql/version.hpp" ] || die "the packages hold no ql/version.hpp"
[ -n "$(find "$staging/root/usr/lib" -name libQuantLib.so)" ] ||
  die "the packages hold no libQuantLib.so"
(cd "$staging" && ls ./*.deb) | sed 's|^\./||' > "$staging/root/complete"
chmod 755 "$staging/root"

# In one step, so that a run that was cut short leaves nothing that looks complete.
[ ! -d "$target" ] || rmdir "$target"
mv "$staging/root" "$target"
echo "fetch_quantlib: unpacked $(tr '\n' ' ' < "$target/complete")into $target"
