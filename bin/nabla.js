#!/usr/bin/env node
"use strict";

// Exit codes: 0 done, 1 failed (or, with --check, to be built), 2 wrong arguments.

const { Command, CommanderError } = require("commander");
const { version } = require("../package.json");

const program = new Command("nabla")
  .description("Builds nabla's addon, and tells what files hold.")
  .version(version)
  .showHelpAfterError()
  .exitOverride();

program
  .command("build")
  .description("build nabla's native addon against the system's OpenBLAS")
  .option("--force", "build even if the addon is newer than its sources")
  .option("--check", "build nothing; exit with status 1 if the addon must be built")
  .option("--verbose", "show what CMake and the compiler print")
  .action((options) => {
    const { ADDON, build, isCurrent } = require("../scripts/build-addon");
    if (options.check) process.exitCode = isCurrent() ? 0 : 1;
    else if (build(options)) console.log(`nabla: built ${ADDON}`);
  });

program
  .command("info")
  .description("tell what a file of a model or of tensors holds, without reading the weights")
  .argument("<file>", "a .safetensors file, or the index of a set of them")
  .option("--json", "as JSON")
  .action(async (file, options) => {
    const { load } = require("../dist/nabla/modules");
    const { fileInfo, infoText } = load("training/saving/file-info");
    const info = await fileInfo(file);
    console.log(options.json ? JSON.stringify(info, null, 2) : infoText(info));
  });

/** Errors that are told in words meant for people. */
function isForPeople(error) {
  return (
    error.constructor.name === "BuildError" ||
    error.code === "ERR_NABLA_FORMAT" ||
    /^E[A-Z]+$/.test(error.code ?? "") ||
    error instanceof TypeError
  );
}

program.parseAsync().catch((error) => {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return;
  }
  console.error(isForPeople(error) ? error.message : error);
  process.exitCode = 1;
});
