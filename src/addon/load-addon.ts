import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

/** The package's root, two levels above both src/addon/ and the compiled dist/addon/. */
const packageRoot = resolve(__dirname, "..", "..");

/** Loads the native addon, or throws an error that says what was sought and how to get it. */
export function loadAddon(file = addonFile()): unknown {
  if (!existsSync(file)) throw new Error(explain(file, "no such file"));
  try {
    return module.require(file) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(explain(file, reason), { cause: error });
  }
}

/** `NABLA_ADDON` names another build of the addon, one with sanitizers for instance. */
export function addonFile(): string {
  return resolve(process.env.NABLA_ADDON ?? join(packageRoot, "build", "Release", "nabla.node"));
}

function explain(file: string, reason: string): string {
  const { arch, platform, version } = process;
  return `nabla's native addon could not be loaded.
  sought    ${file}
  platform  ${platform} ${arch}, Node.js ${version}
  error     ${reason}
The addon is built by the package's install script, which npm 12 and pnpm 10 run only once it is
approved. There are two ways out:
  approve the script   npm approve-scripts nabla && npm rebuild nabla
                       pnpm approve-builds
  build it yourself    npx --no-install nabla build
In a checkout of nabla itself, "npm run setup" does all that is needed.`;
}
