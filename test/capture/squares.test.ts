/** What plans merge of sums of squares, what they must not, and that results stay the same. */

import {
  type Tensor,
  Variable,
  getThreads,
  jit,
  mean,
  randomNormal,
  setThreads,
  square,
  sum,
  tidy,
} from "../../src";

const threads = getThreads();
afterAll(() => setThreads(threads));

type Program = (...given: Tensor[]) => Tensor;

/** The ops of the captured program, whose results are those of the eager one. */
function opsOf(program: Program, given: Tensor[]): string[] {
  const wanted = tidy(() => Array.from(program(...given).data()));
  const captured = jit(program);
  for (const count of [1, 2]) {
    setThreads(count);
    const found = tidy(() => Array.from(captured(...given).data()));
    const apart = found.map((value, i) => Math.abs(value / wanted[i] - 1));
    expect(apart.every((error) => error < 1e-12)).toBe(true);
  }
  return captured.steps(...given).map(({ op }) => op);
}

const draw = (shape: number[]): Tensor => randomNormal(shape, 0, 1, "float64");

test.each([[undefined], [0], [1], [[0, 1]], [[0, 2]], [-1]])("over axes %j", (axis) => {
  for (const shape of [
    [3, 5, 7],
    [2, 3, 1300],
  ]) {
    const x = draw(shape);
    for (const keepDims of [false, true]) {
      expect(opsOf((x) => sum(square(x), axis, keepDims), [x])).toEqual(["sumSquares"]);
      expect(opsOf((x) => mean(square(x), axis, keepDims), [x])).toEqual(["meanSquares"]);
    }
  }
});

test("not where squares are read elsewhere", () => {
  const x = draw([8, 9]);
  const twice: Program = (x) => {
    const squares = square(x);
    return sum(squares).add(squares);
  };
  expect(opsOf(twice, [x])).toContain("square");
});

test("not where a Variable changes before its squares are added up", () => {
  for (const fuse of [true, false]) {
    const weight = new Variable(draw([50]));
    const before = Array.from(weight.data()).reduce((total, w) => total + w * w, 0);
    const step = jit(
      () => {
        const squares = square(weight);
        weight.assign(weight.mul(0));
        return sum(squares);
      },
      { fuse },
    );
    expect(tidy(() => step().item())).toBeCloseTo(before, 10);
  }
});
