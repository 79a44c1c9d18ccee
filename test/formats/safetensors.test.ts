/** Safetensors files: against the safetensors package (scripts/golden/safetensors_files.py), and by hand. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { readFileSync } from "node:fs";
import fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import {
  FormatError,
  type Tensor,
  Variable,
  ones,
  openSafetensors,
  readSafetensors,
  safetensorsBytes,
  tensor,
  writeSafetensors,
  zeros,
} from "../../src";
import { native } from "../../src/addon/native";
import { readInto } from "../../src/formats/safetensors/safetensors-file";
import { type GoldenTensor, expectGolden, loadGolden } from "../helpers/golden";
import { leakFreeAsync, own } from "../helpers/leak-free";
import { NODE_ARGUMENTS } from "../helpers/program";

interface NamedTensor extends GoldenTensor {
  name: string;
}

interface Golden {
  files: {
    label: string;
    metadata: Record<string, string>;
    tensors: NamedTensor[];
    file: string;
  }[];
  types: (NamedTensor & { type: string; file: string })[];
  misfits: { type: string; element: number; value: string; file: string }[];
  verdicts: { label: string; accepted: boolean; file: string }[];
}

const golden = loadGolden("safetensors-files") as Golden;
const EXACT = { relative: 0, absolute: 0 };

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nabla-safetensors-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const check = (title: string, body: () => Promise<void>): void => test(title, leakFreeAsync(body));

/** The bytes as a golden file holds them. */
function decode(text: string): Buffer {
  return Buffer.from(text, "base64");
}

/** The path of a file with that content. */
function saved(bytes: Uint8Array, name = "file.safetensors"): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** Reads a file, whose tensors go with the test. */
async function read(source: string | URL | Uint8Array): Promise<Map<string, Tensor>> {
  const tensors = await readSafetensors(source);
  for (const x of tensors.values()) own(x);
  return tensors;
}

/** Throws unless two tensors hold the same bits; faster than Jest where they are many. */
function expectSame(actual: Tensor, expected: Tensor): void {
  expect(actual.describe()).toBe(expected.describe());
  const [a, b] = [actual.data(), expected.data()].map((data) => Buffer.from(data.buffer));
  expect(a.equals(b)).toBe(true);
}

/** A file of that header and so many zeros. */
function fileOf(header: string, data: number | Uint8Array = 0): Buffer {
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  const content = typeof data === "number" ? Buffer.alloc(data) : data;
  return Buffer.concat([start, Buffer.from(header), content]);
}

describe("files of the safetensors package", () => {
  test.each(golden.files.map((file) => [file.label, file] as const))(
    "are read and written byte for byte: %s",
    (_label, { file, metadata, tensors }) =>
      leakFreeAsync(async () => {
        const bytes = decode(file);
        const path = saved(bytes);
        for (const source of [path, pathToFileURL(path), bytes]) {
          const found = await read(source);
          expect([...found.keys()].sort()).toEqual(tensors.map(({ name }) => name).sort());
          for (const expected of tensors) {
            const actual = found.get(expected.name)!;
            expectGolden(expected.name, actual, expected, EXACT);
          }
          const open = await openSafetensors(source);
          expect(Object.fromEntries(open.metadata)).toEqual(metadata);
          expect(open.bytes).toBe(bytes.length);
          await open.close();
          expect(Buffer.from(safetensorsBytes(found, { metadata }))).toEqual(bytes);
          const copy = join(folder, "copy.safetensors");
          await writeSafetensors(copy, found, { metadata });
          expect(readFileSync(copy)).toEqual(bytes);
        }
      })(),
  );

  test.each(golden.types.map((item) => [item.type, item] as const))(
    "%s is converted",
    (type, item) =>
      leakFreeAsync(async () => {
        const open = await openSafetensors(decode(item.file));
        const entry = open.tensors.get(type)!;
        const x = own(await entry.read());
        expect(entry.type).toBe(type);
        expect(x.dtype).toBe(entry.dtype);
        expect(x.describe()).toBe(entry.describe());
        expectGolden(type, x, { ...item, dtype: x.dtype }, EXACT);
      })(),
  );

  test.each(golden.misfits.map((item) => [item.type, item.value, item] as const))(
    "%s is refused if a value does not fit: %s",
    (type, value, { file, element }) =>
      leakFreeAsync(async () => {
        await expect(readSafetensors(decode(file))).rejects.toThrow(
          `the tensor "a" (${type}) cannot be read as int32: element ${element} is ${value}`,
        );
      })(),
  );

  check("every float16 is widened exactly, in files of any alignment", async () => {
    const bits = Uint16Array.from({ length: 1 << 16 }, (_, i) => i);
    for (const before of [0, 1, 3]) {
      const header =
        `{"u":{"dtype":"U8","shape":[${before}],"data_offsets":[0,${before}]},` +
        `"h":{"dtype":"F16","shape":[65536],"data_offsets":[${before},${before + 131072}]}}`;
      const data = Buffer.concat([Buffer.alloc(before), Buffer.from(bits.buffer)]);
      const path = saved(fileOf(header, data));
      const values = (await read(path)).get("h")!.data();
      const expected = bits.map((half) => half >> 15).length;
      expect(values).toHaveLength(expected);
      for (let half = 0; half < 1 << 16; half++) {
        const fraction = (half & 1023) / 1024;
        const exponent = (half >> 10) & 31;
        const sign = half >> 15 === 1 ? -1 : 1;
        let value =
          sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
        if (exponent === 31) value = fraction === 0 ? sign * Infinity : NaN;
        if (!Object.is(values[half], value))
          throw new Error(`${half}: ${values[half]} for ${value}`);
      }
    }
  });
});

