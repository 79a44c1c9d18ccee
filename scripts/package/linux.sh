#!/bin/sh
# Builds a prebuilt package for Linux into prebuilds/, reproducibly:
#   npm run package:linux [-- x64-gnu|arm64-gnu|x64-musl|arm64-musl]
# (x64-gnu unless told otherwise; as root: it makes a Debian 11 to compile in; for musl with pip too,
# which brings the compiler Zig). The Debian 11 and the OpenBLAS built in it are kept in
# NABLA_PACKAGE_CACHE (~/.cache/nabla-package) for later runs. Debian comes from apt's own mirror; where
# that has no Debian (on an Ubuntu), NABLA_DEBIAN_MIRROR names one.
set -eu
cd "$(dirname "$0")/../.."
. scripts/package/debian.sh

openblas_version=0.3.34
openblas_sum=031220660e58d0afd3344a379e47ba68c6e082cb9c8a104755e8cf0af7d0da7d
zig_version=0.17.1
zig_sum=ea6cc5d87b033cf0aedfbc8f9549a908cae6c50ac31f1698188fa48a74524b54
floor=2.29

system=$cache/debian-11
tarball=$cache/openblas_$openblas_version+ds.orig.tar.xz
prebuilds=$PWD/prebuilds

platform=${1:-x64-gnu}
# The tools' names in the Debian 11, and the package that brings those that it lacks.
package=
case $platform in
  x64-gnu) cc=gcc cxx=g++ ar=ar nm=nm ;;
  arm64-gnu)
    package=g++-aarch64-linux-gnu
    cc=aarch64-linux-gnu-gcc cxx=aarch64-linux-gnu-g++ ar=aarch64-linux-gnu-ar nm=aarch64-linux-gnu-nm
    ;;
  x64-musl) cc=/opt/zig/$platform-cc cxx=/opt/zig/$platform-c++ ar=/opt/zig/$platform-ar nm=nm ;;
  arm64-musl)
    package=binutils-aarch64-linux-gnu
    cc=/opt/zig/$platform-cc cxx=/opt/zig/$platform-c++ ar=/opt/zig/$platform-ar nm=aarch64-linux-gnu-nm
    ;;
  *) fail "platform: expected x64-gnu, arm64-gnu, x64-musl or arm64-musl but received $platform" ;;
esac
case $platform in
  x64-*)
    machine=x86_64
    # g++ 10 knows no Sapphire Rapids. Cooper Lake's kernels for float and double are Skylake-X's:
    # OpenBLAS takes these where those are left out.
    target=PRESCOTT
    cores="HASWELL ZEN SKYLAKEX"
    ;;
  arm64-*)
    machine=aarch64
    target=ARMV8
    cores="CORTEXA57 NEOVERSEN1"
    ;;
esac
# Whatever is built otherwise is built anew.
recipe=$(sed -n '/^build_openblas()/,/^}/p; /^cut_openblas()/,/^}/p' scripts/package/linux.sh | cksum)
openblas=/opt/openblas-$openblas_version-$platform-$(echo "$cores" | tr ' ' -)-${recipe%% *}

# Settings of the caller's (flags, launchers, languages) must not change what is built.
inside() { env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C chroot "$system" "$@"; }

# A Debian 11 with its compilers: what they build runs wherever glibc is as new as Debian 11's.
make_system() {
  if [ ! -e "$system/usr/bin/cmake" ]; then
    command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"
    say "making a Debian 11"
    rm -rf "$system.new"
    debootstrap --variant=minbase --include=g++,make,cmake bullseye "$system.new" "$mirror" >&2
    mv "$system.new" "$system"
  fi
  if [ -n "$package" ] && ! inside dpkg --status "$package" >/dev/null 2>&1; then
    say "installing $package"
    cp -L /etc/resolv.conf "$system/etc/resolv.conf"
    chroot "$system" apt-get -q update >&2
    DEBIAN_FRONTEND=noninteractive chroot "$system" \
      apt-get -q -y --no-install-recommends install "$package" >&2
  fi
}

