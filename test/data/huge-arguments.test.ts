/** Numbers far too large, wherever one says how much there is: an error that names it, or no cost. */

import {
  Dataset,
  Dense,
  RestrictedBoltzmannMachine,
  Sequential,
  type Tensor,
  eye,
  linspace,
  numericalGradient,
  oneHot,
  range,
  scatterAdd,
  setThreads,
  split,
  syntheticDigits,
  tile,
  unstack,
  zeros,
} from "../../src";
import { fromIterable } from "../../src/data/iterables";
import * as stream from "../../src/data/stream";
import { own } from "../helpers/leak-free";

const rows = (count: number): Dataset<Tensor> => Dataset.fromTensorSlices(own(zeros([count, 1])));
function first(dataset: Dataset<Tensor>): Tensor | undefined {
  for (const element of dataset) return element.clone();
  return undefined;
}

const machine = (): RestrictedBoltzmannMachine => new RestrictedBoltzmannMachine(4, 3);

const REFUSED: readonly [string, () => unknown, RegExp][] = [
  ["shuffle of rows without end", () => rows(60).repeat().shuffle(1e9), /bufferSize of shuffle/],
  ["shuffle of many rounds", () => rows(60).repeat(1e9).shuffle(1e9), /bufferSize of shuffle/],
  ["shuffle of a map", () => rows(6).map((x) => x).repeat().shuffle(1e9), /bufferSize of shuffle/], // prettier-ignore
  ["shuffle of large batches", () => rows(6).repeat().batch(1e6).shuffle(1e6), /at most 16 for buf/], // prettier-ignore
  ["batch of many rounds", () => rows(60).repeat(1e9).batch(1e9), /size of batch/],
  ["batches of batches", () => rows(60).repeat().batch(1).batch(1e9), /size of batch/],
  ["batchIndices", () => rows(60).repeat(1e9).batch(32).batchIndices(), /batchIndices/],
  ["toArray of many rounds", () => rows(60).repeat(1e9).toArray(), /toArray.*use take\(\)/],
  [
    "a generator without end",
    () =>
      Dataset.fromGenerator(() => [1])
        .repeat()
        .toArray(),
    /toArray/,
  ],
  [
    "its shuffle",
    () =>
      Dataset.fromGenerator(() => [1])
        .repeat()
        .shuffle(1e9),
    /bufferSize/,
  ],
  ["syntheticDigits", () => syntheticDigits({ samples: 2 ** 31 }), /at most 5478274 for samples/],
  ["array", () => own(zeros([2e8], "uint8")).array(), /use data\(\)/],
  ["unstack", () => unstack(own(zeros([2e7], "uint8"))), /at most 1048576 parts/],
  ["split", () => split(own(zeros([2e7], "uint8")), 1e7), /at most 1048576 parts/],
  ["oneHot", () => oneHot([1], 1e300), /oneHot/],
  ["scatterAdd", () => scatterAdd([[1]], [0], 1e300), /scatterAdd/],
  ["tile", () => tile([1], [1e300]), /tile|shape/],
  ["range", () => range(1e12), /range: expected at most/],
  ["linspace", () => linspace(0, 1, 1e12), /linspace: expected at most/],
  ["eye", () => eye(1e9), /eye: expected at most/],
  ["zeros", () => zeros([1e300]), /at most 2\^45 elements/],
  ["setThreads", () => setThreads(1e9), /from 1 to 64 for threads/],
  ["Dense", () => new Dense(2 ** 44).build([null, 2]), /out of memory/],
  ["a machine", () => new RestrictedBoltzmannMachine(1e9, 1e9), /elements|out of memory/],
  ["contrastiveGradient", () => machine().contrastiveGradient(zeros([1, 4]), { steps: 1e9 }), /at most 10000 for steps/], // prettier-ignore
];

test.each(REFUSED)("%s: refused", (_, call, message) => {
  expect(call).toThrow(message);
});

