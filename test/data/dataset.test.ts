import type { BatchIndices } from "../../src/data/batch-draw";
import { Dataset } from "../../src/data/dataset";
import { memory, tidy } from "../../src/tensor/memory";
import { jit } from "../../src/capture/jit";
import { setSeed } from "../../src/ops";
import { GradientTape } from "../../src/autograd/tape";
import { Tensor, tensor } from "../../src/tensor/tensor";
import { Variable } from "../../src/tensor/variable";

const upTo = (length: number): number[] => Array.from({ length }, (_, i) => i);
const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);

// The library's random state is made at its first use.
beforeAll(() => setSeed(0));

/** No case may leave more native buffers than it found; garbage of others may go. */
let owned: Tensor[];
let buffers: number;
beforeEach(() => {
  owned = [];
  buffers = memory().buffers;
});
afterEach(() => {
  owned.forEach((x) => x.dispose());
  expect(memory().buffers).toBeLessThanOrEqual(buffers);
});

/** A tensor that is disposed of after the case. */
function own<T extends Tensor>(x: T): T {
  owned.push(x);
  return x;
}

/** The scalars 0, 1, ..., length - 1. */
function numbers(length: number): Dataset<Tensor> {
  return Dataset.fromTensorSlices(own(tensor(Int32Array.from(upTo(length)))));
}

/** What an iteration yields, as numbers. */
function valuesOf(dataset: Dataset<Tensor>, limit = Infinity): number[] {
  const values: number[] = [];
  for (const element of dataset) {
    values.push(...element.data());
    if (values.length >= limit) break;
  }
  return values;
}

