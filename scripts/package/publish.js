"use strict";

// Publishes the prebuilt packages in prebuilds/ and then nabla, which depends on them, as
// `npm run build` left it:
//   node scripts/package/publish.js --repository https://HOST/OWNER/NAME [--dry-run]
// Here alone `optionalDependencies` are written: no checkout and no other tarball ever asks a
// registry for a name that a stranger could have claimed. Here alone the repository is named too: it
// is the one that publishes, which npm's provenance is checked against, and no checkout can know it.

const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { parseArgs } = require("node:util");

const ROOT = path.join(__dirname, "..", "..");
const PREBUILDS = path.join(ROOT, "prebuilds");

/** Where a package's sources, faults and pages are, all in one repository. */
function homes(repository) {
  return {
    repository: { type: "git", url: `git+${repository}.git` },
    bugs: { url: `${repository}/issues` },
    homepage: `${repository}#readme`,
  };
}

/** nabla's manifest as published: it names the packages of its own version that go out with it. */
function withPlatforms(manifest, names) {
  const published = { ...manifest };
  for (const field of ["scripts", "devDependencies", "overrides"]) delete published[field];
  const optionalDependencies = Object.fromEntries(
    [...names].sort().map((name) => [name, manifest.version]),
  );
  return { ...published, optionalDependencies };
}

/** What keeps a release from going out; none if it may. */
function faults(repository, tarballs) {
  const found = [];
  if (!/^https:\/\/[^/]+\/[^/]+\/[^/]+$/.test(repository ?? ""))
    found.push(
      `--repository: expected https://HOST/OWNER/NAME, which publishes, but received ${repository}`,
    );
  if (tarballs.length === 0)
    found.push("prebuilds/: expected the packages of platforms; npm run package:linux makes one");
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

/** What `npm pack` makes of the checkout as `npm run build` left it. */
function packMain(folder, { name, version }) {
  const args = ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder];
  execFileSync("npm", args, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
  return path.join(folder, `${name}-${version}.tgz`);
}

/** Unpacks a tarball into a folder of its own and changes its manifest; returns that folder. */
function stage(folder, tarball, change) {
  const target = fs.mkdtempSync(path.join(folder, "staged-"));
  execFileSync("tar", ["-xzf", tarball, "-C", target]);
  const file = path.join(target, "package", "package.json");
  const manifest = change(JSON.parse(fs.readFileSync(file, "utf8")));
  fs.writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
  return path.dirname(file);
}

/** The folders to publish, in their order: nabla must never name a package that is not there. */
function stageAll(folder, repository) {
  const manifest = require("../../package.json");
  const tarballs = platformTarballs(manifest);
  const found = faults(repository, tarballs);
  if (found.length > 0) throw new Error(`nabla is not published:\n  ${found.join("\n  ")}`);
  const names = tarballs.map(({ name }) => name);
  const homed = (manifest) => ({ ...manifest, ...homes(repository) });
  return [
    ...tarballs.map(({ file }) => stage(folder, file, homed)),
    stage(folder, packMain(folder, manifest), (main) => homed(withPlatforms(main, names))),
  ];
}

function publish(repository, options) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nabla-publish-"));
  const args = ["--access", "public", "--ignore-scripts", ...options];
  try {
    for (const staged of stageAll(folder, repository))
      execFileSync("npm", ["publish", staged, ...args], { stdio: "inherit" });
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

module.exports = { faults, homes, stageAll, withPlatforms };

if (require.main === module) {
  try {
    const options = { repository: { type: "string" }, "dry-run": { type: "boolean" } };
    const { values } = parseArgs({ options });
    publish(values.repository, values["dry-run"] ? ["--dry-run"] : ["--provenance"]);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
