import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadAddon } from "../../src/addon/load-addon";

describe("loadAddon", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "nabla-addon-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  function failure(file: string): Error {
    try {
      loadAddon(file);
    } catch (error) {
      return error as Error;
    }
    throw new Error(`expected ${file} not to load`);
  }

  test("names the missing file, the platform and both ways out", () => {
    const file = join(directory, "nabla.node");
    const { message } = failure(file);
    expect(message).toContain(file);
    expect(message).toContain("no such file");
    expect(message).toContain(`${process.platform} ${process.arch}, Node.js ${process.version}`);
    expect(message).toContain("npm approve-scripts nabla");
    expect(message).toContain("pnpm approve-builds");
    expect(message).toContain("npx --no-install nabla build");
    expect(message).toContain("npm run setup");
  });

  test("passes on the system's own error when the file does not load", () => {
    const file = join(directory, "nabla.node");
    writeFileSync(file, "not a shared library");
    const error = failure(file);
    expect(error.message).toContain(file);
    expect(error.message).toContain((error.cause as Error).message);
    expect((error.cause as Error).message).toMatch(/\S/);
    expect(error.message).toContain("npx --no-install nabla build");
  });

  test("takes the build that NABLA_ADDON names", () => {
    const file = join(directory, "elsewhere.node");
    const before = process.env.NABLA_ADDON;
    process.env.NABLA_ADDON = file;
    try {
      expect(() => loadAddon()).toThrow(file);
    } finally {
      if (before === undefined) delete process.env.NABLA_ADDON;
      else process.env.NABLA_ADDON = before;
    }
  });
});
