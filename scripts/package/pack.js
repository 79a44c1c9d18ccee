"use strict";

// `node scripts/package/pack.js PLATFORM ADDON LICENCES FOLDER [RUNTIME]` packs an addon, with the
// licences of what is linked into it, as nabla-ml-PLATFORM-VERSION.tgz in FOLDER. LICENCES is a file
// of OpenBLAS' licences, RUNTIME one of those of LLVM's C++ runtime where that is linked in.

const { execFileSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { packageName } = require("../../dist/addon/platform-packages");
const main = require("../../package.json");

const ROOT = path.join(__dirname, "..", "..");
const MEGABYTE = 1e6;
const LIMITS = { unpackedSize: 10 * MEGABYTE, size: 3.5 * MEGABYTE };

/** GCC's exception frees what is compiled with it. */
const GCC_RUNTIME = `The GCC runtime libraries (libstdc++, libgcc) are linked into nabla.node under the GNU General
Public License, version 3, with the GCC Runtime Library Exception, version 3.1, which lets the
result be distributed under terms of one's own choice.
`;

/** The licences of the compiler's runtime, which is linked in on Linux. */
function runtimeLicences(platform, llvmLicences) {
  if (llvmLicences) return { "LICENSE-LLVM-runtime": fs.readFileSync(llvmLicences) };
  return platform.endsWith("-gnu") ? { "LICENSE-GCC-runtime": GCC_RUNTIME } : {};
}

function manifest(platform, files) {
  const llvm = files.includes("LICENSE-LLVM-runtime");
  const [system, cpu, libc] = platform.split("-");
  return {
    name: packageName(platform),
    version: main.version,
    description: `nabla's native addon for ${platform}, with OpenBLAS`,
    license: `${main.license} AND BSD-3-Clause AND BSD-2-Clause${llvm ? " AND Apache-2.0 WITH LLVM-exception" : ""}`,
    main: "nabla.node",
    files,
    os: [system],
    cpu: [cpu],
    ...(libc && { libc: [libc === "gnu" ? "glibc" : libc] }),
    engines: main.engines,
  };
}

function pack(platform, addon, openblasLicences, target, llvmLicences) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nabla-package-"));
  const contents = {
    "nabla.node": fs.readFileSync(addon),
    LICENSE: fs.readFileSync(path.join(ROOT, "LICENSE")),
    "LICENSE-OpenBLAS": fs.readFileSync(openblasLicences),
    "LICENSE-node-addon-api": fs.readFileSync(
      path.join(ROOT, "node_modules", "node-addon-api", "LICENSE.md"),
    ),
    ...runtimeLicences(platform, llvmLicences),
  };
  const text = JSON.stringify(manifest(platform, Object.keys(contents)), null, 2);
  try {
    for (const [name, bytes] of Object.entries({ ...contents, "package.json": `${text}\n` }))
      fs.writeFileSync(path.join(folder, name), bytes);
    const args = ["pack", "--json", "--pack-destination", target];
    const [packed] = JSON.parse(execFileSync("npm", args, { cwd: folder, encoding: "utf8" }));
    check(packed);
    report(path.join(target, packed.filename), packed);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

function check(packed) {
  for (const [name, limit] of Object.entries(LIMITS))
    if (packed[name] > limit)
      throw new Error(`${name}: expected at most ${limit} bytes but found ${packed[name]}`);
}

function report(file, { size, unpackedSize }) {
  const sum = createHash("sha256").update(fs.readFileSync(file)).digest("hex");
  console.log(`${file}: ${size} bytes, unpacked ${unpackedSize}, sha256 ${sum}`);
}

const [platform, addon, openblasLicences, target, llvmLicences] = process.argv.slice(2);
pack(platform, addon, openblasLicences, path.resolve(target), llvmLicences);
