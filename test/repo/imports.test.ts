import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { checkImports } from "../../scripts/check-imports";

describe("the direction of imports", () => {
  let source: string;
  beforeEach(() => {
    source = mkdtempSync(join(tmpdir(), "nabla-imports-"));
  });
  afterEach(() => {
    rmSync(source, { recursive: true });
  });

  function write(file: string, text: string): void {
    mkdirSync(dirname(join(source, file)), { recursive: true });
    writeFileSync(join(source, file), text);
  }

  test("runs one way in src/", () => {
    expect(checkImports(resolve(__dirname, "..", "..", "src"))).toEqual([]);
  });

  test("allows what lies to the left and the room itself", () => {
    write("tensor/tensor.ts", "");
    write("data/idx.ts", "");
    write(
      "data/mnist.ts",
      'import { readIdx } from "./idx";\nimport { Tensor } from "../tensor/tensor";',
    );
    expect(checkImports(source, ["tensor", "data"])).toEqual([]);
  });

  test.each([
    ['import { jit } from "../capture/jit";'],
    ['import type { Jit } from "../capture/jit";'],
    ['export * from "../capture/jit";'],
    ['const later = () => import("../capture/jit");'],
    ['const later = () => require("../capture/jit");'],
  ])("catches an arrow that runs back: %s", (line) => {
    write("tensor/tensor.ts", line);
    write("capture/jit.ts", "");
    expect(checkImports(source, ["tensor", "capture"])).toEqual([
      "tensor/tensor.ts: imports capture/jit, which lies to its right",
    ]);
  });

  test("catches a folder that imports the public API", () => {
    write("data/idx.ts", 'import { Model } from "../index";');
    write("index.ts", "");
    expect(checkImports(source, ["data", "index"])).toEqual([
      "data/idx.ts: imports index, which lies to its right",
    ]);
  });

  test("catches a file that is in no room", () => {
    write("stray.ts", "");
    expect(checkImports(source, ["tensor"])).toEqual([
      'stray.ts: expected its room "stray" in the list of rooms',
    ]);
  });
});
