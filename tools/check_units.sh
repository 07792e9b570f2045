#!/bin/sh
# What systemd-analyze thinks of the units: whether they can be loaded, and how much a service that
# was taken over could still do.
#
#   tools/check_units.sh FOLDER
#
# FOLDER holds the three services and opt-data.timer. An exposure above 3.0 is a
# fault. Exit codes: 0 all is well; 1 it is not; 77 there is no systemd-analyze, and nothing was
# looked at.
set -eu
folder=$1
if ! command -v systemd-analyze >/dev/null; then
  echo "check_units: there is no systemd-analyze here; nothing was looked at"
  exit 77
fi
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

# Where the package is not installed there is no such program, and that would be a finding.
printf '#!/bin/sh\n' >"$copy/opt-data"
chmod 755 "$copy/opt-data"
for unit in opt-data.service opt-data-day.service opt-data-serve.service opt-data.timer; do
  sed "s|^ExecStart=/usr/bin/opt-data |ExecStart=$copy/opt-data |" "$folder/$unit" >"$copy/$unit"
done

status=0
for unit in opt-data.service opt-data-day.service opt-data-serve.service opt-data.timer; do
  fine=yes
  said=$(systemd-analyze verify --man=no --recursive-errors=no "$copy/$unit" 2>&1) || fine=no
  # A line about one of ours is a finding even where systemd-analyze is content.
  if [ "$fine" = no ] || echo "$said" | grep -q "opt-data"; then
    echo "check_units: $unit: $said" >&2
    status=1
  fi
done
systemd-analyze calendar "$(sed -n 's/^OnCalendar=//p' "$folder/opt-data.timer")" >/dev/null ||
  status=1
for unit in opt-data.service opt-data-day.service opt-data-serve.service; do
  systemd-analyze security --offline=true --no-pager --threshold=30 "$copy/$unit" >"$copy/said" ||
    { cat "$copy/said" >&2; status=1; }
  tail -n 1 "$copy/said"
done
exit "$status"
