/** The command `nabla`, as it is installed. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { Dense, Sequential, input, safetensorsBytes, tensor, zeros } from "../../src";
import { fileInfo, infoText } from "../../src/training/saving/file-info";

const ROOT = resolve(__dirname, "..", "..");
const MODEL = join(ROOT, "test", "golden", "models", "version-1.safetensors");

function nabla(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, "bin", "nabla.js"), ...args],
    { cwd: ROOT, encoding: "utf8" },
  );
  return { status, stdout, stderr };
}

describe("nabla", () => {
  test("info tells what a model's file holds", () => {
    const { status, stdout, stderr } = nabla("info", MODEL);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("7.2 kB, 35 parameters, 6 F32, 1 I32");
    expect(stdout).toContain("  Sequential  block\n    Dropout  drop\n    Dense(3)  inner\n");
    expect(stdout).toContain("compiled: Adam, Huber, mae, accuracy");
    const json = nabla("info", "--json", MODEL);
    expect(json.status).toBe(0);
    expect(JSON.parse(json.stdout)).toMatchObject({ class: "Model", bytes: 7192, parameters: 35 });
  });

  test.each([
    [["info", "none.safetensors"], 1, "none.safetensors: there is no such file or folder"],
    [["info", "LICENSE"], 1, "LICENSE: expected a safetensors file"],
    [["info"], 2, "missing required argument 'file'"],
    [["info", MODEL, "more"], 2, "too many arguments"],
    [["info", "--yaml", MODEL], 2, "unknown option '--yaml'"],
    [["bild"], 2, "unknown command 'bild'"],
    [[], 2, "Usage: nabla"],
    [["--help"], 0, ""],
    [["build", "--check"], 0, ""],
  ])("%j exits with %d", (args, expected, message) => {
    const { status, stderr } = nabla(...args);
    expect(stderr).toContain(message);
    expect(status).toBe(expected);
  });
});

describe("fileInfo", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "nabla-info-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("tells of checkpoints where training stands, and of other files what they are", async () => {
    const model = new Sequential([input({ shape: [3] }), new Dense(2)]);
    model.compile({ optimizer: "adam", loss: "mse" });
    expect(infoText(await fileInfo(model.toBytes()))).toContain("a model of nabla's, Sequential");
    await model.fit(zeros([8, 3]), zeros([8, 2]), { verbose: 0 });
    const path = join(folder, "place.safetensors");
    await model.saveCheckpoint(path);
    const told = infoText(await fileInfo(path));
    expect(told).toContain(`${path}: a model of nabla's, Sequential`);
    expect(told).toContain("training stands before epoch 2");
    const index = join(folder, "place.safetensors.index.json");
    writeFileSync(index, '{"weight_map":{"layers.0.bias":"place.safetensors"}}');
    expect((await fileInfo(index)).file).toBe(index);
    const info = await fileInfo(
      safetensorsBytes({ "a\u001b[2J": tensor([1, 2]) }, { metadata: { author: "me\n" } }),
    );
    expect(info).toMatchObject({ class: null, formatVersion: null, parameters: 2 });
    const text = infoText(info);
    expect(text).toContain("a?[2J  F32[2]");
    expect(text).toContain("author: me?");
  });
});
