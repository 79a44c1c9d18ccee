"use strict";

// Builds the addon, build/Release/nabla.node, with cmake-js, unless it is newer than its sources.

const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { AGAIN, OPENBLAS, explainMissing, missingTools } = require("./toolchain");

const ROOT = path.join(__dirname, "..");
const ADDON = path.join(ROOT, "build", "Release", "nabla.node");
const BRING_PACKAGES = "npm install --no-save cmake-js@8 node-addon-api@8";

/** What CMake and make take for themselves in the name of a folder, whatever the quotes. */
const ODD = process.platform === "win32" ? /[;$"`[\]]/ : /[;$"`[\]\\*?|<>\n]/;

/** A build that cannot go on, told in words meant for the person who started it. */
class BuildError extends Error {}

/** Brings the addon up to date; returns whether there was anything to do. */
function build({ force = false, verbose = false } = {}) {
  if (!force && isCurrent()) return false;
  requireTools();
  const packages = buildPackages();
  if (ODD.test(ROOT)) buildElsewhere(packages, verbose);
  else buildIn(ROOT, packages, verbose);
  // A source newer than the addon may leave the addon as it was: say that it is current all the same.
  const now = new Date();
  fs.utimesSync(ADDON, now, now);
  return true;
}

function buildIn(root, { program, headers }, verbose) {
  const run = (command, ...options) =>
    runCMakeJs(
      [program, command, ...options, "--directory", root, `--CDCMAKE_JS_INC=${headers.join(";")}`],
      verbose,
    );
  configure(run, path.join(root, "build"));
  const { ok, log } = run("build", "--parallel", String(os.availableParallelism()));
  if (!ok) throw new BuildError(`${log}\nnabla cannot be built: the compiler stopped, see above.`);
}

/** CMake cannot work in a folder of such a name: the sources are built in another and the addon brought back. */
function buildElsewhere({ program, headers }, verbose) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nabla-build-"));
  const copy = (from, ...to) =>
    fs.cpSync(from, path.join(folder, ...to), { recursive: true, dereference: true });
  try {
    for (const name of ["CMakeLists.txt", "cmake", "native", "package.json"])
      copy(path.join(ROOT, name), name);
    headers.forEach((header, i) => copy(header, "headers", String(i)));
    const copied = headers.map((_, i) => path.join(folder, "headers", String(i)));
    buildIn(folder, { program, headers: copied }, verbose);
    fs.mkdirSync(path.dirname(ADDON), { recursive: true });
    fs.copyFileSync(path.join(folder, "build", "Release", "nabla.node"), ADDON);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
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

/** cmake-js and the folders of headers, from nabla's own packages or the project's that is being worked in. */
function buildPackages() {
  const resolve = (name, ...paths) => require.resolve(name, { paths });
  try {
    const places = [ROOT, process.cwd()];
    const cmakeJs = path.dirname(resolve("cmake-js/package.json", ...places));
    const addonApi = path.dirname(resolve("node-addon-api/package.json", ...places));
    const nodeApi = path.dirname(resolve("node-api-headers/package.json", cmakeJs));
    return {
      program: path.join(cmakeJs, "bin", "cmake-js"),
      headers: [path.join(nodeApi, "include"), addonApi],
    };
  } catch {
    throw new BuildError(
      `nabla cannot be built: cmake-js and node-addon-api are not installed. Run\n  ${BRING_PACKAGES}\nand then ${AGAIN}.`,
    );
  }
}

function configure(run, build) {
  const isFirst = !fs.existsSync(build);
  let { ok, log } = run("configure");
  if (!ok && !isFirst && !lacksOpenBlas(log)) {
    // A cache of another folder, generator or compiler cannot be configured again: start afresh.
    fs.rmSync(build, { recursive: true, force: true });
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
  const { status, error, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    maxBuffer: Infinity,
    stdio: verbose ? "inherit" : "pipe",
  });
  if (error) throw error;
  return { ok: status === 0, log: `${stdout ?? ""}${stderr ?? ""}` };
}

module.exports = { ADDON, BuildError, build, isCurrent };
