#!/bin/sh
# Writes package-lock.json from package.json, here and in web/: run it after changing a version, then
# look at the diff. With `root` or `web` only that one is written.
#
# Of the package `duckdb` only one header is used and none of its scripts run, so the hundred
# packages that would compile it are dropped from the lock. Download addresses are left out, so that
# `npm ci` asks whichever registry the machine is configured for; the integrity hashes stay.
set -eu
cd "$(dirname "$0")/.."
which=${1:-all}

# In a folder of its own: beside a node_modules npm would copy what is installed there, without hashes.
lock() {
  fresh=$(mktemp -d)
  trap 'rm -rf "$fresh"' EXIT
  cp "$1/package.json" "$fresh/"
  (cd "$fresh" && npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved \
    --no-audit --no-fund)
  node - "$fresh/package-lock.json" <<'SCRIPT'
const fs = require("fs");
const file = process.argv[2];
const lock = JSON.parse(fs.readFileSync(file, "utf8"));
const packages = lock.packages;
if (packages["node_modules/duckdb"]) delete packages["node_modules/duckdb"].dependencies;

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

// The compilers of the page are native: without these two, `npm ci` would succeed and the build fail.
if (packages["node_modules/vite"])
  for (const machine of ["linux-x64", "linux-arm64"])
    for (const native of ["@esbuild/" + machine, "@rollup/rollup-" + machine + "-gnu"])
      if (!packages["node_modules/" + native]) throw new Error(file + " lacks " + native);
for (const [path, entry] of Object.entries(packages))
  if (path && !entry.integrity) throw new Error(file + ": " + path + " has no hash");
fs.writeFileSync(file, JSON.stringify(lock, null, 2) + "\n");
SCRIPT
  cp "$fresh/package-lock.json" "$1/"
  rm -rf "$fresh"
}

if [ "$which" = all ] || [ "$which" = root ]; then lock .; fi
if [ "$which" = all ] || [ "$which" = web ]; then lock web; fi
