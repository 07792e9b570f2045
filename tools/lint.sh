#!/bin/sh
# Layout and clang-tidy.
#
#   tools/lint.sh layout     layout of every file
#   tools/lint.sh changed    layout of every file; clang-tidy on those that differ from BASE
#   tools/lint.sh all        layout and clang-tidy of every file
#   tools/lint.sh format     lay out every file
#
# BASE is origin/main if there is one, else the last commit. clang-tidy takes about ten seconds for
# a file with coroutines, so all of them are a matter of minutes.
set -eu
cd "$(dirname "$0")/.."

files=$(find src tests bench -name '*.h' -o -name '*.cc' | sort)
if [ "${1:-}" = format ]; then
  echo "$files" | xargs clang-format-16 -i
  exit 0
fi
echo "$files" | xargs clang-format-16 --dry-run -Werror
if [ "${1:-}" = layout ]; then
  echo "lint: the layout of $(echo "$files" | wc -l) files is right"
  exit 0
fi

case ${1:-} in
  all) chosen=$files ;;
  changed)
    base=${BASE:-$(git rev-parse --verify -q origin/main || echo HEAD)}
    chosen=$({
      git diff --name-only --diff-filter=d "$base" -- src tests bench
      git ls-files --others --exclude-standard -- src tests bench
    } | sort -u)
    ;;
  *) echo "usage: tools/lint.sh layout|changed|all|format" >&2; exit 2 ;;
esac

# Headers are seen through the sources that include them, the one of the same name first.
sources=$(echo "$chosen" | sed 's/\.h$/.cc/' | grep '\.cc$' | sort -u || true)
existing=""
for source in $sources; do
  if [ -e "$source" ]; then existing="$existing $source"; fi
done
if [ -z "$existing" ]; then
  echo "lint: layout is right; no source for clang-tidy has changed"
  exit 0
fi

test -e build/lint/build.ninja || cmake --preset lint >/dev/null
# Brings the compile commands up to date, and the headers that are made out of SQL.
made=$(ninja -C build/lint -t targets all | sed -n 's/^\(.*\.embedded\.h\): CUSTOM_COMMAND$/\1/p')
ninja -C build/lint --quiet ${made:-build.ninja}
# A file that no target compiles here has no command, and clang-tidy would guess one.
known=$(for source in $existing; do
  if grep -q "\"file\": \"$PWD/$source\"" build/lint/compile_commands.json; then echo "$source"; fi
done)
echo "$known" | xargs -P "$(nproc)" -n 1 clang-tidy-16 --quiet -p build/lint --warnings-as-errors='*'
echo "lint: layout and clang-tidy are content with $(echo "$known" | wc -l) sources"
