"use strict";

// What a build of the addon needs from the system: how to see whether it is there, and the
// command that brings it. Runs before `npm ci`, so it needs nothing but Node.

const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

/** The package as others install it has no set-up. */
const IS_CHECKOUT = fs.existsSync(path.join(__dirname, "setup.sh"));

/** The command to run once what was missing is there. */
const AGAIN = `\`${IS_CHECKOUT ? "npm run setup" : "npx --no-install nabla build"}\``;

/** The smallest program that needs the header, the library and a linker that finds both. */
const OPENBLAS_PROBE = `#include <cblas.h>
extern "C" void openblas_set_num_threads(int);
int main() { openblas_set_num_threads(1); return cblas_sdot(0, 0, 1, 0, 1) != 0; }
`;

const CMAKE = {
  name: "CMake",
  isPresent: () => runs("cmake", ["--version"]),
  packages: { "apt-get": "cmake", dnf: "cmake", apk: "cmake", brew: "cmake" },
};

// macOS brings the compiler and make with Xcode's command line tools, not as packages.
const COMPILER = {
  name: "a C++ compiler",
  isPresent: () => compiler() !== undefined,
  packages: { "apt-get": "g++", dnf: "gcc-c++", apk: "g++" },
};

const MAKE = {
  name: "make or ninja",
  isPresent: () => runs("make", ["--version"]) || runs("ninja", ["--version"]),
  packages: { "apt-get": "make", dnf: "make", apk: "make" },
};

const OPENBLAS = {
  name: "OpenBLAS",
  isPresent: hasOpenBlas,
  packages: {
    "apt-get": "libopenblas-dev",
    dnf: "openblas-devel",
    apk: "openblas-dev",
    brew: "openblas",
  },
};

const TOOLS = [CMAKE, COMPILER, MAKE, OPENBLAS];

const SYSTEMS = [
  { name: "Debian, Ubuntu", manager: "apt-get", command: "sudo apt-get install -y" },
  { name: "Fedora", manager: "dnf", command: "sudo dnf install -y" },
  { name: "Alpine", manager: "apk", command: "sudo apk add" },
  { name: "macOS", manager: "brew", command: "brew install" },
];

const WINDOWS = [
  "winget install Kitware.CMake Microsoft.VisualStudio.2022.BuildTools",
  "vcpkg install openblas:x64-windows",
].join(" && ");

function runs(command, args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

function compiler() {
  const candidates = [process.env.CXX, "c++", "g++", "clang++"].filter(Boolean);
  return candidates.find((candidate) => runs(candidate, ["--version"]));
}

function hasOpenBlas() {
  const cxx = compiler();
  if (cxx === undefined) return false; // nothing to link a probe with
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "nabla-probe-"));
  const program = path.join(directory, "probe");
  const links = (flags) =>
    spawnSync(cxx, ["-x", "c++", "-", "-o", program, ...flags], {
      input: OPENBLAS_PROBE,
      stdio: ["pipe", "ignore", "ignore"],
    }).status === 0;
  try {
    return openBlasFlags().some(links);
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * Where OpenBLAS lives: the user's hint and it alone, else the usual place, Fedora's and Homebrew's
 * own folders, CMake's variables, pkg-config. The same places as in cmake/openblas.cmake.
 */
function openBlasFlags() {
  const { NABLA_OPENBLAS_ROOT, OpenBLAS_ROOT, CMAKE_PREFIX_PATH, HOMEBREW_PREFIX } = process.env;
  if (NABLA_OPENBLAS_ROOT) return [flagsOf(NABLA_OPENBLAS_ROOT)];
  const prefixes = [
    OpenBLAS_ROOT,
    ...(CMAKE_PREFIX_PATH ?? "").split(path.delimiter),
    ...[HOMEBREW_PREFIX, "/opt/homebrew", "/usr/local"].map(
      (prefix) => prefix && `${prefix}/opt/openblas`,
    ),
  ].filter(Boolean);
  return [
    ["-lopenblas"],
    ["-I/usr/include/openblas", "-lopenblas"],
    ...prefixes.map(flagsOf),
    ...pkgConfigFlags(),
  ];
}

/** For a folder laid out as include/ and lib/. */
function flagsOf(prefix) {
  const flags = ["-Iinclude", "-Iinclude/openblas", "-Llib", "-Llib64"];
  return [
    ...flags.map((flag) => flag.slice(0, 2) + path.join(prefix, flag.slice(2))),
    "-lopenblas",
  ];
}

function pkgConfigFlags() {
  const { status, stdout } = spawnSync("pkg-config", ["--cflags", "--libs", "openblas"], {
    encoding: "utf8",
  });
  return status === 0 ? [stdout.trim().split(/\s+/)] : [];
}

/** What this machine lacks. On Windows CMake itself finds the compiler and OpenBLAS. */
function missingTools() {
  const tools = process.platform === "win32" ? [CMAKE] : TOOLS;
  return tools.filter((tool) => !tool.isPresent());
}

function packagesOf(tools, manager) {
  return tools.flatMap((tool) => tool.packages[manager] ?? []).join(" ");
}

function commandOf(system, tools) {
  const packages = packagesOf(tools, system.manager);
  const install = packages ? [`${system.command} ${packages}`] : [];
  const needsXcode =
    system.manager === "brew" && (tools.includes(COMPILER) || tools.includes(MAKE));
  return [...(needsXcode ? ["xcode-select --install"] : []), ...install].join(" && ");
}

function listed(names) {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

/** One readable message: what is missing and, system by system, the command that brings it. */
function explainMissing(tools) {
  const commands = SYSTEMS.map((system) => [system.name, commandOf(system, tools)]);
  const lines = [...commands, ["Windows", WINDOWS]].map(
    ([system, command]) => `  ${system.padEnd(16)}${command}`,
  );
  return [
    `nabla cannot be built: ${listed(tools.map((tool) => tool.name))} not found. Install with`,
    ...lines,
    ...(tools.includes(OPENBLAS) ? [explainHint()] : []),
    `and then run ${AGAIN}.`,
  ].join("\n");
}

function explainHint() {
  const hint = process.env.NABLA_OPENBLAS_ROOT;
  return hint
    ? `or mend NABLA_OPENBLAS_ROOT: it names ${hint}, which holds no OpenBLAS in include/ and lib/,`
    : "or name the folder that holds OpenBLAS' include/ and lib/ in NABLA_OPENBLAS_ROOT,";
}

module.exports = { AGAIN, OPENBLAS, explainMissing, missingTools };

// `node scripts/toolchain.js MANAGER` prints the packages to install; without a package manager it
// explains, for a person to act.
if (require.main === module) {
  const manager = process.argv[2];
  const missing = missingTools();
  if (missing.length > 0) {
    console.log(manager ? packagesOf(missing, manager) : explainMissing(missing));
  }
}
