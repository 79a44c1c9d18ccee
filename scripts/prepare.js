"use strict";

// What npm runs after `npm install` in a checkout, before `npm pack`, and in the clone that it makes
// of a git dependency: it compiles the TypeScript. In a checkout's own installation it builds the
// addon too. What cannot be built does not fail the installation: `npm run setup` says what lacks.

const { execSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { build } = require("./build-addon");

const ROOT = path.join(__dirname, "..");

/** npm sets this variable in the clone of a git dependency, which is packed without the addon. */
const isDependency = process.env._PACOTE_NO_PREPARE_ !== undefined;
const isInstallation = ["install", "ci"].includes(process.env.npm_command);

execSync("npm run --silent build", { cwd: ROOT, stdio: "inherit" });
if (isInstallation && !isDependency && fs.existsSync(path.join(ROOT, ".git"))) {
  try {
    build();
  } catch (error) {
    console.error(`${error.message}\nnabla is installed without its addon.`);
  }
}
