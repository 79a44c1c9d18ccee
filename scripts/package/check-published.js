"use strict";

// Installs nabla from a registry as a published version would be, which names the packages of
// platforms as its optional dependencies, and leaves out that of this platform in each way that
// users do: the error must name the package, the platform and commands, and the commands must help.
//   npm run check:published
// It takes the packages that `npm run package:linux` left in prebuilds/, and publishes nothing.

const assert = require("node:assert");
const { execFile, execFileSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { promisify } = require("node:util");
const { packageName, thisPlatform } = require("../../dist/addon/platform-packages");
const { serve } = require("./local-registry");
const { stageAll } = require("./publish");

const REPOSITORY = "https://host.invalid/owner/nabla";
const PROGRAM = 'console.log(require("nabla").tensor([[1, 2]]).matMul([[3], [4]]).item());';
const HERE = thisPlatform();
const OTHER = "darwin-arm64";
const [OS, CPU, LIBC] = HERE.split("-");
const run = promisify(execFile);

/** The folder of a package that has nothing but the name of another platform. */
function otherPlatform(folder, version) {
  const target = path.join(folder, OTHER);
  const manifest = { name: packageName(OTHER), version, os: ["darwin"], cpu: ["arm64"] };
  fs.mkdirSync(target);
  fs.writeFileSync(path.join(target, "package.json"), JSON.stringify(manifest));
  return target;
}

/** The folders of what is published, with another platform's package among them. */
function published(folder) {
  const folders = stageAll(folder, REPOSITORY);
  const file = path.join(folders.at(-1), "package.json");
  const manifest = JSON.parse(fs.readFileSync(file, "utf8"));
  manifest.optionalDependencies[packageName(OTHER)] = manifest.version;
  fs.writeFileSync(file, JSON.stringify(manifest));
  return [otherPlatform(folder, manifest.version), ...folders];
}

/** An empty project; `npm` works in it with words as one would type them. */
function project(folder, env, name) {
  const cwd = path.join(folder, name);
  fs.mkdirSync(cwd);
  fs.writeFileSync(path.join(cwd, "package.json"), '{ "name": "app", "private": true }');
  const npm = (words) => run("npm", [...words.split(" "), "--no-audit", "--no-fund"], { cwd, env });
  return { cwd, npm };
}

/** What the program prints, or the message of its error. */
const answer = ({ cwd }) =>
  run(process.execPath, ["--eval", PROGRAM], { cwd }).then(
    ({ stdout }) => stdout.trim(),
    ({ stderr }) => stderr,
  );

/** The package must be missing; the command that the error gives for this case must bring it. */
async function expectHelp(app, reason) {
  const text = await answer(app);
  for (const words of [packageName(HERE), HERE, "npx --no-install nabla build"])
    assert(text.includes(words), `expected ${words} in the error: ${text}`);
  const command = new RegExp(`${reason} +npm (install .*)`).exec(text);
  assert(command, `expected a command for "${reason}" in the error: ${text}`);
  await app.npm(command[1]);
  assert.strictEqual(await answer(app), "11");
  console.log(`${reason}: npm ${command[1]}`);
}

/** A lock file that knows no package of this machine's platform, as npm has written them. */
function forgetHere({ cwd }) {
  const file = path.join(cwd, "package-lock.json");
  const lock = JSON.parse(fs.readFileSync(file, "utf8"));
  delete lock.packages[`node_modules/${packageName(HERE)}`];
  fs.writeFileSync(file, JSON.stringify(lock));
  fs.rmSync(path.join(cwd, "node_modules"), { recursive: true });
}

async function check(folder, env) {
  const whole = project(folder, env, "whole");
  await whole.npm("install nabla");
  assert.strictEqual(await answer(whole), "11");
  console.log("the platform's package arrives with nabla");

  const omitted = project(folder, env, "omitted");
  await omitted.npm("install --omit=optional nabla");
  await expectHelp(omitted, "optional packages were left out");

  const elsewhere = project(folder, env, "elsewhere");
  await elsewhere.npm("install --os=darwin --cpu=arm64 nabla");
  await expectHelp(elsewhere, "the lock file is another machine's");

  const locked = project(folder, env, "locked");
  await locked.npm("install --os=darwin --cpu=arm64 nabla");
  fs.rmSync(path.join(locked.cwd, "node_modules"), { recursive: true });
  await locked.npm("ci");
  assert.strictEqual(await answer(locked), "11");
  forgetHere(locked);
  await locked.npm("install");
  assert.strictEqual(await answer(locked), "11");
  console.log("another machine's lock file brings the package of this one");

  const byName = project(folder, env, "by-name");
  await byName.npm("install --omit=optional nabla");
  await expectHelp(byName, "by its name");
}

async function main() {
  assert(OS === "linux" && CPU && LIBC, "expected Linux");
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nabla-published-"));
  const upstream = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();
  const registry = await serve(published(folder), upstream);
  // `npm run --silent` would silence what publish.js tells, too.
  const env = {
    ...process.env,
    ...{ npm_config_registry: registry.address, npm_config_loglevel: "notice" },
  };
  try {
    await check(folder, env);
    registry.withdraw();
    const dryRun = [path.join(__dirname, "publish.js"), "--repository", REPOSITORY, "--dry-run"];
    const { stdout } = await run(process.execPath, dryRun, { env });
    for (const name of [packageName(HERE), "nabla"])
      assert(stdout.includes(`+ ${name}@`), `expected ${name} to be published: ${stdout}`);
    console.log("publish.js --dry-run would publish", stdout.match(/^\+ .*/gm).join(", "));
  } finally {
    registry.close();
    fs.rmSync(folder, { recursive: true });
  }
}

main();
