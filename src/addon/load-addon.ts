import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { PLATFORMS, packageName, thisPlatform } from "./platform-packages";

/** The package's root, two levels above both src/addon/ and the compiled dist/addon/. */
const packageRoot = resolve(__dirname, "..", "..");

interface Manifest {
  version: string;
  optionalDependencies?: Record<string, string>;
}

/** A place where the addon may be, and why it could not be had from there. */
interface Attempt {
  place: string;
  error: Error;
}

/**
 * Loads the native addon: what `NABLA_ADDON` names and nothing else, or a local build, or the
 * prebuilt package of this platform. Throws an error that says what was sought, what each place
 * answered and how to get the addon.
 * @param root the folder that holds nabla's package.json
 */
export function loadAddon(root = packageRoot): unknown {
  const platform = thisPlatform();
  const attempts: Attempt[] = [];
  for (const { place, load } of candidates(root, platform)) {
    try {
      return load();
    } catch (error) {
      attempts.push({ place, error: error instanceof Error ? error : new Error(String(error)) });
    }
  }
  throw new Error(explain(root, platform, attempts), { cause: attempts[0].error });
}

function candidates(root: string, platform: string): { place: string; load: () => unknown }[] {
  const file = addonFile(root);
  const ofFile = { place: file, load: () => loadFile(file) };
  if (process.env.NABLA_ADDON !== undefined || !PLATFORMS.includes(platform)) return [ofFile];
  return [ofFile, { place: packageName(platform), load: () => loadPackage(root, platform) }];
}

/** The local build, or another that `NABLA_ADDON` names, one with sanitizers for instance. */
export function addonFile(root = packageRoot): string {
  return resolve(process.env.NABLA_ADDON ?? join(root, "build", "Release", "nabla.node"));
}

function loadFile(file: string): unknown {
  if (!existsSync(file)) throw new Error("no such file");
  return module.require(file);
}

function loadPackage(root: string, platform: string): unknown {
  const name = packageName(platform);
  let file: string;
  try {
    file = require.resolve(name, { paths: [root] });
  } catch (error) {
    throw new Error("not installed", { cause: error });
  }
  const { version } = manifest(dirname(file));
  const expected = manifest(root).version;
  if (version !== expected) throw new Error(`expected version ${expected} but found ${version}`);
  return module.require(file);
}

function manifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

function explain(root: string, platform: string, attempts: Attempt[]): string {
  const found = attempts.map(({ place, error }) => `  sought    ${place}: ${error.message}`);
  return `nabla's native addon could not be loaded.
  platform  ${platform}, Node.js ${process.version}
${found.join("\n")}
Ways out:
${waysOut(root, platform).join("\n")}
In a checkout of nabla itself, "npm run setup" does all that is needed.`;
}

function waysOut(root: string, platform: string): string[] {
  const build = "  build it from the sources   npx --no-install nabla build";
  if (process.env.NABLA_ADDON !== undefined)
    return ["  NABLA_ADDON names a file that does not load: mend it or unset it", build];
  if (!PLATFORMS.includes(platform)) return [`  there is no package for ${platform}`, build];
  const name = packageName(platform);
  const { version, optionalDependencies = {} } = manifest(root);
  // Only a published nabla names packages of a registry; elsewhere the name could be a stranger's.
  if (!(name in optionalDependencies))
    return [`  install the tarball of ${name} ${version}, made from the same checkout`, build];
  const [os, cpu, libc] = platform.split("-");
  const flags = libc ? ` --libc=${libc === "gnu" ? "glibc" : libc}` : "";
  return [
    `  optional packages were left out   npm install --include=optional nabla`,
    `  the lock file is another machine's   npm install --os=${os} --cpu=${cpu}${flags} nabla`,
    `  by its name   npm install ${name}@${version}`,
    build,
  ];
}
