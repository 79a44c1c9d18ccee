/** Datasets of records and of what takes time, and how they are chosen, zipped and read ahead. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  Dataset,
  Dense,
  Sequential,
  type Tensor,
  csvRecords,
  jsonLinesRecords,
  tensor,
} from "../../src";
import { leakFree, leakFreeAsync, own } from "../helpers/leak-free";

const silent = { verbose: 0 } as const;

/** 0, 1, ..., count - 1, each after a turn of the event loop. */
async function* slowly(count: number): AsyncGenerator<number, void> {
  for (let i = 0; i < count; i++) {
    await sleep(0);
    yield i;
  }
}

const numbers = (count: number): Dataset<Tensor> => Dataset.fromGenerator(() => slowly(count));

/** Rows of a tensor that the test frees. */
function slices(values: number[] | number[][]): Dataset<Tensor> {
  return Dataset.fromTensorSlices(own(tensor(values)));
}

/** Values of all elements, which are freed. */
async function valuesOf(dataset: Dataset<Tensor>): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const element of dataset) values.push(element.array());
  return values;
}

describe("elements that are waited for", () => {
  test(
    "take, skip, shuffle, repeat, batch and map work as of any other source",
    leakFreeAsync(async () => {
      const now = Dataset.fromGenerator(function* () {
        for (let i = 0; i < 7; i++) yield i;
      });
      const chains: ((dataset: Dataset<Tensor>) => Dataset<Tensor>)[] = [
        (d) => d.skip(1).take(3),
        (d) => d.shuffle(4, { seed: 1 }).repeat(2),
        (d) => d.repeat(2).skip(9).batch(2),
        (d) => d.shuffle(3, { seed: 2 }).skip(2).batch(2, { dropRemainder: true }),
        (d) => d.map((x) => x.mul(2)).batch(3).take(2),
        (d) => d.filter((x) => x.item() % 2 === 0).skip(1).repeat(2),
        (d) => d.prefetch(2).batch(2).prefetch(1).skip(1),
      ]; // prettier-ignore
      for (const chain of chains) {
        const [waiting, ready] = [chain(numbers(7)), chain(now)];
        for (let epoch = 0; epoch < 2; epoch++) {
          expect(await valuesOf(waiting)).toEqual(await valuesOf(ready));
        }
      }
    }),
  );

  test("for...of and toArray name what waits", async () => {
    expect(() => [...numbers(2)]).toThrow("use for await");
    expect(() => numbers(2).toArray()).toThrow("use await toArrayAsync()");
    const [zero, one] = await numbers(2).toArrayAsync();
    expect([zero.item(), one.item()]).toEqual([0, 1]);
  });

  test(
    "leaving early ends the generator, and frees what was read ahead",
    leakFreeAsync(async () => {
      let ended = false;
      const dataset = Dataset.fromGenerator(async function* () {
        try {
          for (let i = 0; i < 100; i++) {
            await sleep(0);
            yield tensor([i]);
          }
        } finally {
          ended = true;
        }
      });
      for await (const x of dataset.shuffle(3).prefetch(2)) {
        await sleep(10);
        expect(x.shape).toEqual([1]);
        break;
      }
      await sleep(10);
      expect(ended).toBe(true);
    }),
  );

  test("an error comes in its turn, also from ahead", async () => {
    const faulty = Dataset.fromGenerator(async function* () {
      yield 1;
      await sleep(0);
      throw new Error("no more");
    });
    const seen: number[] = [];
    const loop = async (): Promise<void> => {
      for await (const x of faulty.prefetch(4)) {
        await sleep(5);
        seen.push(x.item());
      }
    };
    await expect(loop()).rejects.toThrow("no more");
    expect(seen).toEqual([1]);
  });
});

