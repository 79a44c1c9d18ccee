"use strict";

// Publishes the prebuilt packages in prebuilds/ and then nabla, which depends on them:
//   node scripts/package/publish.js [--dry-run]
// Here alone `optionalDependencies` are written: no checkout and no other tarball ever asks a
// registry for a name that a stranger could have claimed.

const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const ROOT = path.join(__dirname, "..", "..");
const PREBUILDS = path.join(ROOT, "prebuilds");

/** The manifest that is published: it names the packages of its own version that go out with it. */
function withPlatforms(manifest, names) {
  const published = { ...manifest };
  for (const field of ["scripts", "devDependencies", "overrides"]) delete published[field];
  const optionalDependencies = Object.fromEntries(
    [...names].sort().map((name) => [name, manifest.version]),
  );
  return { ...published, optionalDependencies };
}

/** What keeps a release from going out; none if it may. */
function faults(manifest, tarballs) {
  const found = [];
  for (const field of ["repository", "bugs", "homepage"])
    if (!manifest[field])
      found.push(`package.json: expected ${field}, which npm's provenance is checked against`);
  if (tarballs.length === 0) found.push("prebuilds/: expected the packages of platforms");
  return found;
}

/** The tarballs of the platforms that there are packages for, by the package's name. */
function platformTarballs({ version }) {
  const { PLATFORMS, packageName } = require("../../dist/addon/platform-packages");
  return PLATFORMS.map((platform) => ({
    name: packageName(platform),
    file: path.join(PREBUILDS, `nabla-ml-${platform}-${version}.tgz`),
  })).filter(({ file }) => fs.existsSync(file));
}

/** Unpacks what `npm pack` makes of the checkout and writes the published manifest into it. */
function stage(folder, manifest, names) {
  const run = (command, ...args) =>
    execFileSync(command, args, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  run("npm", "pack", "--silent", "--pack-destination", folder);
  const tarball = path.join(folder, `${manifest.name}-${manifest.version}.tgz`);
  run("tar", "-xzf", tarball, "-C", folder);
  const staged = path.join(folder, "package");
  const text = JSON.stringify(withPlatforms(manifest, names), null, 2);
  fs.writeFileSync(path.join(staged, "package.json"), `${text}\n`);
  return staged;
}

function publish(options) {
  const manifest = require("../../package.json");
  const tarballs = platformTarballs(manifest);
  const found = faults(manifest, tarballs);
  if (found.length > 0) throw new Error(`nabla is not published:\n  ${found.join("\n  ")}`);
  const npmPublish = (target) =>
    execFileSync("npm", ["publish", target, "--access", "public", "--ignore-scripts", ...options], {
      stdio: "inherit",
    });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nabla-publish-"));
  try {
    const staged = stage(
      folder,
      manifest,
      tarballs.map(({ name }) => name),
    );
    // The platforms first: nabla must never name a package that is not there.
    for (const { file } of tarballs) npmPublish(file);
    npmPublish(staged);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

module.exports = { faults, withPlatforms };

if (require.main === module) {
  try {
    publish(process.argv.includes("--dry-run") ? ["--dry-run"] : ["--provenance"]);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
