# What the scripts that make Debian systems share; they source it in the checkout's folder.

cache=${NABLA_PACKAGE_CACHE:-$HOME/.cache/nabla-package}
# apt's own, unless another one is named.
mirror=${NABLA_DEBIAN_MIRROR:-$(sed -n 's/^URIs: *//p; s/^deb \([^ ]*\) .*/\1/p' \
  /etc/apt/sources.list /etc/apt/sources.list.d/*.sources 2>/dev/null | head -n 1)}

say() { echo "nabla: $*" >&2; }

fail() {
  say "$@"
  exit 1
}

# with_suite FOLDER TYPE SUITE ARGUMENT...: apt-get in FOLDER, which knows a suite of Debian alone.
with_suite() {
  folder=$1
  mkdir -p "$folder/lists/partial"
  printf 'Types: %s\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$2" "$mirror" "$3" \
    /usr/share/keyrings/debian-archive-keyring.gpg > "$folder/suite.sources"
  shift 3
  (cd "$folder" && apt-get -q -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::Etc::SourceList="$folder/suite.sources" -o Dir::State::Lists="$folder/lists" "$@")
}
