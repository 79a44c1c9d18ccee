/**
 * Has pip's `safetensors` read what nabla writes, and nabla what that writes, to the bit:
 *
 *   python3 -m venv VENV && VENV/bin/pip install safetensors numpy
 *   npm run check:safetensors -- VENV/bin/python
 *
 * Tensors of each of nabla's dtypes, of any bits and up to eight axes, and names and texts in which every
 * character of Unicode occurs. `npm run check:files -- PYTHON` compares verdicts on faulty files.
 */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Tensor, openSafetensors, tensor, writeSafetensors } from "nabla";

const FILES = 200;
const TENSORS = 8;

/** Tells what it reads in each file, and writes it to another one. */
const PYTHON = `
import hashlib, json, sys
from safetensors import safe_open
from safetensors.numpy import save_file
for line in sys.stdin:
    given, made = json.loads(line)
    with safe_open(given, "np") as f:
        tensors, metadata = {name: f.get_tensor(name) for name in f.keys()}, f.metadata()
    save_file(tensors, made, metadata)
    told = [[name, str(a.dtype), list(a.shape), hashlib.sha256(a.tobytes()).hexdigest()] for name, a in tensors.items()]
    print(json.dumps([told, list(metadata.items())]))
`;

const ARRAYS = [Float32Array, Float64Array, Int32Array, Uint8Array];

/** Numbers from 0 to below `end`, the same at each run. */
let state = 1;
function below(end: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * end);
}

function randomTensor(): Tensor {
  const View = ARRAYS[below(ARRAYS.length)];
  const shape = Array.from({ length: below(9) }, () => (below(20) === 0 ? 0 : 1 + below(3)));
  const size = shape.reduce((product, dim) => product * dim, 1);
  const bytes = Uint8Array.from({ length: size * View.BYTES_PER_ELEMENT }, () => below(256));
  return tensor(new View(bytes.buffer), shape);
}

/** Texts that together have each character once. */
function everyCharacter(count: number): string[] {
  const codes = Array.from({ length: 0x110000 }, (_, code) => code).filter(
    (code) => code < 0xd800 || code > 0xdfff,
  );
  const size = Math.ceil(codes.length / count);
  return Array.from({ length: count }, (_, i) =>
    codes
      .slice(i * size, (i + 1) * size)
      .map((code) => String.fromCodePoint(code))
      .join(""),
  );
}

interface Content {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

function textOf({ tensors, metadata }: Content): string {
  const told = [...tensors].map(([name, own]) => {
    const { buffer, byteOffset, byteLength } = own.data();
    const hash = createHash("sha256").update(new Uint8Array(buffer, byteOffset, byteLength));
    return [name, own.dtype, own.shape, hash.digest("hex")];
  });
  return sorted([told, [...metadata]]);
}

/** Whatever the order of names. */
function sorted(told: readonly unknown[][]): string {
  return JSON.stringify(told.map((list) => list.map((each) => JSON.stringify(each)).sort()));
}

async function read(path: string): Promise<string> {
  const file = await openSafetensors(path);
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of file.tensors) tensors.set(name, await entry.read());
  const text = textOf({ tensors, metadata: file.metadata });
  await file.close();
  for (const each of tensors.values()) each.dispose();
  return text;
}

async function main(python: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "nabla-safetensors-"));
  try {
    const names = everyCharacter(FILES * TENSORS);
    const paths: [string, string][] = [];
    const expected: string[] = [];
    for (let i = 0; i < FILES; i++) {
      const own = names.slice(i * TENSORS, (i + 1) * TENSORS);
      const tensors = new Map(own.map((name) => [name, randomTensor()]));
      const metadata = new Map([[own[1], own[0]]]);
      paths.push([join(folder, `${i}-nabla`), join(folder, `${i}-pip`)]);
      await writeSafetensors(paths[i][0], tensors, { metadata });
      expected.push(textOf({ tensors, metadata }));
      for (const each of tensors.values()) each.dispose();
    }
    const input = paths.map((pair) => JSON.stringify(pair)).join("\n");
    const options = { input, encoding: "utf8", maxBuffer: 2 ** 28 } as const;
    const told = execFileSync(python, ["-c", PYTHON], options).trim().split("\n");
    let same = 0;
    for (const [i, [given, made]] of paths.entries()) {
      const found = sorted(JSON.parse(told[i]) as unknown[][]);
      if (found !== expected[i]) throw new Error(`pip reads file ${i} otherwise: ${found}`);
      if ((await read(made)) !== expected[i])
        throw new Error(`nabla reads pip's file ${i} otherwise`);
      if (readFileSync(given).equals(readFileSync(made))) same++;
    }
    console.log(
      `${FILES} files of ${TENSORS} tensors, with every character of Unicode in their names: pip's ` +
        `safetensors read what nabla wrote, and nabla what that wrote; ${same} were the same to the byte`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

main(process.argv[2] ?? "python3").catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
