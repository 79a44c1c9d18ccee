/**
 * The walk of CONTRIBUTING.md, "Add an op", in a scratch copy: an element-wise op, and one with a kernel, a
 * type rule and a gradient of its own, each by edits of four files. Their samples and a program that uses
 * them must pass there.
 */

import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildScratchAddon } from "../helpers/scratch-addon";
import { type Edit, ROOT, applyEdit, scratchCopy } from "../helpers/scratch-copy";

const COPIED = [
  ...[
    "package.json",
    "tsconfig.json",
    "jest.config.js",
    "CMakeLists.txt",
    "cmake",
    "native",
    "src",
  ],
  ...["scripts/write-op-table.ts", "test/helpers", "test/samples", "test/ops/ops.test.ts"],
  ...["test/repo/public-names.txt", "test/repo/public-names.test.ts"],
];

/** y = x^3. Its row stands first of its family. */
const CUBE: Edit[] = [
  [
    "native/kernels/elementwise.cpp",
    `    unary("neg",`,
    `    unary("cube", "y = x^3", NABLA_OF_X(x* x* x)),\n`,
  ],
  [
    "src/ops/functions.ts",
    "/** The nearest integer;",
    `/** x^3 */
export function cube(x: TensorLike): Tensor {
  return run("cube", [operand(x, "cube", "x")]);
}

`,
  ],
  [
    "src/ops/functions.ts",
    "  round: { vjp:",
    "  cube: { vjp: (dy, [x]) => [mul(dy, mul(square(x), 3))] },\n",
  ],
  ["test/samples/elementwise.ts", "  sign: { f:", "  cube: { f: (x) => x ** 3 },\n"],
  ["test/repo/public-names.txt", "", "cube\n"],
];

/** y[k] = x[k] + rate y[k - 1] along the last axis. Its row stands last of its family. */
const DECAYING_SUM: Edit[] = [
  [
    "native/kernels/cumulative.cpp",
    "// ---- rules\n",
    `void decayingSum(const Operands& operands, Part part) {
  const View& y = operands.output();
  const std::int64_t n = y.lastDim();
  const std::int64_t first = y.rank < 2 ? 0 : elementsOf(y, part).begin;
  const std::int64_t last = y.rank < 2 ? (part.index == part.count - 1 ? n : 0) : elementsOf(y, part).end;
  withFloat(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T rate = static_cast<T>(operands.number(0));
    const T* const x = operands.input(0).as<T>();
    for (std::int64_t i = first; i < last; i++) {
      y.as<T>()[i] = i % n == 0 ? x[i] : x[i] + rate * y.as<T>()[i - 1];
    }
  });
}

`,
  ],
  [
    "native/kernels/cumulative.cpp",
    "// ---- access: slices of the leading axis",
    `void decayingSumRule(TypeQuery& query) {
  query.expectFloat(0);
  const double rate = query.number(0);
  if (rate < 0 || rate > 1) query.fail(ErrorKind::Range, "expected a rate in [0, 1] but received {=0}");
  if (query.input(0).rank == 0) query.fail(ErrorKind::Range, "expected an axis but received {0}");
  query.output() = query.input(0);
}

std::int64_t slicesOfDecayingSum(const Operands& operands) {
  return operands.output().rank < 2 ? 1 : operands.output().dims[0];
}

`,
  ],
  [
    "native/kernels/cumulative.cpp",
    "};\n\n}  // namespace\n\nNABLA_FAMILY(cumulatives",
    `    OpRow("decayingSum", "y[k] = x[k] + rate y[k - 1] along the last axis")
        .reads("x", Access::Rows)
        .gives("y", Access::Rows)
        .number("rate")
        .slices(slicesOfDecayingSum)
        .inPlace()
        .rule(decayingSumRule)
        .kernel(decayingSum),
`,
  ],
  [
    "src/ops/cumulative.ts",
    "/** y[k] = x[k + 1] along an axis",
    `/** x[k] + rate y[k - 1] along the last axis. */
export function decayingSum(x: TensorLike, rate: number): Tensor {
  return run("decayingSum", [operand(x, "decayingSum", "x")], { rate });
}

`,
  ],
  [
    "src/ops/cumulative.ts",
    "  prod: {\n",
    `  decayingSum: {
    vjp: (dy, _x, _y, { rate }) => [reverse(decayingSum(reverse(dy, -1), rate), -1)],
  },
`,
  ],
  [
    "src/ops/cumulative.ts",
    'import { pad, reshape, slice } from "./shape";',
    'import { reverse } from "./striding";\n',
  ],
  [
    "test/samples/cumulative.ts",
    "  ...longProducts,\n",
    `  ...[[5], [3, 4], [2, 3, 4], [2, 0]].map((shape) =>
    sample({
      op: "decayingSum",
      inputs: [input("float", shape, spread(shape, -2, 2))],
      run: (x) => x.decayingSum(0.5),
      reference: (x) =>
        mapAlong(x, shape.length - 1, (row) => running(row, 0, (y, value) => value + y / 2, false, false)),
    }),
  ),
`,
  ],
  ["test/repo/public-names.txt", "", "decayingSum\n"],
];

/** What a program makes of them: captured, on two threads, and in place, in the memory of one array. */
const PROGRAM = `
import { getThreads, jit, setThreads, tensor, tidy, type Tensor } from "../../src";
import { native } from "../../src/addon/native";

const f = (x: Tensor): Tensor => x.add(1).cube().decayingSum(0.5).cube().decayingSum(0.25).mul(2);

test.each([1, 2])("added ops on %d threads", (threads) => {
  const before = getThreads();
  setThreads(threads);
  native.setWorthAPart(0);
  const x = tensor(Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i)), [20, 50]);
  const eager = tidy(() => f(x).data());
  const run = jit(f);
  for (let call = 0; call < 2; call++) expect(run(x).data()).toEqual(eager);
  const [, bytes] = /arena: (\\d+) bytes/.exec(run.plan(x)) ?? [];
  expect(Number(bytes)).toBeLessThanOrEqual(4032);
  const expected = [...x.data()].map((v) => (v + 1) ** 3);
  expect(tidy(() => x.add(1).cube().data())[7]).toBeCloseTo(expected[7], 4);
  expect(() => x.decayingSum(2)).toThrow("decayingSum: expected a rate in [0, 1] but received 2");
  setThreads(before);
});
`;

let scratch = "";

beforeAll(() => {
  scratch = scratchCopy("added-ops", COPIED);
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs a tool of node_modules in the scratch copy; throws with what it says if it fails. */
function run(...args: string[]): void {
  try {
    execFileSync(process.execPath, args, { cwd: scratch, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(stdout + stderr, { cause: error });
  }
}

test("two ops are added by edits of four files each", () => {
  for (const edits of [CUBE, DECAYING_SUM]) {
    edits.forEach((edit) => applyEdit(scratch, edit));
    expect(new Set(edits.map(([file]) => file)).size).toBeLessThanOrEqual(4);
  }
  buildScratchAddon(ROOT, scratch, ["elementwise.cpp", "cumulative.cpp"]);
  run("node_modules/ts-node/dist/bin.js", "scripts/write-op-table.ts");
  // Every op has a record, and every function its types, as a method too.
  run("node_modules/typescript/bin/tsc", "--noEmit");
  writeFileSync(join(scratch, "test", "ops", "added.test.ts"), PROGRAM);
  run(
    ...["node_modules/jest/bin/jest.js", "--runInBand", "--rootDir", scratch, "-t"],
    "cube|decayingSum|that the types were written from|added ops|public names",
  );
}, 600_000);
