import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadAddon } from "../../src/addon/load-addon";
import { packageName, thisPlatform } from "../../src/addon/platform-packages";

describe("loadAddon", () => {
  const before = process.env.NABLA_ADDON;
  const name = packageName(thisPlatform());
  let root: string;
  beforeEach(() => {
    delete process.env.NABLA_ADDON;
    root = mkdtempSync(join(tmpdir(), "nabla-addon-"));
    write("package.json", JSON.stringify({ version: "1.2.3" }));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
    if (before !== undefined) process.env.NABLA_ADDON = before;
    else delete process.env.NABLA_ADDON;
  });

  function write(file: string, text: string): void {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }

  function installPackage(version: string, text: string): void {
    const folder = join("node_modules", name);
    write(join(folder, "package.json"), JSON.stringify({ version, main: "nabla.node.js" }));
    write(join(folder, "nabla.node.js"), text);
  }

  function failure(): Error {
    try {
      loadAddon(root);
    } catch (error) {
      return error as Error;
    }
    throw new Error("expected nothing to load");
  }

  test("names the file, the package, the platform and the ways out", () => {
    const { message } = failure();
    expect(message).toContain(`${join(root, "build", "Release", "nabla.node")}: no such file`);
    expect(message).toContain(`${name}: not installed`);
    expect(message).toContain(`${thisPlatform()}, Node.js ${process.version}`);
    expect(message).toContain(`install the tarball of ${name} 1.2.3`);
    expect(message).toContain("npx --no-install nabla build");
    expect(message).toContain("npm run setup");
    expect(message).not.toContain("npm install");
  });

  test("names a registry's package only where nabla depends on it", () => {
    write(
      "package.json",
      JSON.stringify({ version: "1.2.3", optionalDependencies: { [name]: "1.2.3" } }),
    );
    const { message } = failure();
    expect(message).toContain("npm install --include=optional nabla");
    expect(message).toContain(`npm install ${name}@1.2.3`);
    expect(message).toContain(`--os=${process.platform} --cpu=${process.arch}`);
  });

  test("takes the platform's package where there is no local build", () => {
    installPackage("1.2.3", "module.exports = 'the package';");
    expect(loadAddon(root)).toBe("the package");
  });

  test("goes on to the package when the local build does not load", () => {
    write("build/Release/nabla.node", "not a shared library");
    installPackage("1.2.3", "module.exports = 'the package';");
    expect(loadAddon(root)).toBe("the package");
  });

  test("refuses a package of another version and collects every error", () => {
    write("build/Release/nabla.node", "not a shared library");
    installPackage("1.2.2", "module.exports = 'the package';");
    const error = failure();
    expect(error.message).toContain("expected version 1.2.3 but found 1.2.2");
    expect(error.message).toContain((error.cause as Error).message);
    expect((error.cause as Error).message).toMatch(/\S/);
  });

  test("takes what NABLA_ADDON names and nothing else", () => {
    const file = join(root, "elsewhere.node");
    process.env.NABLA_ADDON = file;
    installPackage("1.2.3", "module.exports = 'the package';");
    const { message } = failure();
    expect(message).toContain(`${file}: no such file`);
    expect(message).toContain("NABLA_ADDON names a file that does not load");
    expect(message).not.toContain(name);
  });
});
