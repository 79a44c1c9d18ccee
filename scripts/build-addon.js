"use strict";

// Builds the addon, build/Release/nabla.node, with cmake-js, unless it is newer than its sources.

const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { OPENBLAS, explainMissing, missingTools } = require("./toolchain");

const ROOT = path.join(__dirname, "..");
const BUILD = path.join(ROOT, "build");
const ADDON = path.join(BUILD, "Release", "nabla.node");

/** A build that cannot go on, told in words meant for the person who started it. */
class BuildError extends Error {}

/** Brings the addon up to date; returns whether there was anything to do. */
function build({ force = false, verbose = false } = {}) {
  if (!force && isCurrent()) return false;
  requireTools();
  const run = (command, ...options) => runCMakeJs([command, ...options], verbose);
  configure(run);
  const { ok, log } = run("build", "--parallel", String(os.availableParallelism()));
  if (!ok) throw new BuildError(`${log}\nnabla cannot be built: the compiler stopped, see above.`);
  // A source newer than the addon may leave the addon as it was: say that it is current all the same.
  const now = new Date();
  fs.utimesSync(ADDON, now, now);
  return true;
}

/** Whether the addon is newer than everything it is made from, and loads. */
function isCurrent() {
  const built = modified(ADDON);
  const sources = ["CMakeLists.txt", "cmake", "native"].map((name) => path.join(ROOT, name));
  return built > Math.max(...sources.map(newest)) && loads(ADDON);
}

function loads(file) {
  try {
    process.dlopen({ exports: {} }, file);
    return true;
  } catch {
    return false;
  }
}

/** The latest modification under a path, 0 if there is none; the tests are no part of the addon. */
function newest(file) {
  if (file === path.join(ROOT, "native", "test")) return 0;
  if (!fs.existsSync(file)) return 0;
  if (!fs.statSync(file).isDirectory()) return modified(file);
  return Math.max(0, ...fs.readdirSync(file).map((name) => newest(path.join(file, name))));
}

function modified(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function requireTools() {
  const missing = missingTools();
  // CMake knows more places for OpenBLAS than the probe does, and has the last word on it.
  if (missing.some((tool) => tool !== OPENBLAS)) throw new BuildError(explainMissing(missing));
}

function configure(run) {
  const isFirst = !fs.existsSync(BUILD);
  let { ok, log } = run("configure");
  if (!ok && !isFirst && !lacksOpenBlas(log)) {
    // A cache of another folder, generator or compiler cannot be configured again: start afresh.
    fs.rmSync(BUILD, { recursive: true, force: true });
    ({ ok, log } = run("configure"));
  }
  if (ok) return;
  if (lacksOpenBlas(log)) throw new BuildError(explainMissing([OPENBLAS]));
  throw new BuildError(`${log}\nnabla cannot be built: CMake stopped, see above.`);
}

/** Whether it was cmake/openblas.cmake that stopped; a log that went to the terminal is empty. */
function lacksOpenBlas(log) {
  if (log === "") return missingTools().includes(OPENBLAS);
  return /nabla cannot be built: (expected )?OpenBLAS/.test(log);
}

function runCMakeJs(args, verbose) {
  const program = path.join(path.dirname(require.resolve("cmake-js/package.json")), "bin/cmake-js");
  const { status, error, stdout, stderr } = spawnSync(
    process.execPath,
    [program, ...args, "--directory", ROOT],
    { encoding: "utf8", maxBuffer: Infinity, stdio: verbose ? "inherit" : "pipe" },
  );
  if (error) throw error;
  return { ok: status === 0, log: `${stdout ?? ""}${stderr ?? ""}` };
}

module.exports = { ADDON, BuildError, build, isCurrent };
