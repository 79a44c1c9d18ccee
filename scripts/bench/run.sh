#!/bin/sh
# run.sh PROGRAM [ARGUMENT...]: compiles the benchmark and runs one of its programs on what was built.
set -eu
cd "$(dirname "$0")/../.."
sh scripts/setup.sh
node_modules/.bin/tsc -p tsconfig.bench.json
program=$1
shift
exec node "build/scripts/bench/$program.js" "$@"