describe("what the reference says of a file", () => {
  test.each(golden.verdicts.map((item) => [item.label, item] as const))(
    "%s",
    (label, { accepted, file }) =>
      leakFreeAsync(async () => {
        const isStricter = label.startsWith("stricter: ");
        const bytes = decode(file);
        for (const source of [bytes, saved(bytes)]) {
          const opening = openSafetensors(source);
          if (accepted && !isStricter) await (await opening).close();
          else await expect(opening).rejects.toThrow(FormatError);
        }
      })(),
  );

  test("was asked of both kinds, and of those that only nabla refuses", () => {
    const count = (accepted: boolean): number =>
      golden.verdicts.filter((verdict) => verdict.accepted === accepted).length;
    expect(count(false)).toBeGreaterThan(70);
    expect(count(true)).toBeGreaterThan(25);
  });
});

describe("well-formed files with tensors that nabla does not have", () => {
  test.each([
    ["F8_E4M3", "[4]", 4, /the tensor "a" is F8_E4M3, which nabla has no dtype for/],
    ["F32", "[1,1,1,1,1,1,1,1,1]", 4, /the tensor "a" cannot be one of nabla's: .* at most 8/],
    ["F32", "[1099511627776,4096,0]", 0, /the tensor "a" cannot be one of nabla's: .* 2\^45/],
  ])("%s%s", (type, shape, bytes, message) =>
    leakFreeAsync(async () => {
      const header = `{"a":{"dtype":"${type}","shape":${shape},"data_offsets":[0,${bytes}]}}`;
      const file = await openSafetensors(fileOf(header, bytes));
      await expect(file.tensors.get("a")!.read()).rejects.toThrow(message);
      await file.close();
    })(),
  );
});

describe("reading", () => {
  const sized = (): Tensor => tensor(Float32Array.from({ length: 700_001 }, (_, i) => i));

  check("of several tensors at once gives each its own", async () => {
    const a = own(sized());
    const b = own(tensor(Float64Array.from({ length: 300_000 }, (_, i) => -i)));
    const path = join(folder, "several.safetensors");
    await writeSafetensors(path, { a, b });
    const file = await openSafetensors(path);
    const reads = ["a", "b", "a", "b"].map((name) => file.tensors.get(name)!.read());
    const found = await Promise.all(reads);
    await file.close();
    for (const [i, x] of found.entries()) {
      expectSame(own(x), i % 2 === 0 ? a : b);
    }
  });

  check("of a file that was cut off since it was opened says so", async () => {
    const path = join(folder, "cut.safetensors");
    await writeSafetensors(path, { a: own(sized()) });
    const file = await openSafetensors(path);
    truncateSync(path, 2_000_000);
    await expect(file.tensors.get("a")!.read()).rejects.toThrow(
      `${path}: was changed while it was read`,
    );
    await file.close();
  });

  check("of a file that was overwritten since it was opened says so", async () => {
    const path = join(folder, "overwritten.safetensors");
    await writeSafetensors(path, { a: own(sized()) });
    const file = await openSafetensors(path);
    utimesSync(path, 1e9, 1e9);
    await expect(file.tensors.get("a")!.read()).rejects.toThrow("was changed while it was read");
    await file.close();
  });

  check("goes on with the old file where another takes its place", async () => {
    const path = join(folder, "replaced.safetensors");
    const a = own(sized());
    await writeSafetensors(path, { a });
    const file = await openSafetensors(path);
    await writeSafetensors(path, { a: own(zeros([3])) });
    expectSame(own(await file.tensors.get("a")!.read()), a);
    await file.close();
    expect((await read(path)).get("a")!.shape).toEqual([3]);
  });

  check("into Variables checks all before it changes one", async () => {
    const bytes = safetensorsBytes({ a: own(tensor([1, 2])), b: own(tensor([3], [1], "int32")) });
    const { tensors } = await openSafetensors(bytes);
    const a = own(new Variable([0, 0], { name: "kernel" }));
    const b = own(new Variable([0], { name: "bias" }));
    const pairs = [[tensors.get("a")!, a] as const, [tensors.get("b")!, b] as const];
    await expect(readInto(pairs, "the model is being loaded")).rejects.toThrow(
      'expected float32[1] for bias but the file\'s "b" is int32[1]',
    );
    expect(a.array()).toEqual([0, 0]);
    expect(a.version).toBe(0);
    const reading = readInto(pairs.slice(0, 1), "the model is being loaded");
    expect(() => a.array()).toThrow("is in use: the model is being loaded");
    await reading;
    expect(a.array()).toEqual([1, 2]);
    expect(a.version).toBe(1);
  });

  check("refuses what is no file", async () => {
    const wrong: [unknown, string | RegExp][] = [
      [join(folder, "none"), /could not open .*none: there is no such file or folder \(ENOENT\)/],
      [folder, "expected a file but"],
      ["", 'expected a path or a file: URL for file but received ""'],
      [3, "expected a path or a file: URL for file but received 3"],
      ["https://host/a", /received "https:.*fetch it, and pass its bytes/],
      [new URL("https://host/a"), /received the URL https:.*fetch it, and pass its bytes/],
      [new ArrayBuffer(8), "received ArrayBuffer"],
      [new Uint8Array(3), "the given bytes: expected a safetensors file but found 3 bytes"],
    ];
    for (const [source, message] of wrong) {
      await expect(openSafetensors(source as string)).rejects.toThrow(message);
      await expect(readSafetensors(source as string)).rejects.toThrow(message);
    }
    if (process.platform === "win32") return;
    await expect(openSafetensors("/dev/zero")).rejects.toThrow("is a folder or device");
  });
});

describe("sets of files", () => {
  const a = fileOf('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', Buffer.of(1));
  const b = fileOf(
    '{"__metadata__":{"format":"pt"},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},' +
      '"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
    Buffer.of(2, 9),
  );

  /** The path of an index beside the two files. */
  function index(weights: string): string {
    saved(a, "one.safetensors");
    saved(b, "two.safetensors");
    return saved(Buffer.from(weights), "model.safetensors.index.json");
  }

  check("are read as one, the index saying which tensor counts", async () => {
    const map = '{"b":"two.safetensors","a":"one.safetensors"}';
    const path = index(`{"metadata":{"total_size":3,"x":[{}]},"weight_map":${map}}`);
    const found = await read(path);
    expect([...found].map(([name, x]) => [name, x.array()])).toEqual([
      ["b", [2]],
      ["a", [1]],
    ]);
    const open = await openSafetensors(path);
    expect(open.metadata.get("format")).toBe("pt");
    expect(open.bytes).toBe(a.length + b.length);
    await open.close();
  });

  test.each([
    [
      '{"weight_map":{"c":"one.safetensors"}}',
      'says that one.safetensors holds "c", but it does not',
    ],
    [
      '{"weight_map":{"b":"one.safetensors"}}',
      'says that one.safetensors holds "b", but it does not',
    ],
    [
      '{"weight_map":{"b":"two.safetensors","c":"one.safetensors"}}',
      'does not say which file\'s "a" counts',
    ],
    ['{"weight_map":{"a":"one.safetensors","a":"two.safetensors"}}', 'names two files for "a"'],
    ['{"weight_map":{"a":"../one.safetensors"}}', "expected files of its own folder"],
    ['{"weight_map":{"a":"/etc/passwd"}}', "expected files of its own folder"],
    ['{"weight_map":{"a":".."}}', "expected files of its own folder"],
    ['{"weight_map":{"a":""}}', "expected files of its own folder"],
    ['{"weight_map":{"a":"three.safetensors"}}', "there is no such file"],
    ['{"weight_map":{"a":1}}', "expected a string at byte"],
    ['{"weight_map":{},"weight_map":{}}', "has weight_map twice"],
    ["{}", "found no weight_map"],
    ["[]", "expected an object at byte 0 but found"],
    ["", "expected an object at byte 0 but found the end"],
  ])("are refused if they do not fit: %s", (text, message) =>
    leakFreeAsync(async () => {
      const path = index(text);
      await expect(openSafetensors(path)).rejects.toThrow(message);
    })(),
  );
});

describe("writing", () => {
  check("refuses bad arguments", async () => {
    const x = own(tensor([1]));
    const gone = tensor([1]);
    gone.dispose();
    const wrong: [unknown, unknown, string][] = [
      [3, {}, "expected a plain object, a Map or pairs for tensors but received 3"],
      [[x], {}, "expected a plain object, a Map or pairs for tensors but received Array"],
      [{ a: [1] }, {}, 'expected a Tensor for "a" but received Array'],
      [
        [
          ["a", x],
          ["a", x],
        ],
        {},
        'expected "a" only once',
      ],
      [[[1, x]], {}, "expected strings for the tensors' names but received 1"],
      [{ "\ud800": x }, {}, "expected well-formed Unicode for the tensors' names"],
      [{ __metadata__: x }, {}, "expected other names of tensors than __metadata__"],
      [{ a: gone }, {}, "was disposed of"],
      [{ a: x }, { metadata: { a: 1 } }, 'expected strings for metadata\'s "a" but received 1'],
      [{ a: x }, { metadata: { a: "\udc00" } }, "expected well-formed Unicode for metadata's"],
      [{ a: x }, { metadata: "a" }, "expected a plain object, a Map or pairs for metadata"],
      [{ a: x }, { meta: {} }, "expected the option metadata but received meta"],
      [
        { a: x },
        { metadata: { a: "a".repeat(100_000_001) } },
        "a header of at most 100000000 bytes",
      ],
    ];
    const path = join(folder, "refused.safetensors");
    for (const [given, options, message] of wrong) {
      const tensors = given as Record<string, Tensor>;
      expect(() => safetensorsBytes(tensors, options as object)).toThrow(message);
      await expect(writeSafetensors(path, tensors, options as object)).rejects.toThrow(message);
    }
    await expect(openSafetensors(path)).rejects.toThrow("no such file");
  });

  check(
    "takes a Variable that was assigned to before, and refuses one that is meanwhile",
    async () => {
      const path = join(folder, "variable.safetensors");
      const v = own(new Variable(new Float32Array(1_000_000)));
      const one = own(ones([1_000_000]));
      v.assign(one);
      await writeSafetensors(path, { v });
      const old = readFileSync(path);
      const writing = writeSafetensors(path, { v });
      v.assign(one);
      await expect(writing).rejects.toThrow(
        "Variable variable float32[1000000] was assigned to while it was written to a file: await",
      );
      expect(readFileSync(path).equals(old)).toBe(true);
    },
  );

  check("refuses a tensor that is disposed of meanwhile", async () => {
    const x = tensor(new Float32Array(1_000_000));
    const writing = writeSafetensors(join(folder, "disposed.safetensors"), { x });
    x.dispose();
    await expect(writing).rejects.toThrow("was disposed of");
  });
});

describe("large tensors, which are written from and read into where they lie,", () => {
  /** Some small, one as large as a piece, and one of several that are lent. */
  const sizes = { a: 3, b: 1 << 20, c: (1 << 24) + 5, d: 7, e: (1 << 20) - 1 };
  const all = new Uint8Array(sizes.c);
  for (let i = 0; i < all.length; i++) all[i] = i * 37 + (i >> 20);
  const values = (size: number): Uint8Array => all.subarray(0, size);
  const tensors = (): Record<string, Tensor> =>
    Object.fromEntries(
      Object.entries(sizes).map(([name, size]) => [name, own(tensor(values(size)))]),
    );

  async function expectSame(path: string): Promise<void> {
    for (const [name, read] of await readSafetensors(path)) {
      const expected = values(sizes[name as keyof typeof sizes]);
      expect(Buffer.compare(own(read).data() as Uint8Array, expected)).toBe(0);
    }
  }

  afterEach(() => jest.restoreAllMocks());

  check("come back as they were", async () => {
    const path = join(folder, "large.safetensors");
    await writeSafetensors(path, tensors());
    expect(readFileSync(path).equals(safetensorsBytes(tensors()))).toBe(true);
    await expectSame(path);
  });

  check("are copied where the runtime cannot lend memory", async () => {
    const path = join(folder, "copied.safetensors");
    const lend = jest.spyOn(native, "lend").mockReturnValue(null);
    await writeSafetensors(path, tensors());
    await expectSame(path);
    expect(lend).toHaveBeenCalled();
  });

  check("are not kept by what was lent", async () => {
    const given = tensors();
    const lent: ArrayBuffer[] = [];
    const lend = native.lend.bind(native);
    jest.spyOn(native, "lend").mockImplementation((...args) => {
      const piece = lend(...args)!;
      lent.push(piece);
      return piece;
    });
    await writeSafetensors(join(folder, "lent.safetensors"), given);
    expect(lent.length).toBe(3);
    expect(lent.map(({ byteLength }) => byteLength)).toEqual([0, 0, 0]);
  });

  check("are refused if they are assigned to while a piece is written", async () => {
    const path = join(folder, "assigned.safetensors");
    const v = own(new Variable(new Float32Array(1 << 20)));
    const one = own(ones([1 << 20]));
    await writeSafetensors(path, { one });
    const old = readFileSync(path);
    const { open } = fs;
    jest.spyOn(fs, "open").mockImplementation(async (...args: Parameters<typeof open>) => {
      const handle = await open(...args);
      const write = handle.write.bind(handle) as (...rest: unknown[]) => Promise<never>;
      jest.spyOn(handle, "write").mockImplementation((bytes, ...rest: unknown[]) => {
        if ((bytes as unknown as Uint8Array).length === 1 << 22) v.assign(one);
        return write(bytes, ...rest);
      });
      return handle;
    });
    await expect(writeSafetensors(path, { v })).rejects.toThrow("was assigned to while");
    expect(readFileSync(path).equals(old)).toBe(true);
  });
});

test("3,000 files with faults: none crashes, hangs, or takes more memory than its size and 16 MiB", () => {
  const script = resolve(__dirname, "..", "helpers", "fuzz-safetensors.ts");
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    // V8's young generation grows by what passes through it, whatever a reader holds.
    ["--expose-gc", "--max-semi-space-size=1", ...NODE_ARGUMENTS, script, "11", "3000"],
    {
      encoding: "utf8",
      timeout: 280_000,
      env: { ...process.env, MALLOC_MMAP_THRESHOLD_: "131072" },
    },
  );
  if (status !== 0) throw new Error(`the fuzzer ended with ${signal ?? status}:\n${stderr}`);
  const outcome = JSON.parse(stdout) as Record<string, number>;
  expect(outcome.accepted).toBeGreaterThan(300);
  expect(outcome.rejected).toBeGreaterThan(1500);
  expect(outcome.grown).toBeLessThan(16 * 2 ** 20);
  expect(outcome.handles).toBe(0);
}, 300_000);
