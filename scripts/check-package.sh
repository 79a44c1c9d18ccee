#!/bin/sh
# Packs nabla, installs the tarball in another project as a user would without a prebuilt package,
# builds the addon there, and runs it under several versions of Node with that one binary:
#   sh scripts/check-package.sh [MAJOR...]      (20 22 24 26 unless told otherwise)
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- 20 22 24 26

root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
app="$work/an äpp's" # as folders of users are named
mkdir "$app"

echo "--- pack"
npm pack --silent --pack-destination "$work"

echo "--- install"
cd "$app"
cat > package.json <<'END_OF_FILE'
{ "name": "app", "private": true }
END_OF_FILE
npm install --no-audit --no-fund --ignore-scripts "$work"/nabla-*.tgz

cat > required.cjs <<'END_OF_FILE'
const { Tensor, tensor } = require("nabla");
const y = tensor([[1, 2], [3, 4]]).matMul(tensor([[1], [1]]));
if (!(y instanceof Tensor)) throw new Error("expected a Tensor");
require("node:assert").deepEqual(y.array(), [[3], [7]]);
console.log("require works under Node.js", process.version);
END_OF_FILE
cat > imported.mjs <<'END_OF_FILE'
import assert from "node:assert";
import { Dense, GradientTape, Tensor, jit, losses, matMul, optimizers, tensor } from "nabla";
const x = tensor([[1, 2], [3, 4]]);
const y = matMul(x, tensor([[1], [1]]));
assert(y instanceof Tensor);
assert.deepEqual(y.array(), [[3], [7]]);
const layer = new Dense(1);
const optimizer = new optimizers.SGD(0.01);
const step = jit((x, y) => {
  const tape = new GradientTape();
  const loss = tape.record(() => losses.meanSquaredError(y, layer.forward(x)));
  optimizer.applyGradients(tape.gradient(loss, layer.weights), layer.weights);
  return loss.mean();
});
const first = step(x, y).item();
for (let i = 0; i < 100; i++) step(x, y).dispose();
assert(step(x, y).item() < first / 10);
console.log("import works under Node.js", process.version);
END_OF_FILE
cat > typed.mts <<'END_OF_FILE'
import { type Shape, Tensor, Variable, tensor } from "nabla";
const y: Tensor = tensor([[1, 2]]).matMul([[1], [1]]).relu();
export const shape: Shape = new Variable(y).assign([[1]]).shape;
END_OF_FILE
# The first program of the README, as given.
awk '/^```$/ && inside { exit } inside { print } /^```ts$/ { inside = 1 }' \
  node_modules/nabla/README.md > readme.mjs
test -s readme.mjs

echo "--- types"
cp readme.mjs readme.mts
check_types() {
  "$root/node_modules/.bin/tsc" --noEmit --strict --target es2022 "$@" typed.mts readme.mts
}
for modules in "node16 node16" "nodenext nodenext" "esnext bundler"; do
  words="--module ${modules% *} --moduleResolution ${modules#* }"
  # With the compiler's own library alone, and with Node's types beside it.
  check_types $words
  check_types $words --lib es2022 --typeRoots "$root/node_modules/@types" --types node
done
echo "the types fit"

system=$(node -p '`${process.platform}-${process.arch}`')
binary=node_modules/nabla/build/Release/nabla.node

echo "--- import without the addon"
expect_words() { # TEXT WORDS...
  text=$1
  shift
  for words; do
    case $text in
      *"$words"*) ;;
      *) echo "expected $words in the error: $text" >&2 && exit 1 ;;
    esac
  done
}
if error=$(node required.cjs 2>&1); then
  echo "expected an error without the addon" >&2
  exit 1
fi
expect_words "$error" "$binary" "$(node -p process.platform)" "npx --no-install nabla build"
if error=$(npx --no-install nabla build 2>&1); then
  echo "expected an error without cmake-js" >&2
  exit 1
fi
bring=$(echo "$error" | grep -o 'npm install --no-save .*')
echo "the errors name the file, the platform and the ways out"

echo "--- build from the sources"
$bring --silent --no-audit --no-fund
npx --no-install nabla build

built=$(cksum "$binary")
for major; do
  echo "--- Node.js $major"
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work/node-$major" \
    "node-$system@$major"
  node="$work/node-$major/node_modules/node-$system/bin/node"
  "$node" required.cjs
  "$node" imported.mjs
  "$node" readme.mjs
done
[ "$(cksum "$binary")" = "$built" ] || {
  echo "the binary changed between the runs" >&2
  exit 1
}

echo "--- build in a folder that CMake cannot work in"
odd="$work/a\$b;\"c\""
cp -R "$app" "$odd"
cd "$odd"
rm -r node_modules/nabla/build
npx --no-install nabla build
node required.cjs
echo "the package works under Node.js $*"
