"use strict";

// `npm run sbom` lists what nabla depends on, in CycloneDX. npm leaves out what the development
// depends on too (`--omit dev`), so it is asked about a copy of the manifest that has no development.

const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const ROOT = path.join(__dirname, "..", "..");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nabla-sbom-"));
const npm = (...args) =>
  execFileSync("npm", [...args, "--package-lock-only"], { cwd: folder, encoding: "utf8" });
try {
  const manifest = JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8"));
  for (const field of ["devDependencies", "scripts", "overrides"]) delete manifest[field];
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest));
  fs.copyFileSync(path.join(ROOT, "package-lock.json"), path.join(folder, "package-lock.json"));
  npm("install", "--no-audit", "--no-fund", "--prefer-offline");
  process.stdout.write(npm("sbom", "--sbom-format", "cyclonedx", "--omit", "optional"));
} finally {
  fs.rmSync(folder, { recursive: true });
}
