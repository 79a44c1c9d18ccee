#!/bin/sh
# Packs nabla and looks at the tarball as its users' tools do: publint, are-the-types-wrong, and
# bundles by esbuild and webpack that leave nabla outside:
#   npm run check:tarball
set -eu
cd "$(dirname "$0")/../.."

root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The set-up has compiled the library anew if it had to.
npm pack --silent --ignore-scripts --pack-destination "$work" > /dev/null
cd "$work"
echo '{ "name": "app", "private": true }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts ./nabla-*.tgz \
  publint@0.3.25 @arethetypeswrong/cli@0.18.5 esbuild@0.28 webpack@5 webpack-cli@7

echo "--- bill of materials"
# The second is also a development dependency's, the last a dependency's dependency.
(cd "$root" && npm run --silent sbom) > sbom.json
for name in commander detect-libc string-width; do grep -q "pkg:npm/$name@" sbom.json; done
echo "--- publint"
npx --no-install publint run ./nabla-*.tgz --strict
echo "--- are the types wrong?"
npx --no-install attw ./nabla-*.tgz --no-emoji --format ascii

# The tarball has no addon; that of the checkout serves.
export NABLA_ADDON="$root/build/Release/nabla.node"
for form in esm cjs; do
  case $form in
    esm) extension=mjs ;;
    cjs) extension=cjs ;;
  esac
  cat > "program.mts" <<'END_OF_FILE'
import { tensor } from "nabla";
console.log(tensor([[1, 2]]).matMul([[3], [4]]).item());
END_OF_FILE
  echo "--- esbuild, $form"
  npx --no-install esbuild program.mts --bundle --platform=node --format=$form --external:nabla \
    --log-level=warning "--outfile=esbuild.$extension"
  [ "$(node "esbuild.$extension")" = 11 ]
done
echo "--- webpack"
cat > program.js <<'END_OF_FILE'
import { tensor } from "nabla";
console.log(tensor([[1, 2]]).matMul([[3], [4]]).item());
END_OF_FILE
cat > webpack.config.js <<'END_OF_FILE'
module.exports = {
  mode: "production",
  target: "node",
  entry: "./program.js",
  externals: { nabla: "commonjs nabla" },
};
END_OF_FILE
npx --no-install webpack --stats errors-warnings
[ "$(node dist/main.js)" = 11 ]
echo "the tarball is in order"
