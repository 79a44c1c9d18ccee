#!/bin/sh
# Formats the C++ sources with the system's clang-format; with --check it only reports what it would change.
set -eu
cd "$(dirname "$0")/.."

if ! command -v clang-format >/dev/null 2>&1; then
  echo "clang-format is not installed, so the C++ sources were left alone (Debian: apt-get install clang-format)" >&2
  [ "${1:-}" != --check ]
  exit
fi

case "${1:-}" in
  --check) mode="--dry-run -Werror" ;;
  *) mode="-i" ;;
esac
# $mode is meant to split into words.
find native scripts \( -name node_modules -o -name .venv \) -prune -o \
  \( -name '*.cpp' -o -name '*.hpp' \) -exec clang-format --style=file $mode {} +
