#!/bin/sh
# Writes package-lock.json from package.json: run it after changing a version, then look at the diff.
#
# Of the package `duckdb` only one header is used and none of its scripts run, so the hundred
# packages that would compile it are dropped from the lock. Download addresses are left out, so that
# `npm ci` asks whichever registry the machine is configured for; the integrity hashes stay.
set -eu
cd "$(dirname "$0")/.."

rm -f package-lock.json
npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved \
  --no-audit --no-fund

node - <<'SCRIPT'
const fs = require("fs");
const lock = JSON.parse(fs.readFileSync("package-lock.json", "utf8"));
const packages = lock.packages;
delete packages["node_modules/duckdb"].dependencies;

// Where `name` is found from `place`, as Node looks for it: nearest node_modules first.
function find(place, name) {
  for (;;) {
    const path = (place ? place + "/" : "") + "node_modules/" + name;
    if (packages[path]) return path;
    if (!place) return undefined;
    const parent = place.lastIndexOf("/node_modules/");
    place = parent < 0 ? "" : place.slice(0, parent);
  }
}

const kept = new Set([""]);
const open = [""];
while (open.length > 0) {
  const place = open.pop();
  const kinds = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
  for (const kind of kinds) {
    for (const name of Object.keys(packages[place][kind] || {})) {
      const path = find(place, name);
      if (path && !kept.has(path)) {
        kept.add(path);
        open.push(path);
      }
    }
  }
}
for (const path of Object.keys(packages)) {
  delete packages[path].funding;
  if (!kept.has(path)) delete packages[path];
}
fs.writeFileSync("package-lock.json", JSON.stringify(lock, null, 2) + "\n");
SCRIPT