describe("datasets", () => {
  test("a bound above what there is costs nothing", () => {
    const dataset = rows(6).shuffle(Number.MAX_SAFE_INTEGER).batch(Number.MAX_SAFE_INTEGER);
    expect(first(dataset)?.shape).toEqual([6, 1]);
    const made = Dataset.fromGenerator(() => [1, 2]).shuffle(1e12).batch(1e12); // prettier-ignore
    expect(first(made)?.shape).toEqual([2]);
  });

  test("rounds without end have the length Infinity, of a generator too", () => {
    const generated = Dataset.fromGenerator(() => [1, 2]);
    expect(generated.repeat().length).toBe(Infinity);
    expect(generated.repeat().take(3)).toHaveLength(3);
    expect(generated.repeat(2).length).toBeNaN();
    expect(generated.repeat(0)).toHaveLength(0);
  });

  test("a source of unknown length that yields more than can be held is stopped", () => {
    let made = 0;
    const heavy = {
      ...fromIterable(
        function* () {
          for (;;) yield made++;
        },
        (item) => item as number,
        () => made--,
      ),
      weight: 2 ** 20,
    };
    const shuffled = stream.shuffle(heavy, 1e9, { seed: 1 }, true).open(0);
    expect(() => shuffled.next()).toThrow(/expected at most 16 for bufferSize of shuffle/);
    shuffled.close();
    const grouped = stream.group(heavy, 1e9, false).open(0);
    expect(() => grouped.next()).toThrow(/expected at most 16 for size of batch/);
    grouped.close();
    expect(stream.group(heavy, 16, false).open(0).next()).toHaveLength(16);
  });

  test("what is skipped is not drawn", () => {
    const value = (dataset: Dataset<Tensor>): number => {
      const element = first(dataset);
      return element!.data()[0];
    };
    const x = Dataset.fromTensorSlices(own(range(60)));
    expect(value(x.repeat().skip(6e14 + 7))).toBe(7);
    expect(value(x.repeat().batch(7).skip(6e13))).toBe(0);
    expect(value(x.repeat(1e9).skip(6e10 - 1))).toBe(59);
    expect(x.repeat(1e9).skip(6e10)).toHaveLength(0);
    expect(first(x.repeat(1e9).skip(6e10))).toBeUndefined();
    const shuffled = (seed: number): Dataset<Tensor> => x.shuffle(20, { seed }).repeat(8);
    const tail = shuffled(3).toArray().slice(123).map((y) => y.item()); // prettier-ignore
    expect(shuffled(3).skip(123).toArray().map((y) => y.item())).toEqual(tail); // prettier-ignore
  });
});

describe("training", () => {
  test("batches larger than the data are the data", async () => {
    const model = new Sequential([new Dense(2)]);
    model.compile({ optimizer: "sgd", loss: "mse" });
    const [x, y] = [own(zeros([9, 3])), own(zeros([9, 2]))];
    const batchSize = Number.MAX_SAFE_INTEGER;
    await model.fit(x, y, { batchSize, verbose: 0 });
    expect((await model.evaluate(x, y, { batchSize })).loss).toBe(0);
    expect((await model.predict(x, { batchSize })).shape).toEqual([9, 2]);
    const endlessSet = Dataset.fromGenerator(() => [[x.clone(), y.clone()]] as const).repeat();
    await expect(model.fit(endlessSet as never, { verbose: 0 })).rejects.toThrow(/use take\(\)/);
  });

  test("epochs of a machine cost nothing before they come", async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const fit = machine().fit(zeros([4, 4]), {
      epochs: Number.MAX_SAFE_INTEGER,
      batchSize: Number.MAX_SAFE_INTEGER,
      learningRate: (epoch) => seen.push(epoch),
      momentum: 0.5,
      signal: controller.signal,
      onEpochEnd: ({ epoch }) => {
        if (epoch === 3) controller.abort(new Error("enough"));
      },
    });
    await expect(fit).rejects.toThrow("enough");
    expect(seen.length).toBeLessThan(20_000);
    await expect(machine().fit(zeros([4, 4]), { steps: 1e9 })).rejects.toThrow(/for steps/);
    const chains = machine().fit(zeros([4, 4]), { persistent: true, chains: 1e300 });
    await expect(chains).rejects.toThrow(/chains|elements/);
  });
});

test("differences at a few elements of a large tensor", () => {
  const x = own(zeros([3e6], "float64"));
  const found = numericalGradient((v: Tensor) => v.slice(0, 10).sum(), x, { samples: 2, seed: 1 });
  expect(found.data().filter((value) => !Number.isNaN(value))).toHaveLength(2);
  found.dispose();
});
