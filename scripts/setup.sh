#!/bin/sh
# Makes a checkout ready to run: system packages, npm packages, the addon, the compiled TypeScript.
# Each step looks first and does nothing when its result stands, so that every command can call it.
set -eu
cd "$(dirname "$0")/.."

say() { echo "nabla: $*" >&2; }

fail() {
  say "$@"
  exit 1
}

check_node() {
  command -v node >/dev/null 2>&1 || fail "Node.js 20 or newer is needed and no node is on PATH"
  version=$(node -p process.versions.node)
  [ "${version%%.*}" -ge 20 ] || fail "expected Node.js 20 or newer but found $version"
}

package_manager() {
  for manager in apt-get dnf apk brew; do
    command -v "$manager" >/dev/null 2>&1 && echo "$manager" && return
  done
  return 0
}

# The shell command that installs the packages $2 with the manager $1, each word prefixed by $3.
install_command() {
  case $1 in
    apt-get) echo "$3 apt-get update; $3 apt-get install -y --no-install-recommends $2" ;;
    dnf) echo "$3 dnf install -y $2" ;;
    apk) echo "$3 apk add $2" ;;
    brew) echo "brew install $2" ;;
  esac
}

# The prefix that gives the package manager $1 its rights; fails if there is none to be had.
privilege() {
  if [ "$1" = brew ]; then
    return 0 # Homebrew refuses to run as root
  elif [ "$(id -u)" = 0 ]; then
    echo "env DEBIAN_FRONTEND=noninteractive"
  elif command -v sudo >/dev/null 2>&1 && sudo -n true >/dev/null 2>&1; then
    echo "sudo -n env DEBIAN_FRONTEND=noninteractive"
  else
    return 1
  fi
}

install_tools() {
  manager=$(package_manager)
  missing=$(node scripts/toolchain.js $manager)
  [ -n "$missing" ] || return 0
  [ -n "$manager" ] || fail "$missing"
  if ! rights=$(privilege "$manager"); then
    fail "the build needs $missing; run this as root or with sudo rights, then try again:
  $(install_command "$manager" "$missing" sudo)"
  fi
  say "installing $missing"
  sh -c "$(install_command "$manager" "$missing" "$rights")" >&2 ||
    fail "could not install $missing; the command was
  $(install_command "$manager" "$missing" sudo)"
  missing=$(node scripts/toolchain.js)
  [ -z "$missing" ] || fail "$missing"
}

# --ignore-scripts: the addon is built below, once, and only if it has to be.
install_packages() {
  node scripts/check-modules.js && return
  say "installing the npm packages"
  npm ci --ignore-scripts --include=dev --no-audit --no-fund --loglevel=error >&2
}

build_addon() {
  # Without the npm packages it complains, which is an answer as good as "no".
  node bin/nabla.js build --check 2> /dev/null && return
  install_tools
  install_packages
  say "building the addon"
  node bin/nabla.js build >&2
}

build_typescript() {
  # Without its result find complains, which is an answer as good as a newer file.
  [ -n "$(find src tsconfig.json tsconfig.build.json scripts/package/bundle.js \
    -newer dist/nabla/index.js 2>&1)" ] || return 0
  say "compiling the TypeScript"
  # What a source compiled to that has moved must not be found before the new file.
  npm run --silent clean
  npm run --silent build >&2
}

check_node
build_addon
install_packages
build_typescript
