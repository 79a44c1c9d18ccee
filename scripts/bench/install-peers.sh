#!/bin/sh
# Installs what can be had of the libraries that the benchmark compares nabla with, into
# scripts/bench/node_modules and scripts/bench/.venv, and says what cannot be had.
#
#   install-peers.sh [--python PYTHON]    by default python3; the virtual environment is made by it
set -eu
cd "$(dirname "$0")"

say() { echo "nabla: $*" >&2; }

python=python3
[ "${1-}" != --python ] || python=$2

install_javascript() {
  say "installing the JavaScript peers"
  # Their install scripts would build or fetch what serves graphics cards alone.
  npm install --ignore-scripts --no-package-lock --no-audit --no-fund --loglevel=error >&2 ||
    say "the JavaScript peers are not to be had"
}

make_environment() {
  [ ! -x .venv/bin/python3 ] || return 0
  say "making .venv with $python"
  rm -rf .venv
  "$python" -m venv .venv >&2
}

install_python() {
  if ! make_environment; then
    say "no Python peers: $python cannot make virtual environments (on Debian: apt-get install python3-venv)"
    return
  fi
  # One by one, so that one that is not to be had stops no other.
  grep -v '^#' requirements.txt | while IFS= read -r requirement; do
    say "installing $requirement"
    .venv/bin/python3 -m pip install --quiet --disable-pip-version-check "$requirement" >&2 ||
      say "$requirement is not to be had"
  done
}

install_javascript
install_python
