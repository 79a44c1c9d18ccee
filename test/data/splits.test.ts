import { kFold, trainTestSplit, zeros } from "../../src";

const labels = Array.from({ length: 103 }, (_, i) => (i % 10 === 0 ? "rare" : "common"));
const rare = (rows: number[]): number => rows.filter((row) => labels[row] === "rare").length;
const sorted = (rows: number[]): number[] => [...rows].sort((a, b) => a - b);
const all = sorted(labels.map((_, i) => i));

test("trainTestSplit divides the rows, by share or number", () => {
  const { train, test: held } = trainTestSplit(103, { testSize: 0.2, seed: 3 });
  expect(held).toHaveLength(21); // as scikit-learn: rounded up
  expect(sorted([...train, ...held])).toEqual(all);
  expect(held).not.toEqual(sorted(held));
  expect(trainTestSplit(103, { testSize: 0.2, seed: 3 })).toEqual({ train, test: held });
  expect(trainTestSplit(103, { testSize: 0.2, seed: 4 }).test).not.toEqual(held);
  expect(trainTestSplit(5, { testSize: 2, shuffle: false })).toEqual({
    train: [0, 1, 2],
    test: [3, 4],
  });
});

test("trainTestSplit keeps the shares of classes", () => {
  const { train, test: held } = trainTestSplit(103, { testSize: 30, stratify: labels, seed: 1 });
  expect([held.length, rare(held), rare(train)]).toEqual([30, 3, 8]);
});

test("kFold tests with every row once", () => {
  const folds = kFold(103, 5, { seed: 2 });
  expect(folds.map((fold) => fold.test.length)).toEqual([21, 21, 21, 20, 20]);
  expect(sorted(folds.flatMap((fold) => fold.test))).toEqual(all);
  for (const fold of folds) expect(sorted([...fold.train, ...fold.test])).toEqual(all);
  expect(kFold(4, 2, { shuffle: false })[0]).toEqual({ train: [2, 3], test: [0, 1] });
});

test("kFold keeps the shares of classes", () => {
  const folds = kFold(103, 5, { stratify: labels, seed: 2 });
  expect(sorted(folds.flatMap((fold) => fold.test))).toEqual(all);
  for (const { test: held } of folds) {
    expect([2, 3]).toContain(rare(held));
    expect([20, 21]).toContain(held.length);
  }
});

test("classes may stand in a column; tensors and one-hot labels are refused", () => {
  const column = labels.map((label) => [label]);
  const options = { seed: 2 } as const;
  expect(kFold(103, 5, { ...options, stratify: column })).toEqual(
    kFold(103, 5, { ...options, stratify: labels }),
  );
  const hot = labels.map((label) => [label, label]);
  expect(() => kFold(103, 5, { stratify: hot })).toThrow("labels.argMax(-1).array()");
  const given = zeros([103]) as unknown as number[];
  expect(() => kFold(103, 5, { stratify: given })).toThrow("received float32[103]; labels.array()");
});

test("splits refuse what they cannot divide", () => {
  expect(() => trainTestSplit(10, { testSize: 10 })).toThrow("a number of rows below 10");
  expect(() => trainTestSplit(10, { testSize: 1.5 })).toThrow("a share in (0, 1)");
  expect(() => trainTestSplit(10, { stratify: [1, 2] })).toThrow("classes of 10 rows");
  const rows = [[1], [2]] as unknown as number;
  expect(() => trainTestSplit(rows)).toThrow("received an Array: give rows.length");
  expect(() => kFold(rows, 2)).toThrow("received an Array: give rows.length");
  expect(() => kFold(3, 4)).toThrow("at least 4 for count of kFold");
  expect(() => kFold(3, 1)).toThrow("at least 2 for folds of kFold");
});
