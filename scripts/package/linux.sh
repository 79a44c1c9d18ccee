#!/bin/sh
# Builds the prebuilt package for Linux on x86-64 with glibc into prebuilds/, reproducibly:
#   npm run package:linux           (as root: it makes a Debian 11 to compile in)
# The Debian 11 and the OpenBLAS built in it are kept in NABLA_PACKAGE_CACHE
# (~/.cache/nabla-package) for later runs.
set -eu
cd "$(dirname "$0")/../.."

say() { echo "nabla: $*" >&2; }

fail() {
  say "$@"
  exit 1
}

openblas_version=0.3.34
openblas_sum=031220660e58d0afd3344a379e47ba68c6e082cb9c8a104755e8cf0af7d0da7d
floor=2.29
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

cache=${NABLA_PACKAGE_CACHE:-$HOME/.cache/nabla-package}
system=$cache/debian-11
tarball=$cache/openblas_$openblas_version+ds.orig.tar.xz
prebuilds=$PWD/prebuilds
mkdir -p "$cache" "$prebuilds"

openblas=/opt/openblas-$openblas_version-x64
# g++ 10 knows no Sapphire Rapids. Cooper Lake's and Zen's kernels for float and double are those of
# Skylake-X and Haswell but for details: OpenBLAS takes these where those are left out.
cores="HASWELL SKYLAKEX"

mirror() {
  sed -n 's/^URIs: *//p; s/^deb \([^ ]*\) .*/\1/p' /etc/apt/sources.list /etc/apt/sources.list.d/*.sources \
    2>/dev/null | head -n 1
}

inside() { chroot "$system" "$@"; }

# A Debian 11 with its compiler: what is built in it runs wherever glibc is as new as Debian 11's.
make_system() {
  [ "$(id -u)" = 0 ] || fail "run this as root: it compiles inside a Debian 11"
  [ ! -e "$system/usr/bin/cmake" ] || return 0
  command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"
  say "making a Debian 11"
  rm -rf "$system.new"
  debootstrap --variant=minbase --include=g++,make,cmake bullseye "$system.new" "$(mirror)" >&2
  mv "$system.new" "$system"
}

# OpenBLAS' source as Debian carries it, from apt's own mirror.
fetch_source() {
  if [ ! -e "$tarball" ]; then
    say "fetching OpenBLAS $openblas_version"
    lists=$cache/apt
    mkdir -p "$lists/partial"
    printf 'Types: deb-src\nURIs: %s\nSuites: sid\nComponents: main\nSigned-By: %s\n' \
      "$(mirror)" "$keyring" > "$cache/sid.sources"
    with_sid() {
      (cd "$cache" && apt-get -q -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::Etc::SourceList="$cache/sid.sources" -o Dir::State::Lists="$lists" "$@" >&2)
    }
    with_sid update
    with_sid source --download-only openblas
  fi
  echo "$openblas_sum  $tarball" | sha256sum --check --quiet ||
    fail "expected OpenBLAS $openblas_version with the checksum in this script"
}

build_openblas() {
  [ ! -e "$system$openblas/licences" ] || return 0
  fetch_source
  say "compiling OpenBLAS, for minutes"
  build=/build/openblas
  rm -rf "${system:?}$build"
  mkdir -p "$system$build"
  tar -xf "$tarball" -C "$system$build" --strip-components=1
  set -- TARGET=PRESCOTT DYNAMIC_ARCH=1 "DYNAMIC_LIST=$cores" NO_LAPACK=1 NO_LAPACKE=1 NOFORTRAN=1 \
    NO_SHARED=1 USE_THREAD=0 USE_LOCKING=1 BUILD_SINGLE=1 BUILD_DOUBLE=1 NUM_THREADS=64
  log=$cache/openblas.log
  inside make -s -C "$build" "-j$(nproc)" MAKE_NB_JOBS=0 "$@" libs netlib > "$log" 2>&1 ||
    fail "OpenBLAS cannot be built, see $log"
  inside make -s -C "$build" "$@" "PREFIX=$openblas" install >> "$log" 2>&1 ||
    fail "OpenBLAS cannot be installed, see $log"
  cat "$system$build/LICENSE" "$system$build/GotoBLAS_00License.txt" > "$system$openblas/licences"
}

build_addon() {
  say "compiling the addon"
  folder=$system/build/nabla-x64
  rm -rf "$folder"
  mkdir -p "$folder/headers"
  cp -R CMakeLists.txt cmake native "$folder"
  cp -R node_modules/node-api-headers/include/. node_modules/node-addon-api/*.h "$folder/headers"
  inside cmake -S /build/nabla-x64 -B /build/nabla-x64/build -DCMAKE_BUILD_TYPE=Release \
    -DNABLA_SELF_CONTAINED=ON -DCMAKE_JS_INC=/build/nabla-x64/headers \
    "-DNABLA_OPENBLAS_ROOT=$openblas" >&2
  inside cmake --build /build/nabla-x64/build --parallel "$(nproc)" --target nabla >&2
  addon=$folder/build/Release/nabla.node
}

check_addon() {
  newest=$(readelf -V --wide "$addon" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1)
  say "the addon needs ${newest:-no glibc}"
  [ "$(printf '%s\n' "GLIBC_$floor" "$newest" | sort -V | tail -n 1)" = "GLIBC_$floor" ] ||
    fail "expected glibc $floor or lower but the addon needs $newest"
  others=$(readelf -d "$addon" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
    grep -vE '^(lib(c|m|dl|pthread)\.so\.[0-9]|ld-linux-.*)$' || true)
  [ -z "$others" ] || fail "expected the addon to need glibc alone but it needs" $others
}

make_system
build_openblas
build_addon
check_addon
node scripts/package/pack.js linux-x64-gnu "$addon" "$system$openblas/licences" "$prebuilds"
