/** Builds the addon of a scratch copy: what was changed is compiled, all else is taken from the build. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";

const OBJECT = /\S+\.o(?=\s|$)/g;

/**
 * Makes `scratch`/build/Release/nabla.node.
 * @param root of the checkout that was built
 * @param scratch a copy of its native/ in which kernel files were changed
 * @param changed names of these files in native/kernels/
 */
export function buildScratchAddon(root: string, scratch: string, changed: readonly string[]): void {
  const build = join(root, "build");
  if (!existsSync(join(build, "build.ninja"))) {
    // Another generator than Ninja built, whose commands cannot be asked for.
    shell("npx --no-install cmake-js build --parallel 2", scratch);
    return;
  }
  const commands = commandsOf(build);
  const isChanged = (text: string): boolean =>
    changed.some((name) => text.includes(`native/kernels/${name}.o`));
  const moved = (text: string): string =>
    text
      .replaceAll("CMakeFiles/nabla_kernels_", join(scratch, "objects", "/"))
      .replaceAll(join(root, "native"), join(scratch, "native"));
  for (const command of commands.filter((text) => text.includes(" -c ") && isChanged(text))) {
    const [object] = command.slice(command.indexOf(" -o ")).match(OBJECT)!;
    mkdirSync(dirname(moved(object)), { recursive: true });
    shell(moved(command), build);
  }
  const archived = commands.find((text) => text.includes("libnabla_engine.a "))!.match(OBJECT)!;
  const engine = archived.map((object) => (isChanged(object) ? moved(object) : object));
  const addon = join(scratch, "build", "Release", "nabla.node");
  mkdirSync(dirname(addon), { recursive: true });
  const link = commands.find((text) => text.includes("-shared"))!;
  const linked = link.replace(/-o \S+nabla\.node/, `-o ${addon}`);
  shell(linked.replace(/\S*libnabla_engine\.a/, engine.join(" ")), build);
}

/** The commands by which Ninja builds the addon. */
function commandsOf(build: string): string[] {
  const options = { encoding: "utf8", maxBuffer: 1e8 } as const;
  return execFileSync("ninja", ["-C", build, "-t", "commands", "nabla"], options).split("\n");
}

function shell(command: string, cwd: string): void {
  try {
    execFileSync("sh", ["-c", command], { cwd, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(stdout + stderr, { cause: error });
  }
}