# Zig is a clang with musl and libc++, which it compiles and links itself; from the registry of pip.
make_zig() {
  if [ ! -e "$system/opt/zig/ziglang" ]; then
    say "fetching Zig $zig_version"
    echo "ziglang==$zig_version --hash=sha256:$zig_sum" > "$cache/zig.txt"
    python3 -m pip --quiet install --no-deps --require-hashes --only-binary=:all: \
      --target "$system/opt/zig" -r "$cache/zig.txt" >&2 || fail "pip cannot install Zig"
  fi
  zig="ZIG_GLOBAL_CACHE_DIR=/build/zig exec /opt/zig/ziglang/zig"
  for tool in cc c++; do
    cat > "$system/opt/zig/$platform-$tool" <<END_OF_FILE
#!/bin/sh
for argument; do
  shift
  case \$argument in
    # Zig takes a hyphen in a processor's name for "without".
    -march=skylake-avx512) argument=-march=skylake_avx512 ;;
    # It knows no names of arm64's versions.
    -march=armv8-a) argument=-mcpu=generic ;;
    -march=armv8.2-a) argument=-mcpu=generic+v8_2a ;;
    -mtune=cortex-*|-mtune=neoverse-*) continue ;;
    # Its linker keeps what libraries export inside by a list alone.
    --exclude-libs) argument=--version-script=/opt/zig/exports ;;
    ALL) argument=--gc-sections ;;
  esac
  set -- "\$@" "\$argument"
done
$zig $tool -target $machine-linux-musl -O2 -fno-sanitize=undefined "\$@"
END_OF_FILE
  done
  # Of libc++, linked in, and of Zig's own part of the runtime.
  cat "$system/opt/zig/ziglang/lib/libcxx/LICENSE.TXT" "$system/opt/zig/ziglang/LICENSE" \
    > "$system/opt/zig/licences"
  echo '{ global: napi_register_module_v1; node_api_module_get_api_version_v1; local: *; };' \
    > "$system/opt/zig/exports"
  # Under this name CMake finds it beside the compiler.
  printf '#!/bin/sh\n%s ar "$@"\n' "$zig" > "$system$ar"
  chmod +x "$system$ar" "$system$cc" "$system$cxx"
  # Zig finds its own files by way of /proc.
  [ -e "$system/proc/self" ] || {
    mount -t proc proc "$system/proc"
    trap 'umount "$system/proc"' EXIT
  }
}

# OpenBLAS' source as Debian carries it, from apt's own mirror.
fetch_source() {
  if [ ! -e "$tarball" ]; then
    say "fetching OpenBLAS $openblas_version"
    # Mirrors' lists of sid may be weeks old; the checksum below tells whether the source is right.
    set -- "$cache" deb-src sid -o Acquire::Check-Valid-Until=false
    with_suite "$@" update >&2
    with_suite "$@" source --download-only openblas >&2
  fi
  echo "$openblas_sum  $tarball" | sha256sum --check --quiet ||
    fail "expected OpenBLAS $openblas_version with the checksum in this script"
}

build_openblas() {
  [ ! -e "$system$openblas/licences" ] || return 0
  fetch_source
  say "compiling OpenBLAS, for minutes"
  build=/build/openblas-$platform
  rm -rf "${system:?}$build"
  mkdir -p "$system$build"
  tar -xf "$tarball" -C "$system$build" --strip-components=1
  # Zen's kernels are Haswell's, but for those that clear the result and copy a matrix for it: a
  # product of small matrices takes a fifth less time with Haswell's.
  kernels=$system$build/kernel/x86_64/KERNEL
  grep -E '^[SD]GEMM(_BETA|ONCOPY) ' "$kernels.HASWELL" >> "$kernels.ZEN"
  # g++ 10 vectorises copies only if it is told to, newer ones at -O2 by themselves.
  set -- "TARGET=$target" DYNAMIC_ARCH=1 "DYNAMIC_LIST=$cores" NO_LAPACK=1 NO_LAPACKE=1 NOFORTRAN=1 \
    NO_SHARED=1 USE_THREAD=0 USE_LOCKING=1 BUILD_SINGLE=1 BUILD_DOUBLE=1 NUM_THREADS=64 \
    "CC=$cc" "AR=$ar" HOSTCC=gcc "COMMON_OPT=-O2 -ftree-slp-vectorize"
  [ "$cc" = gcc ] || set -- "$@" CROSS=1 CROSS_SUFFIX= "RANLIB=$ar s"
  log=$cache/openblas-$platform.log
  inside make -s -C "$build" "-j$(nproc)" MAKE_NB_JOBS=0 "$@" libs netlib > "$log" 2>&1 ||
    fail "OpenBLAS cannot be built, see $log"
  inside make -s -C "$build" "$@" "PREFIX=$openblas" install >> "$log" 2>&1 ||
    fail "OpenBLAS cannot be installed, see $log"
  cut_openblas
  cat "$system$build/LICENSE" "$system$build/GotoBLAS_00License.txt" > "$system$openblas/licences"
}

