#!/bin/sh
# Packs nabla, installs the tarball in another project as a user would, and runs it there under
# several versions of Node with the one binary that was built:
#   sh scripts/check-package.sh [MAJOR...]      (20 22 24 26 unless told otherwise)
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- 20 22 24 26

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/app"

echo "--- pack"
npm pack --silent --pack-destination "$work"

echo "--- install"
cd "$work/app"
cat > package.json <<'END'
{ "name": "app", "private": true }
END
npm install --no-audit --no-fund --foreground-scripts "$work"/nabla-*.tgz
npx --no-install nabla build # where npm waits for the script's approval it has not run yet

cat > required.cjs <<'END'
const { Tensor, tensor } = require("nabla");
const y = tensor([[1, 2], [3, 4]]).matMul(tensor([[1], [1]]));
if (!(y instanceof Tensor)) throw new Error("expected a Tensor");
require("node:assert").deepEqual(y.array(), [[3], [7]]);
console.log("require works under Node.js", process.version);
END
cat > imported.mjs <<'END'
import assert from "node:assert";
import { Tensor, tensor } from "nabla";
const y = tensor([[1, 2], [3, 4]]).matMul(tensor([[1], [1]]));
assert(y instanceof Tensor);
assert.deepEqual(y.array(), [[3], [7]]);
console.log("import works under Node.js", process.version);
END

system=$(node -p '`${process.platform}-${process.arch}`')
binary=node_modules/nabla/build/Release/nabla.node
built=$(cksum "$binary")
for major; do
  echo "--- Node.js $major"
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work/node-$major" \
    "node-$system@$major"
  node="$work/node-$major/node_modules/node-$system/bin/node"
  "$node" required.cjs
  "$node" imported.mjs
done
[ "$(cksum "$binary")" = "$built" ] || {
  echo "the binary changed between the runs" >&2
  exit 1
}
echo "the package works under Node.js $*"