describe("fromTensorSlices", () => {
  test("rows of a tensor, without the leading axis", () => {
    const dataset = Dataset.fromTensorSlices(own(tensor([[1, 2], [3, 4], [5, 6]]))); // prettier-ignore
    expect(dataset).toHaveLength(3);
    const seen = [...dataset.map((row) => row)].length;
    expect(seen).toBe(3);
    const rows: unknown[] = [];
    for (const row of dataset) rows.push([row.dtype, row.shape, row.array()]);
    expect(rows).toEqual([
      ["float32", [2], [1, 2]],
      ["float32", [2], [3, 4]],
      ["float32", [2], [5, 6]],
    ]);
  });

  test("several tensors in an array; dtypes stay", () => {
    const x = own(tensor(Uint8Array.of(1, 2, 3, 4), [2, 2]));
    const y = own(tensor(Float64Array.of(0.5, 1.5)));
    const rows: unknown[] = [];
    for (const [a, b] of Dataset.fromTensorSlices([x, y])) {
      rows.push([a.dtype, a.array(), b.dtype, b.shape, b.item()]);
    }
    expect(rows).toEqual([
      ["uint8", [1, 2], "float64", [], 0.5],
      ["uint8", [3, 4], "float64", [], 1.5],
    ]);
  });

  test("objects and deeper nests", () => {
    const [a, b, c] = [1, 2, 3].map((k) => own(tensor([10 * k, 10 * k + 1])));
    const dataset = Dataset.fromTensorSlices({ x: [a, b], target: { c } });
    const rows: number[][] = [];
    for (const { x, target } of dataset) {
      rows.push([x[0].item(), x[1].item(), target.c.item()]);
    }
    expect(rows).toEqual([
      [10, 20, 30],
      [11, 21, 31],
    ]);
  });

  test("typed arrays and nested arrays in place of tensors", () => {
    const dataset = Dataset.fromTensorSlices([
      Uint8Array.of(7, 8),
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    const rows: unknown[] = [];
    for (const [label, x] of dataset) rows.push([label.dtype, label.item(), x.dtype, x.array()]);
    expect(rows).toEqual([
      ["uint8", 7, "float32", [1, 2]],
      ["uint8", 8, "float32", [3, 4]],
    ]);
    dataset.source!.forEach(own);
  });

  test("nested arrays of numbers alone are one tensor", () => {
    const dataset = Dataset.fromTensorSlices([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    own(dataset.source!);
    expect(dataset.source!.shape).toEqual([2, 3]);
    expect(dataset.toArray().map((row) => own(row).array())).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  test("arrays are copied: later changes do not show", () => {
    const array = Int32Array.of(1, 2);
    const dataset = Dataset.fromTensorSlices(array);
    own(dataset.source!);
    array.fill(9);
    expect(valuesOf(dataset)).toEqual([1, 2]);
  });

  test("tensors are shared, Variables are copied", () => {
    const x = own(tensor([1, 2]));
    const before = memory().buffers;
    expect(Dataset.fromTensorSlices([x]).source![0]).toBe(x);
    expect(memory().buffers).toBe(before);

    const variable = own(new Variable([1, 2]));
    const dataset = Dataset.fromTensorSlices(variable);
    own(dataset.source!);
    tidy(() => variable.assign([3, 4]));
    expect(valuesOf(dataset)).toEqual([1, 2]);
  });

  test("numbers of rows that differ are refused, naming both", () => {
    const [x, y] = [own(tensor([1, 2, 3])), own(tensor([1, 2]))];
    expect(() => Dataset.fromTensorSlices([x, y])).toThrow(
      "expected tensors with as many rows each for slices but slices[0] has 3 and slices[1] has 2",
    );
    expect(() => Dataset.fromTensorSlices({ x, y: [x, y] })).toThrow(
      "slices.x has 3 and slices.y[1] has 2",
    );
  });

  test("what has no rows is refused", () => {
    const scalar = own(tensor(1));
    expect(() => Dataset.fromTensorSlices([scalar])).toThrow("slices[0] is a scalar");
    for (const [slices, message] of [
      [undefined, "for slices but received undefined"],
      ["text", 'for slices but received "text"'],
      [{}, "for slices but received Object"],
      [[scalar, null], "for slices[1] but received null"],
      [{ x: () => 1 }, "for slices.x but received"],
    ] as const) {
      expect(() => Dataset.fromTensorSlices(slices)).toThrow(message);
    }
  });

  test("made in a tidy, it lives on", () => {
    const dataset = tidy(() => Dataset.fromTensorSlices([1, 2, 3]));
    own(dataset.source!);
    expect(valuesOf(dataset)).toEqual([1, 2, 3]);
  });

  test("a source that was disposed of is an error", () => {
    const x = tensor([1, 2]);
    const dataset = Dataset.fromTensorSlices(x);
    x.dispose("no longer wanted");
    expect(() => valuesOf(dataset)).toThrow("was disposed of: no longer wanted");
  });
});

describe("batch", () => {
  test("rows one above the other, the last batch smaller", () => {
    const x = own(tensor(Uint8Array.from(upTo(10)), [5, 2]));
    const y = own(tensor(Int32Array.from(upTo(5))));
    const dataset = Dataset.fromTensorSlices([x, y]).batch(2);
    expect(dataset).toHaveLength(3);
    const batches: unknown[] = [];
    for (const [a, b] of dataset) batches.push([a.dtype, a.array(), b.dtype, b.array()]);
    expect(batches).toEqual([
      ["uint8", [[0, 1], [2, 3]], "int32", [0, 1]], // prettier-ignore
      ["uint8", [[4, 5], [6, 7]], "int32", [2, 3]], // prettier-ignore
      ["uint8", [[8, 9]], "int32", [4]], // prettier-ignore
    ]);
  });

  test("dropRemainder", () => {
    const dataset = numbers(5).batch(2, { dropRemainder: true });
    expect(dataset).toHaveLength(2);
    expect(valuesOf(dataset)).toEqual([0, 1, 2, 3]);
    expect(numbers(1).batch(2, { dropRemainder: true })).toHaveLength(0);
  });

  test("batches of batches", () => {
    const pairs = numbers(8).batch(2);
    expect(
      pairs
        .batch(2)
        .toArray()
        .map((x) => own(x).array()),
    ).toEqual([
      [[0, 1], [2, 3]], // prettier-ignore
      [[4, 5], [6, 7]], // prettier-ignore
    ]);
    expect(() => valuesOf(numbers(7).batch(2).batch(4))).toThrow(
      "expected elements of one form but element 0 of a batch has int32[2] " +
        "and element 3 has int32[1]",
    );
  });

  test("take, skip, shuffle and repeat move whole batches", () => {
    const batches = numbers(7).batch(2);
    expect(valuesOf(batches.take(2))).toEqual([0, 1, 2, 3]);
    expect(valuesOf(batches.skip(2))).toEqual([4, 5, 6]);
    expect(valuesOf(batches.repeat(2))).toEqual([...upTo(7), ...upTo(7)]);
    const shuffled: string[] = [];
    for (const batch of batches.shuffle(4, { seed: 3 })) shuffled.push(batch.data().join());
    expect(shuffled.sort()).toEqual(["0,1", "2,3", "4,5", "6"]);
  });
});

describe("order", () => {
  test("take and skip", () => {
    expect(valuesOf(numbers(5).take(2))).toEqual([0, 1]);
    expect(valuesOf(numbers(5).take(-1))).toEqual(upTo(5));
    expect(valuesOf(numbers(5).skip(2))).toEqual([2, 3, 4]);
    expect(valuesOf(numbers(5).skip(9))).toEqual([]);
    expect(valuesOf(numbers(5).skip(1).take(3).skip(1))).toEqual([2, 3]);
    expect(valuesOf(numbers(5).take(3).skip(1).take(9))).toEqual([1, 2]);
  });

  test("take before shuffle chooses what is shuffled, after it the result", () => {
    expect(sorted(valuesOf(numbers(50).take(10).shuffle(50, { seed: 1 })))).toEqual(upTo(10));
    const drawn = valuesOf(numbers(50).shuffle(50, { seed: 1 }).take(10));
    expect(new Set(drawn).size).toBe(10);
    expect(Math.max(...drawn)).toBeGreaterThan(10);
  });

  test("shuffle obeys its buffer", () => {
    for (const seed of upTo(10)) {
      const order = valuesOf(numbers(60).shuffle(8, { seed }));
      expect(sorted(order)).toEqual(upTo(60));
      order.forEach((element, i) => expect(element).toBeLessThan(i + 8));
    }
    expect(valuesOf(numbers(20).shuffle(1))).toEqual(upTo(20));
  });

  test("each iteration has its own order, the same series for the same seed", () => {
    const series = (): string[] => {
      const dataset = numbers(30).shuffle(30, { seed: 5 });
      return upTo(4).map(() => String(valuesOf(dataset)));
    };
    expect(series()).toEqual(series());
    expect(new Set(series()).size).toBe(4);
  });

  test("unless it is told otherwise", () => {
    const options = { seed: 5, reshuffleEachIteration: false };
    const dataset = numbers(30).shuffle(30, options);
    const order = valuesOf(dataset);
    expect(order).not.toEqual(upTo(30));
    expect(valuesOf(dataset)).toEqual(order);
    expect(valuesOf(numbers(30).shuffle(30, options))).toEqual(order);
    expect(valuesOf(dataset.repeat(2))).toEqual([...order, ...order]);
  });

  test("without a seed the order follows from setSeed, and differs from shuffle to shuffle", () => {
    const orders = (): string[] => {
      tidy(() => setSeed(11));
      const datasets = [numbers(30).shuffle(30), numbers(30).shuffle(30)];
      return [...datasets, ...datasets].map((dataset) => String(valuesOf(dataset)));
    };
    const first = orders();
    expect(orders()).toEqual(first);
    expect(new Set(first).size).toBe(4);
    tidy(() => setSeed(12));
    expect(String(valuesOf(numbers(30).shuffle(30)))).not.toBe(first[0]);
  });

  test("repeat after shuffle: each round whole and in its own order", () => {
    const values = valuesOf(numbers(20).shuffle(20, { seed: 2 }).repeat(3));
    const rounds = [0, 20, 40].map((begin) => values.slice(begin, begin + 20));
    for (const round of rounds) expect(sorted(round)).toEqual(upTo(20));
    expect(new Set(rounds.map(String)).size).toBe(3);
    const iterated = numbers(20).shuffle(20, { seed: 2 });
    expect(rounds).toEqual(rounds.map(() => valuesOf(iterated)));
  });

  test("repeat before shuffle: rounds mix", () => {
    const values = valuesOf(numbers(20).repeat(2).shuffle(40, { seed: 2 }));
    expect(sorted(values)).toEqual(sorted([...upTo(20), ...upTo(20)]));
    expect(sorted(values.slice(0, 20))).not.toEqual(upTo(20));
  });

  test("repeat without end", () => {
    const endless = numbers(3).repeat();
    expect(endless.length).toBe(Infinity);
    expect(valuesOf(endless, 7)).toEqual([0, 1, 2, 0, 1, 2, 0]);
    expect(valuesOf(numbers(3).repeat(-1).take(4))).toEqual([0, 1, 2, 0]);
    expect(() => endless.toArray()).toThrow("toArray expects a dataset that ends");
  });

  test("batch after repeat runs across the rounds", () => {
    const batches: string[] = [];
    for (const batch of numbers(3).repeat(2).batch(2)) batches.push(batch.data().join());
    expect(batches).toEqual(["0,1", "2,0", "1,2"]);
  });

  test("datasets derived from one another are independent", () => {
    const base = numbers(10);
    const [train, valid] = [base.take(7), base.skip(7)];
    expect([valuesOf(train), valuesOf(valid)]).toEqual([upTo(7), [7, 8, 9]]);
    const [one, two] = [train[Symbol.iterator](), train[Symbol.iterator]()];
    const elements = [one.next(), one.next(), two.next()].map(({ value }) => value as Tensor);
    const disposed = elements.map((element) => element.isDisposed);
    expect(disposed).toEqual([true, false, false]);
    one.return?.();
    two.return?.();
  });
});

describe("lengths", () => {
  test("are known as far as they can be", () => {
    const base = numbers(10);
    expect(base).toHaveLength(10);
    expect(base.shuffle(3).skip(1).batch(2)).toHaveLength(5);
    expect(base.repeat(3).take(25).batch(4)).toHaveLength(7);
    expect(base.map((x) => x)).toHaveLength(10);
    expect(base.repeat().batch(4).length).toBe(Infinity);
    expect(base.repeat().take(5)).toHaveLength(5);
    expect(Dataset.fromGenerator(() => [1, 2]).length).toBeNaN();
  });
});

describe("map", () => {
  test("applies a function to each element", () => {
    expect(valuesOf(numbers(4).map((x) => x.mul(x)))).toEqual([0, 1, 4, 9]);
    expect(valuesOf(numbers(4).batch(2).map((x) => x.add(1)))).toEqual([1, 2, 3, 4]); // prettier-ignore
  });

  test("may change the form of elements, and return numbers", () => {
    const dataset = numbers(2).map((x) => ({ x, twice: [x.add(x), 5], row: [1, 2] }));
    const rows: unknown[] = [];
    for (const { x, twice, row } of dataset) {
      rows.push([x.item(), twice[0].item(), twice[1].item(), row.array()]);
    }
    expect(rows).toEqual([
      [0, 0, 5, [1, 2]],
      [1, 2, 5, [1, 2]],
    ]);
  });

  test("composes with all else, in the order that is written", () => {
    const squares = numbers(6).map((x) => x.mul(x));
    expect(valuesOf(squares.skip(1).take(3))).toEqual([1, 4, 9]);
    expect(valuesOf(squares.repeat(2).skip(5).take(3))).toEqual([25, 0, 1]);
    expect(sorted(valuesOf(squares.shuffle(4, { seed: 1 })))).toEqual([0, 1, 4, 9, 16, 25]);
    const batches: unknown[] = [];
    for (const batch of squares.batch(4)) batches.push(batch.array());
    expect(batches).toEqual([[0, 1, 4, 9], [16, 25]]); // prettier-ignore
    expect(squares.source).toBeUndefined();
  });

  test("leaves alone what the function merely returns", () => {
    const constant = own(tensor([7]));
    expect(valuesOf(numbers(3).map(() => constant))).toEqual([7, 7, 7]);
    expect(constant.isDisposed).toBe(false);
    expect(valuesOf(numbers(2).map((x) => [x, x])
      .map(([a, b]) => a.add(b)))).toEqual([0, 2]); // prettier-ignore
  });

  test("frees what the function creates, also when it throws", () => {
    const dataset = numbers(5).map((x) => {
      const sum = x.add(1).mul(2);
      if (sum.item() === 6) throw new Error("third");
      return sum;
    });
    const before = memory().buffers;
    expect(() => valuesOf(dataset.shuffle(2, { seed: 0 }).batch(2))).toThrow("third");
    expect(() => dataset.toArray()).toThrow("third");
    expect(memory().buffers).toBe(before);
  });
});

describe("fromGenerator", () => {
  test("yields tensors, typed arrays and numbers in any nest", () => {
    const dataset = Dataset.fromGenerator(function* () {
      yield [tensor([1, 2]), Uint8Array.of(3), 4] as const;
      yield [tensor([5, 6]), Uint8Array.of(7), 8] as const;
    });
    const rows: unknown[] = [];
    for (const [x, y, z] of dataset.batch(2)) rows.push([x.array(), y.array(), y.dtype, z.array()]);
    expect(rows).toEqual([[[[1, 2], [5, 6]], [[3], [7]], "uint8", [4, 8]]]); // prettier-ignore
  });

  test("each iteration calls the function anew", () => {
    let calls = 0;
    const dataset = Dataset.fromGenerator(() => (calls++, [calls, 10 * calls]));
    expect([valuesOf(dataset), valuesOf(dataset)]).toEqual([
      [1, 10],
      [2, 20],
    ]);
    expect(valuesOf(dataset.repeat(2))).toEqual([3, 30, 4, 40]);
  });

  test("takes over the tensors that are yielded", () => {
    const yielded: Tensor[] = [];
    const dataset = Dataset.fromGenerator(function* () {
      for (let i = 0; i < 5; i++) {
        yielded.push(tensor([i]));
        yield yielded[i];
      }
    });
    for (const element of dataset.skip(1).shuffle(3, { seed: 1 })) {
      expect(element.isDisposed).toBe(false);
      break;
    }
    expect(yielded.length).toBeGreaterThan(1);
    for (const element of yielded) expect(element.isDisposed).toBe(true);
  });

  test("runs the generator's end when a loop is left early", () => {
    let closed = false;
    const dataset = Dataset.fromGenerator(function* () {
      try {
        for (;;) yield 1;
      } finally {
        closed = true;
      }
    });
    for (const batch of dataset.batch(3)) {
      expect(batch.shape).toEqual([3]);
      break;
    }
    expect(closed).toBe(true);
  });

  test("an error of the generator comes through", () => {
    const dataset = Dataset.fromGenerator(function* () {
      yield [1, 2];
      throw new Error("no more");
    });
    expect(() => valuesOf(dataset.batch(4))).toThrow("no more");
  });

  test("elements of different forms cannot be batched", () => {
    const shapes = Dataset.fromGenerator<number[]>(() => [[1, 2], [3]]);
    expect(() => valuesOf(shapes.batch(2))).toThrow(
      "expected elements of one form but element 0 of a batch has float32[2] " +
        "and element 1 has float32[1]",
    );
    const nests = Dataset.fromGenerator<object>(() => [{ x: 1, y: 2 }, { x: 1 }]);
    expect(() => nests.batch(2).toArray()).toThrow("float32[] at .y and element 1 has nothing");
  });

  test("what is no iterable, or no element, is refused", () => {
    const create = (): Iterable<number> => 5 as unknown as Iterable<number>;
    expect(() => valuesOf(Dataset.fromGenerator(create))).toThrow("it returned 5");
    const text = Dataset.fromGenerator(() => ["text"]);
    expect(() => text.toArray()).toThrow('for an element of the generator but received "text"');
    expect(() => Dataset.fromGenerator([1] as never)).toThrow(
      "such as () => csvRecords(path): each iteration goes through the elements anew",
    );
  });
});

describe("ownership", () => {
  test("an element is freed when the iterator moves on, and says what to do instead", () => {
    const kept: Tensor[] = [];
    for (const x of numbers(3)) {
      for (const earlier of kept) expect(earlier.isDisposed).toBe(true);
      expect(x.isDisposed).toBe(false);
      kept.push(x);
    }
    for (const use of [() => kept[2].data(), () => kept[0].neg()]) {
      expect(use).toThrow(/int32\[\] was disposed of: .*clone\(\).*toArray\(\)/);
    }
  });

  test("a loop over batches needs no more memory than one batch", () => {
    const dataset = Dataset.fromTensorSlices([
      own(tensor(new Uint8Array(640), [64, 10])),
      own(tensor(new Uint8Array(64))),
    ]);
    const before = memory().buffers;
    for (const [x, y] of dataset.shuffle(16).batch(8)) {
      expect([x.shape, y.shape]).toEqual([[8, 10], [8]]);
      expect(memory().buffers).toBe(before + 2);
    }
    expect(memory().buffers).toBe(before);
  });

  test.each(["break", "throw"])("an element is freed on %s", (exit) => {
    const before = memory().buffers;
    let last: Tensor | undefined;
    const loop = (): void => {
      for (const x of numbers(9)
        .map((y) => y.add(1))
        .shuffle(4)) {
        // prettier-ignore
        last = x;
        if (exit === "break") break;
        throw new Error("out");
      }
    };
    if (exit === "break") loop();
    else expect(loop).toThrow("out");
    expect(last!.isDisposed).toBe(true);
    expect(memory().buffers).toBe(before + 1); // the source
  });

  test("a clone stays, and so does toArray", () => {
    const clones: Tensor[] = [];
    for (const x of numbers(3)) clones.push(own(x.clone()));
    expect(clones.map((x) => x.item())).toEqual([0, 1, 2]);

    const elements = numbers(3).batch(2).toArray();
    elements.forEach(own);
    expect(elements.map((x) => x.array())).toEqual([[0, 1], [2]]);
  });

  test("disposing of an element by hand does no harm", () => {
    const values: number[] = [];
    for (const x of numbers(3)) {
      values.push(x.item());
      x.dispose();
    }
    expect(values).toEqual([0, 1, 2]);
  });

  test("an iterator that ended stays at its end", () => {
    const iterator = numbers(1)[Symbol.iterator]();
    expect(iterator.next().done).toBe(false);
    for (let i = 0; i < 3; i++) expect(iterator.next()).toEqual({ done: true, value: undefined });
    expect(iterator.return?.()).toEqual({ done: true, value: undefined });
  });

  test("an iterator may cross tidy", () => {
    const dataset = Dataset.fromGenerator(() => upTo(6)).shuffle(4, { seed: 1 });
    const iterator = dataset[Symbol.iterator]();
    const values: number[] = [];
    for (let i = 0; i < 6; i++) {
      tidy(() => values.push((iterator.next() as IteratorYieldResult<Tensor>).value.item()));
    }
    iterator.return?.();
    expect(sorted(values)).toEqual(upTo(6));
  });

  test("what toArray collects in a tidy belongs to it", () => {
    const before = memory().buffers;
    const source = numbers(4).map((x) => x.add(1));
    expect(tidy(() => source.toArray().map((x) => x.item()))).toEqual([1, 2, 3, 4]);
    expect(memory().buffers).toBe(before + 1); // the source
  });

  test("a tape does not record the making of elements", () => {
    const weight = own(new Variable([2]));
    const scaled = numbers(2).map((x) => x.cast("float32").mul(weight));
    const tape = new GradientTape();
    const loss = own(
      tape.record(() => {
        let total = tensor([0]);
        // The clone outlives its round of the loop: the tape needs it for the gradient.
        for (const x of scaled) total = total.add(x.clone().mul(weight));
        return total;
      }),
    );
    expect(loss.item()).toBe(4); // (0 w + 1 w) w
    const [gradient] = tape.gradient(loss, [weight]);
    expect(own(gradient).item()).toBe(2); // of x w, with x held constant at w
  });

  test("a tape that needs an element which is gone says so", () => {
    const weight = own(new Variable([2]));
    const tape = new GradientTape();
    const loss = own(
      tape.record(() => {
        let total = tensor([0]);
        for (const x of numbers(2)) total = total.add(x.cast("float32").mul(weight));
        return total;
      }),
    );
    expect(tidy(() => tape.gradient(loss, [weight])[0].item())).toBe(1);

    const floats = Dataset.fromTensorSlices(own(tensor([1, 2])));
    const second = new GradientTape();
    const sum = own(
      second.record(() => {
        let total = tensor([0]);
        for (const x of floats) total = total.add(x.mul(weight));
        return total;
      }),
    );
    expect(() => second.gradient(sum, [weight])).toThrow(/has moved on; keep a clone\(\)/);
    second.dispose();
  });

  test("iterating while jit captures is an error", () => {
    const dataset = numbers(2);
    const sum = jit(() => {
      let total = tensor(0, [], "int32");
      for (const x of dataset) total = total.add(x);
      return total;
    });
    expect(() => sum()).toThrow("cannot be iterated in a function that jit captures");
    const all = jit(() => dataset.toArray());
    expect(() => all()).toThrow("cannot be iterated in a function that jit captures");
  });
});

describe("batchIndices", () => {
  test("the rows of every batch, as iterations have them", () => {
    const make = (): Dataset<Tensor> => numbers(10).skip(1).shuffle(5, { seed: 3 }).batch(4);
    const [iterated, asked] = [make(), make()];
    for (let epoch = 0; epoch < 3; epoch++) {
      const batches: number[][] = [];
      for (const batch of iterated) batches.push([...batch.data()]);
      const { indices, offsets } = asked.batchIndices();
      expect([...offsets]).toEqual([0, 4, 8, 9]);
      expect([...indices]).toEqual(batches.flat());
    }
  });

  test("of a given epoch, without disturbing the series", () => {
    const dataset = numbers(10).shuffle(10, { seed: 3 }).batch(4);
    const second = dataset.batchIndices(1);
    const first = dataset.batchIndices();
    expect(first).toEqual(dataset.batchIndices(0));
    expect(dataset.batchIndices()).toEqual(second);
    expect(first).not.toEqual(second);
    expect(dataset.nextEpoch()).toBe(2);
  });

  test("are drawn into arrays that are needed no more", () => {
    const dataset = numbers(10).shuffle(4, { seed: 1 }).batch(3);
    const copy = ({ indices, offsets }: BatchIndices): BatchIndices => ({
      indices: indices.slice(),
      offsets: offsets.slice(),
    });
    const first = dataset.batchIndices(0);
    const expected = copy(dataset.batchIndices(1));
    const second = dataset.batchIndices(1, first);
    expect(second).toEqual(expected);
    expect(second.indices).toBe(first.indices);
    expect(second.offsets).toBe(first.offsets);
    for (const other of [numbers(4).batch(2), numbers(20).batch(7), numbers(20).batch(7).skip(2)]) {
      const fresh = other.batchIndices(0);
      expect(other.batchIndices(0, copy(expected))).toEqual(fresh);
    }
  });

  test("small batches may stand anywhere", () => {
    const { indices, offsets } = numbers(3).batch(2).repeat(2).batchIndices();
    expect([...indices]).toEqual([0, 1, 2, 0, 1, 2]);
    expect([...offsets]).toEqual([0, 2, 3, 5, 6]);
    expect(numbers(3).take(0).batch(2).batchIndices().offsets).toEqual(Int32Array.of(0));
  });

  test("are to be had of batches over tensors alone", () => {
    const message = "batchIndices expects a dataset of batches over tensors, without a map";
    expect(() => numbers(3).batchIndices()).toThrow(message);
    expect(() => numbers(3).map((x) => x).batch(2).batchIndices()).toThrow(message); // prettier-ignore
    expect(() => numbers(3).repeat().batch(2).batchIndices()).toThrow("a dataset that ends");
    expect(() => numbers(3).batch(2).batchIndices(-1)).toThrow("epoch of batchIndices");
  });

  test("source and isBatched tell whether they are", () => {
    const x = own(tensor([1, 2]));
    const dataset = Dataset.fromTensorSlices([x]);
    expect(dataset.shuffle(2).batch(2).source).toEqual([x]);
    expect(
      [dataset, dataset.batch(1), dataset.batch(1).map((y) => y)].map((d) => d.isBatched),
    ).toEqual([false, true, true]);
  });
});

describe("arguments", () => {
  const bad = [NaN, 1.5, Infinity, "2", null, undefined, [2]];

  test.each([
    ["take", "count of take", 0, [-2, ...bad]],
    ["skip", "count of skip", 0, [-1, ...bad]],
    ["shuffle", "bufferSize of shuffle", 1, [0, -1, ...bad]],
    ["batch", "size of batch", 1, [0, -1, ...bad]],
    ["repeat", "count of repeat", 0, [-2, NaN, 1.5, "2", null, [2]]],
  ] as const)("%s", (method, argument, least, values) => {
    const dataset = numbers(3);
    for (const value of values) {
      expect(() => dataset[method](value as number)).toThrow(
        `expected an integer of at least ${least} for ${argument} but received `,
      );
    }
  });

  test("seed and functions", () => {
    expect(() => numbers(3).shuffle(2, { seed: 0.5 })).toThrow("a safe integer for seed");
    expect(() => numbers(3).map(5 as never)).toThrow("expected a function for fn but received 5");
  });
});
