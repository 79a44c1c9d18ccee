/** What `npm pack` puts into the tarball, and what is published. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import manifest from "../../package.json";

interface Publishing {
  faults: (repository: string | undefined, tarballs: readonly unknown[]) => string[];
  homes: (repository: string) => object;
  withPlatforms: (manifest: object, names: readonly string[]) => Record<string, unknown>;
}

// eslint-disable-next-line @typescript-eslint/no-require-imports
const { faults, homes, withPlatforms } = require("../../scripts/package/publish") as Publishing;
const ROOT = resolve(__dirname, "..", "..");

/** The files under a folder of the checkout, as npm names them. */
function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath.slice(ROOT.length + 1)}/${entry.name}`);
}

function packed(): string[] {
  // Without scripts: dist/ stays as it is.
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const { stdout } = spawnSync("npm", args, { cwd: ROOT, encoding: "utf8" });
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  return files.map(({ path }) => path).sort();
}

test("the tarball holds the library with its sources, those of the addon, and nothing else", () => {
  const bundle = ["index.d.ts", "index.d.ts.map", "index.js", "modules.js"];
  const library = [...filesIn("src"), ...bundle.map((name) => `dist/nabla/${name}`)];
  const native = filesIn("native").filter((file) => !file.startsWith("native/test/"));
  const others = [
    "CMakeLists.txt",
    "LICENSE",
    "README.md",
    "bin/nabla.js",
    "cmake/openblas.cmake",
    "package.json",
    "scripts/build-addon.js",
    "scripts/toolchain.js",
  ];
  expect(packed()).toEqual([...library, ...native, ...others].sort());
});

test("the package runs no script when it is installed", () => {
  const { scripts } = manifest as { scripts: Record<string, string> };
  for (const name of ["preinstall", "install", "postinstall"])
    expect(scripts[name]).toBeUndefined();
  expect(existsSync(join(ROOT, "binding.gyp"))).toBe(false); // npm would run node-gyp for it
});

describe("a platform's package", () => {
  const licence = join(ROOT, "LICENSE"); // stands for the addon and for the licences
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "nabla-pack-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  test.each([
    ["linux-arm64-gnu", [], ["LICENSE-GCC-runtime"], "glibc"],
    ["linux-x64-musl", [licence], ["LICENSE-LLVM-runtime"], "musl"],
    ["darwin-arm64", [], [], undefined],
  ])("of %s holds the addon and the licences of what is in it", (platform, more, runtime, libc) => {
    const script = join(ROOT, "scripts", "package", "pack.js");
    spawnSync("node", [script, platform, licence, licence, folder, ...more]);
    const tarball = join(folder, `nabla-ml-${platform}-${manifest.version}.tgz`);
    const tar = (...args: string[]) => spawnSync("tar", args, { encoding: "utf8" }).stdout;
    const licences = ["LICENSE", "LICENSE-OpenBLAS", "LICENSE-node-addon-api", ...runtime];
    const files = [...licences, "nabla.node", "package.json"];
    const listed = tar("-tzf", tarball).trim().split("\n").sort();
    expect(listed).toEqual(files.map((name) => `package/${name}`).sort());
    const packed = JSON.parse(tar("-xzOf", tarball, "package/package.json")) as {
      license: string;
      libc?: string[];
    };
    expect(packed.libc).toEqual(libc && [libc]);
    expect(packed.license.includes("LLVM-exception")).toBe(more.length > 0);
  });
});

describe("publish.js", () => {
  test("alone names the platforms' packages, in nabla's version", () => {
    expect(manifest).not.toHaveProperty("optionalDependencies");
    const published = withPlatforms(manifest, ["@a/two", "@a/one"]);
    const { version } = manifest;
    expect(published).toMatchObject({
      name: "nabla",
      version,
      dependencies: manifest.dependencies,
      optionalDependencies: { "@a/one": version, "@a/two": version },
    });
    for (const field of ["scripts", "devDependencies"]) expect(published).not.toHaveProperty(field);
  });

  test("names the repository that publishes, as npm's provenance wants it", () => {
    for (const field of ["repository", "bugs", "homepage"])
      expect(manifest).not.toHaveProperty(field);
    expect(homes("https://host/owner/name")).toEqual({
      repository: { type: "git", url: "git+https://host/owner/name.git" },
      bugs: { url: "https://host/owner/name/issues" },
      homepage: "https://host/owner/name#readme",
    });
  });

  test("says what a release lacks", () => {
    expect(faults("https://host/owner/name", [{}])).toEqual([]);
    expect(faults(undefined, [])).toEqual([
      expect.stringContaining("--repository: expected https://HOST/OWNER/NAME"),
      expect.stringContaining("expected the packages of platforms"),
    ]);
    expect(faults("host/owner/name", [{}])).toHaveLength(1);
  });
});