describe("mapAsync", () => {
  test(
    "makes several at once and keeps their order",
    leakFreeAsync(async () => {
      let [running, most] = [0, 0];
      const slow = async (x: Tensor): Promise<number[]> => {
        most = Math.max(most, ++running);
        const value = x.item();
        await sleep(10 - value);
        running--;
        return [value, 2 * value];
      };
      for (const source of [numbers(9), slices([0, 1, 2, 3, 4, 5, 6, 7, 8])]) {
        const made = source.mapAsync(slow, { numParallelCalls: 3 });
        expect(await valuesOf(made.skip(1).take(3))).toEqual([[1, 2], [2, 4], [3, 6]]); // prettier-ignore
        await sleep(20); // for those that were begun
        expect((await valuesOf(made.batch(4))).at(-1)).toEqual([[8, 16]]);
      }
      expect(most).toBe(3);
    }),
  );

  test(
    "may give its argument back, and names the element of an error",
    leakFreeAsync(async () => {
      const pairs = numbers(2).mapAsync((x) => Promise.resolve([x, 5] as const));
      for await (const [x, five] of pairs) expect(five.item() - x.item()).toBeGreaterThan(3);
      const failing = numbers(9)
        .skip(2)
        .mapAsync(async (x) => {
          await sleep(1);
          if (x.item() === 4) throw new TypeError("four");
          return x.item();
        });
      await expect(valuesOf(failing)).rejects.toThrow("mapAsync: element 2: four");
      await sleep(20); // for those that were begun
    }),
  );
});

test(
  "filter chooses, by booleans and by tensors",
  leakFree(() => {
    const six = slices([0, 1, 2, 3, 4, 5]);
    const odd = six.filter((x) => x.mod(2));
    expect([...odd].length).toBe(3);
    expect(odd.length).toBeNaN();
    const chosen = six.shuffle(6, { seed: 3 }).filter((x) => x.item() > 3);
    expect(chosen.batch(2).toArray().map((x) => own(x).shape)).toEqual([[2]]); // prettier-ignore
    expect(() => [...six.filter(() => 1 as never)]).toThrow("filter: expected a boolean");
  }),
);

test(
  "zip takes elements side by side, until one has no more",
  leakFreeAsync(async () => {
    const both = Dataset.zip({
      x: slices([1, 2, 3]),
      y: [numbers(9), slices([[4, 5], [6, 7]])],
    }); // prettier-ignore
    const found: unknown[] = [];
    for await (const { x, y } of both) found.push([x.item(), y[0].item(), y[1].array()]);
    expect(found).toEqual([[1, 0, [4, 5]], [2, 1, [6, 7]]]); // prettier-ignore
    const halves = [slices([1, 2, 3]).batch(2), numbers(5).batch(2)] as const;
    expect(Dataset.zip(halves).isBatched).toBe(true);
    expect(Dataset.zip([slices([1, 2])])).toHaveLength(2);
    expect(Dataset.zip(halves).skip(2).length).toBeNaN();
    expect(() => Dataset.zip(halves[0])).toThrow("zip([a, b])");
    expect(() => Dataset.zip([halves[0], 5] as never)).toThrow("but received 5 at [1]");
  }),
);

test("arguments are checked", () => {
  const six = numbers(6);
  expect(() => six.prefetch(-1)).toThrow("count of prefetch");
  expect(() => six.group(0)).toThrow("size of group");
  expect(() => six.mapAsync((x) => x, { numParallelCalls: 0 })).toThrow(
    "numParallelCalls of mapAsync",
  );
  expect(() => six.mapAsync((x) => x, { calls: 1 } as never)).toThrow("numParallelCalls");
  expect(() => six.filter(5 as never)).toThrow("filter: expected a function for predicate");
  expect(() => Dataset.fromRecords([{ a: 1 }] as never)).toThrow("() => csvRecords(path)");
});

