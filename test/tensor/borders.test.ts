/** What the library keeps or hands out is not the caller's to change; what comes from elsewhere is named. */

import * as nabla from "../../src";
import { Dense, Dropout, Model, Sequential, Tensor, tensor } from "../../src";

const [a, b] = [new Float32Array([1, 2]), new Float32Array([3, 4])];

describe("shapes", () => {
  test("are frozen, whatever made the tensor", () => {
    const x = tensor([[1, 2, 3]]);
    const made = [x, x.relu(), x.reshape([3, 1]), x.sum(0), x.transpose(), nabla.zeros([2, 2])];
    made.push(
      new nabla.Variable(x),
      nabla.jit((t: Tensor) => t.mul(2))(x),
      nabla.randomNormal([4]),
    );
    for (const { shape } of made) {
      expect(() => ((shape as number[])[0] = 9)).toThrow(TypeError);
      expect(() => (shape as number[]).push(1)).toThrow(TypeError);
    }
    expect(x.shape).toEqual([1, 3]);
  });

  test.each<[string, (list: number[]) => Tensor]>([
    ["zeros", (list) => nabla.zeros(list)],
    ["tensor", (list) => tensor(new Float32Array(4), list)],
    ["reshape", (list) => nabla.ones([4]).reshape(list)],
    ["broadcastTo", (list) => nabla.ones([1, 1]).broadcastTo(list)],
    ["randomUniform", (list) => nabla.randomUniform(list)],
  ])("%s copies the caller's list", (_, make) => {
    const list = [2, 2];
    const x = make(list);
    list[0] = 9;
    expect(x.shape).toEqual([2, 2]);
  });
});

test.each<[string, number[], (x: Tensor, list: number[]) => Tensor]>([
  ["axes of sum", [0], (x, list) => x.mul(x).sum(list)],
  ["begin of slice", [1, 0], (x, list) => x.slice(list, [1, 2]).square()],
  ["perm of transpose", [1, 0], (x, list) => x.transpose(list).square()],
])("a gradient does not follow the caller's %s", (_, list, f) => {
  const gradient = (keeps: boolean): unknown => {
    const x = tensor([[1, 2], [3, 4]]); // prettier-ignore
    const mine = [...list];
    const tape = new nabla.GradientTape();
    tape.watch(x);
    const y = tape.record(() => f(x, mine));
    if (!keeps) mine.reverse().fill(0);
    return tape.gradient(y, x).array();
  };
  expect(gradient(false)).toEqual(gradient(true));
});

test("a layer does not follow the lists among its options", () => {
  const kernel = [2, 2];
  const noise: (number | null)[] = [null, 1];
  const [layer, dropout] = [new nabla.Conv2D(1, kernel), new Dropout(0.5, { noiseShape: noise })];
  kernel[0] = 7;
  noise[0] = 5;
  expect(layer.config()).toMatchObject({ kernelSize: [2, 2] });
  expect(dropout.config()).toMatchObject({ noiseShape: [null, 1] });
});

describe("arrays of typed arrays and of tensors", () => {
  test("rows keep their dtype, and nest", () => {
    expect(tensor([a, b]).array()).toEqual([[1, 2], [3, 4]]); // prettier-ignore
    expect(tensor([[a], [b]]).shape).toEqual([2, 1, 2]);
    expect(tensor([new Int32Array([1]), new Int32Array([2])]).dtype).toBe("int32");
    expect(tensor([new Float64Array([1])], undefined, "float32").dtype).toBe("float32");
    expect(tensor([a, [5, 6]]).array()).toEqual([[1, 2], [5, 6]]); // prettier-ignore
  });

  test.each<[string, () => unknown, RegExp]>([
    ["ragged", () => tensor([a, new Float32Array(3)]), /expected 2 items at depth 1/],
    ["two dtypes", () => tensor([a, new Float64Array(2)]), /one dtype.*undefined, "float32"/],
    ["unknown", () => tensor([new BigInt64Array(2)]), /BigInt64Array/],
    ["tensors", () => tensor([tensor(1), tensor(2)] as never), /float32\[\].*stack\(tensors\)/],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(message);
  });

  test("fit and predict take samples so", async () => {
    const model = new Sequential([new Dense(1, { kernelInitializer: "ones" })]).build([null, 2]);
    model.compile({ optimizer: new nabla.optimizers.SGD(0), loss: "mse" });
    for (const x of [
      [a, b],
      [tensor(a), tensor(b)],
    ]) {
      const { history } = await model.fit(x, [0, 0], { verbose: 0 });
      expect(history.loss[0]).toBeCloseTo((9 + 49) / 2, 4);
      expect((await model.predict(x)).array()).toEqual([[3], [7]]);
    }
    await expect(model.predict([tensor(a), tensor([1])])).rejects.toThrow(/tensors of one form/);
  });
});

test("predict checks the same whatever ran before", async () => {
  class Mean extends Model {
    dense = new Dense(3);
    override forward(x: Tensor): Tensor {
      return this.dense.forward(x).mean(0);
    }
  }
  const mean = new Mean().build([null, 4]);
  const plain = new Sequential([new Dense(3)]).build([null, 4]);
  for (let round = 0; round < 3; round++) {
    await expect(mean.predict(nabla.ones([5, 4]))).rejects.toThrow(/one result a sample/);
    await expect(plain.predict(nabla.zeros([0, 4]))).rejects.toThrow(/at least one sample/);
    await expect(plain.predict(nabla.zeros([4]))).rejects.toThrow();
    await plain.predict(nabla.ones([2, 4]));
  }
});

test("infinities and NaN are dropped to 0, in the gradient too", () => {
  const dropout = new Dropout(0.5, { seed: 1 }).train();
  for (const value of [Infinity, -Infinity, NaN]) {
    const x = nabla.fill([100], value);
    const tape = new nabla.GradientTape();
    tape.watch(x);
    const y = tape.record(() => dropout.forward(x));
    const kept = [...tape.gradient(y, x).data()];
    expect(new Set(kept)).toEqual(new Set([0, 2]));
    expect([...y.data()]).toEqual(kept.map((scale) => (scale === 0 ? 0 : value)));
  }
});

test("objects of another copy of the library are named as such", () => {
  let other: typeof nabla | undefined;
  jest.isolateModules(() => (other = jest.requireActual<typeof nabla>("../../src")));
  const copy = other!;
  expect(copy.Tensor).not.toBe(Tensor);
  expect(() => nabla.add(1, copy.ones([2]))).toThrow(/a Tensor of another copy of nabla/);
  expect(() => nabla.mean(copy.ones([2]))).toThrow(/another copy of nabla/);
  expect(() => new Sequential([new copy.Dense(1)] as never)).toThrow(/another copy of nabla/);
});
