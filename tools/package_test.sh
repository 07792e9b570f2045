#!/bin/sh
# Installs the package in a Debian 12 in which nothing else is, uses it as people do, and removes it.
#
#   tools/package_test.sh build/package/opt-data_0.1.0-1_amd64.deb
#
#   KEEP=1    leaves the tree, and says where it is
#
# Needs root, mmdebstrap and a network that reaches Debian's packages. Nothing outside a temporary
# folder is changed. Exit codes: 0 all is well; 1 it is not; 2 something is missing here.
set -eu
# In a mount namespace of its own, where what belongs to this machine cannot be written: a mistake
# here must not install anything out there.
if [ "${OPT_DATA_OWN_MOUNTS:-}" != yes ] && [ "$(id -u)" = 0 ]; then
  OPT_DATA_OWN_MOUNTS=yes exec unshare --mount "$0" "$@"
fi
[ $# -eq 1 ] && [ -f "$1" ] || { echo "usage: $0 PACKAGE.deb" >&2; exit 2; }
deb=$(realpath "$1")
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "package_test: only root may make another Debian; use sudo" >&2; exit 2; }
command -v mmdebstrap >/dev/null ||
  { echo "package_test: mmdebstrap is missing: apt-get install mmdebstrap" >&2; exit 2; }

for folder in /usr /etc /var/lib/dpkg; do
  mount --bind "$folder" "$folder" && mount -o remount,bind,ro "$folder" ||
    { echo "package_test: $folder cannot be made read-only here; nothing was done" >&2; exit 2; }
done

work=$(mktemp -d "${TMPDIR:-/tmp}/opt-data-package.XXXXXX")
tree=$work/tree
leave() {
  umount "$tree/proc" 2>/dev/null || true
  if [ -n "${KEEP:-}" ]; then echo "package_test: the tree is $tree"; return; fi
  rm -rf --one-file-system "$work"
}
trap leave EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$work"

step() { echo "== $*"; }
die() {
  echo "package_test: $*" >&2
  exit 1
}
inside() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root chroot "$tree" "$@"; }
as() {
  user=$1
  shift
  inside setpriv --reuid="$user" --regid="$user" --clear-groups env HOME="/home/$user" sh -c "$*"
}
data_sum() { (cd "$tree/var/lib/opt-data" && find . -type f -exec sha256sum {} + | sort) | sha256sum; }

step "a bare Debian 12, and in it the package with what it depends on"
dpkg-deb -f "$deb" Package Version Depends Installed-Size
# apt runs out here, with this machine's network and sources, and installs in there.
mmdebstrap --quiet --variant=apt --mode=root \
  --customize-hook='dpkg-query --admindir="$1/var/lib/dpkg" -W -f "\${Package}\n" >'"$work/before" \
  --customize-hook='cp '"$deb"' "$1/root/opt-data.deb"' \
  --customize-hook='APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Chroot-Directory="$1" install "$1/root/opt-data.deb"' \
  bookworm "$tree" >"$work/log" 2>&1 || { tail -n 30 "$work/log" >&2; die "it cannot be installed"; }
inside dpkg-query -W -f '${Package}\n' | comm -13 "$work/before" - | tr '\n' ' '
echo
mount -t proc proc "$tree/proc"

step "every library is found, and DuckDB in the package's own folder"
libraries=$(inside ldd /usr/bin/opt-data)
if echo "$libraries" | grep -q "not found"; then die "$libraries"; fi
as opt-data 'cd /var/lib/opt-data && LD_DEBUG=libs opt-data query "SELECT 1"' >"$work/loader" 2>&1 ||
  { tail "$work/loader" >&2; die "no database is opened"; }
grep "calling init: .*libduckdb" "$work/loader"
grep -q "calling init: /usr/bin/../lib/opt-data/libduckdb.so" "$work/loader" ||
  die "another DuckDB is taken"

step "the demo, as an ordinary user"
inside useradd -m visitor
as visitor 'cd && opt-data demo' >"$work/demo" 2>&1 || { cat "$work/demo" >&2; die "the demo failed"; }
grep -A1 '^selfcheck: PASS' "$work/demo" || die "the demo did not pass"
as visitor 'cd && opt-data inspect config' | grep '/etc/opt-data/opt-data.toml:' >/dev/null ||
  die "the installed configuration is not read"

step "a day as the service's user, with the installed configuration"
inside stat -c '%U:%G %a %n' /var/lib/opt-data /etc/opt-data/environment
[ "$(inside stat -c '%U:%G %a' /var/lib/opt-data)" = "opt-data:opt-data 750" ] ||
  die "/var/lib/opt-data is not the service's"
as opt-data 'cd /var/lib/opt-data && opt-data schedule --simulate --date 2025-11-21' \
  >"$work/day" 2>&1 || { tail -n 20 "$work/day" >&2; die "the day failed"; }
grep 'final' "$work/day"
[ -f "$tree/var/lib/opt-data/state/ledger.sqlite" ] || die "the ledger is elsewhere"
find "$tree/var/lib/opt-data/data" -name '*.parquet' | wc -l | sed 's/$/ Parquet files/'
if as visitor 'ls /var/lib/opt-data' >/dev/null 2>&1; then die "anybody can read the dataset"; fi

step "man page and completion"
inside sh -c 'gzip -dc /usr/share/man/man1/opt-data.1.gz' | grep -c '^.SS' | sed 's/$/ commands/'
inside bash -c '. /usr/share/bash-completion/completions/opt-data
  COMP_WORDS=(opt-data sim s); COMP_CWORD=2; _opt_data; echo "opt-data sim s: ${COMPREPLY[*]}"' |
  grep 'serve soak' || die "bash completes nothing"

step "the units"
cp tools/check_units.sh "$tree/tmp/"
inside sh /tmp/check_units.sh /lib/systemd/system

step "removed, installed again, purged: the data stay"
before=$(data_sum)
inside sh -c 'echo "# mine" >>/etc/opt-data/universe.csv'
inside dpkg -r opt-data >/dev/null
[ ! -e "$tree/usr/bin/opt-data" ] || die "the program is still there"
[ "$(data_sum)" = "$before" ] || die "removal touched the data"
inside dpkg -i /root/opt-data.deb >"$work/again" 2>&1 </dev/null || { cat "$work/again"; die "not again"; }
grep -q '^# mine' "$tree/etc/opt-data/universe.csv" || die "a changed configuration was lost"
[ "$(data_sum)" = "$before" ] || die "installing again touched the data"
inside dpkg -P opt-data | grep 'stay' || die "purge does not say that the data stay"
[ ! -e "$tree/etc/opt-data" ] || die "purge left the configuration"
[ "$(data_sum)" = "$before" ] || die "purge touched the data"
[ "$(inside stat -c %U /var/lib/opt-data)" = opt-data ] || die "the data have lost their owner"

if command -v lintian >/dev/null; then
  step "lintian"
  lintian --fail-on error "$deb"
fi
echo "package_test: all is well"