describe("records", () => {
  let path: string;
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "nabla-waiting-"));
    path = join(directory, "points.csv");
    const rows = Array.from({ length: 40 }, (_, i) =>
      i % 5 === 0 ? `${i},,"c, ${i}"` : `${i},${2 * i + 1},c`,
    );
    writeFileSync(path, `x,y,note\n${rows.join("\n")}\n`);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const points = () => Dataset.fromRecords(() => csvRecords(path)).filter((row) => row.y !== null);

  test("a file trains, validates and predicts, element by element and in groups", async () => {
    const scaled = (value: unknown): number => Number(value) / 40;
    const single = points()
      .shuffle(100, { seed: 1 })
      .map((row) => ({ x: [scaled(row.x)], y: [scaled(row.y)] }))
      .batch(8)
      .prefetch(2);
    const grouped = points()
      .shuffle(100, { seed: 1 })
      .group(8)
      .map((rows) => ({ x: rows.map(({ x }) => [scaled(x)]), y: rows.map(({ y }) => [scaled(y)]) })); // prettier-ignore
    const losses: number[][] = [];
    for (const train of [single, grouped]) {
      const layer = new Dense(1, { kernelInitializer: "ones" });
      const model = new Sequential([layer]).compile({ optimizer: "sgd", loss: "mse" });
      const { history } = await model.fit(train, { ...silent, epochs: 3, validationData: train });
      losses.push([...history.loss, ...history.val_loss]);
      expect((await model.evaluate(train)).loss).toBeCloseTo(history.val_loss[2], 6);
      expect((await model.predict(train)).shape).toEqual([32, 1]);
      const steps = { ...silent, epochs: 2, stepsPerEpoch: 3 };
      expect((await model.fit(train, steps)).history.loss).toHaveLength(2);
    }
    expect(losses[0]).toEqual(losses[1]);
    expect(losses[0][2]).toBeLessThan(losses[0][0]);
  });

  test("JSON lines, too; batch tells what records need", async () => {
    const file = join(directory, "points.jsonl");
    writeFileSync(file, '{"a": [1, 2], "b": "x"}\n{"a": [3, 4], "b": null}\n');
    const lines = Dataset.fromRecords(() => jsonLinesRecords(file));
    const found = lines.filter(({ b }) => b === "x").map(({ a }) => a as number[]);
    expect(await valuesOf(found)).toEqual([[1, 2]]);
    await expect(lines.batch(2).toArrayAsync()).rejects.toThrow(
      /received 1 at \.a\[0\]; make tensors .* map/,
    );
    await expect(Dataset.fromRecords(() => [undefined]).toArrayAsync()).rejects.toThrow(
      "yielded undefined",
    );
  });

  test("a run that was saved goes on in the file, to the bit", async () => {
    const build = () => new Sequential([new Dense(1, { kernelInitializer: "ones" })]);
    const data = () =>
      points().shuffle(9, { seed: 4 }).map((row) => ({ x: [row.x as number], y: [row.y as number] })).batch(4); // prettier-ignore
    const whole = build().compile({ optimizer: "adam", loss: "mse" });
    const { history } = await whole.fit(data(), { ...silent, epochs: 3 });
    const file = join(directory, "checkpoint.safetensors");
    const first = build().compile({ optimizer: "adam", loss: "mse" });
    const onBatchEnd = async (batch: number): Promise<void> => {
      if (batch === 3) await first.saveCheckpoint(file);
      first.stopTraining = batch === 3;
    };
    await first.fit(data(), { ...silent, epochs: 3, callbacks: { onBatchEnd } });
    const second = build().compile({ optimizer: "adam", loss: "mse" });
    await second.fit([[1]], [[1]], silent);
    const resumed = await second.fit(data(), { ...silent, epochs: 3, resumeFrom: file });
    expect(resumed.history.loss).toEqual(history.loss);
  });

  test("an abort ends a wait", async () => {
    const never = Dataset.fromGenerator(async function* () {
      yield { xs: [[1]], ys: [[1]] };
      await new Promise(() => undefined);
    });
    const model = new Sequential([new Dense(1)]).compile({ optimizer: "sgd", loss: "mse" });
    for (const run of ["fit", "evaluate", "predict"] as const) {
      const signal = AbortSignal.timeout(50);
      const options = run === "fit" ? { ...silent, signal } : { signal };
      const method = model[run].bind(model) as (data: unknown, options: object) => Promise<unknown>;
      await expect(method(never, options)).rejects.toThrow("aborted due to timeout");
    }
  });
});
