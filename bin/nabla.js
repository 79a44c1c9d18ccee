#!/usr/bin/env node
"use strict";

const { parseArgs } = require("node:util");
const { ADDON, BuildError, build, isCurrent } = require("../scripts/build-addon");

const USAGE = `Usage: nabla build [--force] [--check] [--verbose]

Builds nabla's native addon against the system's OpenBLAS.

  --force    build even if the addon is newer than its sources
  --check    build nothing; exit with status 1 if the addon must be built
  --verbose  show what CMake and the compiler print`;

function main(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      force: { type: "boolean" },
      check: { type: "boolean" },
      verbose: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(USAGE);
  if (positionals.length !== 1 || positionals[0] !== "build") {
    const received = positionals.length === 0 ? "nothing" : `"${positionals.join(" ")}"`;
    throw new BuildError(`expected the command "build" but received ${received}\n\n${USAGE}`);
  }
  if (values.check) process.exitCode = isCurrent() ? 0 : 1;
  else if (build(values)) console.log(`nabla: built ${ADDON}`);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  const isForPeople = error instanceof BuildError || error.code?.startsWith("ERR_PARSE_ARGS");
  console.error(isForPeople ? error.message : error);
  process.exitCode = 1;
}
