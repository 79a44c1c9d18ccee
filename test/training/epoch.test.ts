/** Epochs as the addon offers them: what it refuses, what it does while one runs. */

import { type Tensor, Variable, jit, tensor, zeros } from "../../src";
import { planFor } from "../../src/capture/jit";
import { type EpochRequest, native } from "../../src/addon/native";
import { leakFreeAsync, own } from "../helpers/leak-free";

interface Doubling {
  request: EpochRequest;
  result: Tensor;
  total: Variable;
}

/** Doubles rows of three numbers, four at a time and at last two, and counts the steps. */
function doubling(): Doubling {
  const total = new Variable(0, { dtype: "float64" });
  const one = new Variable(1, { dtype: "float64" });
  const double = own(
    jit((x: Tensor) => {
      total.assignAdd(one);
      return x.mul(2);
    }),
  );
  const planOf = (rows: number): number => planFor(double, own(zeros([rows, 3]))).resources.plan;
  const x = own(
    tensor(
      Float32Array.from({ length: 30 }, (_, i) => i),
      [10, 3],
    ),
  );
  const result = own(zeros([10, 3]));
  const request: EpochRequest = {
    full: planOf(4),
    other: planOf(2),
    inputs: [x.handle],
    offsets: Int32Array.of(0, 4, 6, 10),
    result: result.handle,
    finite: -1,
    progressMilliseconds: 0,
    progressBatches: 0,
  };
  return { request, result, total };
}

type Report = [isEnd: boolean, done: number, error: string | undefined];

/** Runs an epoch to its end; `whenParked` hears of progress. */
function run(
  request: EpochRequest,
  whenParked: (epoch: number, done: number) => void = (epoch) => native.resumeEpoch(epoch),
): Promise<Report> {
  return new Promise((resolve) => {
    const epoch = native.startEpoch(request, (...report) => {
      if (report[0]) resolve(report);
      else whenParked(epoch, report[1]);
    });
  });
}

describe("an epoch", () => {
  test(
    "runs each batch by the plan of its size, and gathers what they return",
    leakFreeAsync(async () => {
      const { request, result, total } = doubling();
      expect(await run(request)).toEqual([true, 3, undefined]);
      expect([...result.data()]).toEqual(Array.from({ length: 30 }, (_, i) => 2 * i));
      expect(total.item()).toBe(3);
    }),
  );

  test(
    "is parked when it tells of progress, and ends there if asked to",
    leakFreeAsync(async () => {
      const { request, total } = doubling();
      const seen: number[] = [];
      const note = (epoch: number, done: number): void => {
        seen.push(done, total.item());
        if (done === 1) native.resumeEpoch(epoch);
        else native.stopEpoch(epoch);
      };
      const report = await run({ ...request, progressBatches: 1 }, note);
      expect(report).toEqual([true, 2, undefined]);
      expect(seen).toEqual([1, 1, 2, 2]);
    }),
  );

  test(
    "ends once the number that it watches is none",
    leakFreeAsync(async () => {
      const { request } = doubling();
      const watched = new Variable(NaN, { dtype: "float64" });
      expect(await run({ ...request, finite: watched.handle })).toEqual([true, 1, undefined]);
    }),
  );

  test(
    "may have no batches",
    leakFreeAsync(async () => {
      const { request } = doubling();
      const nothing = { ...request, offsets: Int32Array.of(4), result: -1 };
      expect(await run(nothing)).toEqual([true, 0, undefined]);
    }),
  );

  test(
    "keeps its plans for itself, and alive when they are released",
    leakFreeAsync(async () => {
      const { request, result } = doubling();
      const running = run(request);
      expect(() => native.runPlan(request.full)).toThrow("in use by an epoch that runs");
      expect(() => native.startEpoch(request, () => undefined)).toThrow("in use by an epoch");
      native.releasePlan(request.full);
      native.releasePlan(request.other);
      native.release(request.inputs[0]);
      expect(await running).toEqual([true, 3, undefined]);
      expect(result.data()[29]).toBe(58);
    }),
  );

  test(
    "is refused with anything that does not fit",
    leakFreeAsync(async () => {
      const { request, total } = doubling();
      const start = (change: object) => () =>
        native.startEpoch({ ...request, ...change }, () => undefined);
      const flat = own(zeros([10]));
      const narrow = own(zeros([10, 2]));
      const small = own(zeros([9, 3]));
      const cases: [object, RegExp][] = [
        [{ full: 1e6 }, /plan was released/],
        [{ full: "0" }, /expected a number for full/],
        [{ other: 1e6 }, /plan was released/],
        [{ other: -1 }, /no plan of the epoch takes a batch of 2 rows/],
        [{ inputs: 1 }, /expected an array for inputs/],
        [{ inputs: ["1"] }, /expected numbers in inputs/],
        [{ inputs: [] }, /as many inputs/],
        [{ inputs: [-1] }, /memory of a tensor of the epoch was released/],
        [{ inputs: [flat.handle] }, /expected rows of float32\[4, 3\] but received float32\[10\]/],
        [{ inputs: [narrow.handle] }, /but received float32\[10, 2\]/],
        [{ inputs: [total.handle] }, /but received float64\[\]/],
        [{ offsets: [0, 4] }, /expected an Int32Array for offsets/],
        [{ offsets: Int32Array.of() }, /offsets that do not decrease/],
        [{ offsets: Int32Array.of(-1, 3) }, /offsets that do not decrease/],
        [{ offsets: Int32Array.of(4, 0) }, /offsets that do not decrease/],
        [{ offsets: Int32Array.of(0, 3) }, /no plan of the epoch takes a batch of 3 rows/],
        [{ offsets: Int32Array.of(8, 12) }, /more rows than its inputs/],
        [{ result: 1e6 }, /memory of a tensor/],
        [{ result: small.handle }, /another size than its batches' outputs/],
        [{ finite: flat.handle }, /one float64 number for finite but received float32\[10\]/],
      ];
      for (const [change, message] of cases) expect(start(change)).toThrow(message);
      const untyped = (...args: unknown[]): number =>
        native.startEpoch(...(args as Parameters<typeof native.startEpoch>));
      expect(() => untyped(request)).toThrow(/an object and a function/);
      const trap = Object.defineProperty({ ...request }, "finite", {
        get: () => {
          native.releasePlan(request.other);
          return -1;
        },
      });
      expect(() => untyped(trap, () => undefined)).toThrow(/plan was released/);
      expect(total.item()).toBe(0);
      native.resumeEpoch(12345);
      native.stopEpoch(12345);
      await Promise.resolve();
    }),
  );
});