# nabla calls sgemm and dgemm alone, but OpenBLAS' tables of kernels name the kernels of every
# routine, three quarters of what would be linked. Those of other routines leave the library; a
# function that aborts stands for them in the tables.
cut_openblas() {
  archive=$(inside readlink -f "$openblas/lib/libopenblas.a")
  tables="_($target|$(echo "$cores" | tr ' ' '|'))"
  inside "$nm" -u "$archive" 2>/dev/null | awk '{ print $2 }' | grep -E "$tables\$" | sort -u |
    grep -vE '^.?(gemm|gemv|scal)' > "$cache/named"
  inside "$ar" t "$archive" | sed 's/\.o$//' | sort -u | comm -12 "$cache/named" - > "$cache/unused"
  inside "$ar" d "$archive" $(sed 's/$/.o/' "$cache/unused")
  {
    echo 'void nabla_unused(void) { __builtin_trap(); }'
    sed 's/.*/void &(void) __attribute__((alias("nabla_unused")));/' "$cache/unused"
  } > "$system$build/unused.c"
  inside "$cc" -O2 -fPIC -fvisibility=hidden -c "$build/unused.c" -o "$build/unused.o"
  inside "$ar" rs "$archive" "$build/unused.o"
}

build_addon() {
  say "compiling the addon"
  source=/build/nabla-$platform
  folder=$system$source
  rm -rf "$folder"
  mkdir -p "$folder/headers"
  cp -R CMakeLists.txt cmake native "$folder"
  cp -R node_modules/node-api-headers/include/. node_modules/node-addon-api/*.h "$folder/headers"
  inside cmake -S "$source" -B "$source/build" -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_SYSTEM_NAME=Linux "-DCMAKE_SYSTEM_PROCESSOR=$machine" "-DCMAKE_CXX_COMPILER=$cxx" \
    -DNABLA_SELF_CONTAINED=ON "-DCMAKE_JS_INC=$source/headers" \
    "-DNABLA_OPENBLAS_ROOT=$openblas" >&2
  inside cmake --build "$source/build" --parallel "$(nproc)" --target nabla >&2
  addon=$folder/build/Release/nabla.node
}

check_addon() {
  newest=$(readelf -V --wide "$addon" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1)
  say "the addon needs ${newest:-no glibc}"
  case $platform in
    *-musl) [ -z "$newest" ] || fail "expected no glibc but the addon needs $newest" ;;
    *)
      [ "$(printf '%s\n' "GLIBC_$floor" "$newest" | sort -V | tail -n 1)" = "GLIBC_$floor" ] ||
        fail "expected glibc $floor or lower but the addon needs $newest"
      ;;
  esac
  others=$(readelf -d "$addon" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
    grep -vE '^(lib(c|m|dl|pthread)\.so(\.[0-9])?|ld-linux-.*)$' || true)
  [ -z "$others" ] || fail "expected the addon to need the C library alone but it needs" $others
}

[ "$(id -u)" = 0 ] || fail "run this as root: it compiles inside a Debian 11"
mkdir -p "$cache" "$prebuilds"
make_system
runtime=
case $platform in
  *-musl)
    make_zig
    runtime=$system/opt/zig/licences
    ;;
esac
build_openblas
build_addon
check_addon
node scripts/package/pack.js "linux-$platform" "$addon" "$system$openblas/licences" "$prebuilds" $runtime
