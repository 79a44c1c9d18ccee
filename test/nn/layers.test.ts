import {
  Activation,
  Dense,
  Dropout,
  Flatten,
  type Module,
  Rescaling,
  type Tensor,
  initializers,
  matMul,
  ones,
  randomNormal,
  setSeed,
  tensor,
  zeros,
} from "../../src";
import { leakFree } from "../helpers/leak-free";

const check = (title: string, body: () => void): void => test(title, leakFree(body));

describe("Dense", () => {
  check("computes activation(x kernel + bias)", () => {
    const dense = new Dense(2, { activation: "relu" });
    dense.build([null, 3]);
    dense.loadState({ kernel: [[1, -1], [2, -2], [3, -3]], bias: [0.5, 0.25] }); // prettier-ignore
    expect(dense.forward(tensor([[1, 1, 1], [-1, 0, 0]])).array()).toEqual([[6.5, 0], [0, 1.25]]); // prettier-ignore
  });

  check("takes inputs of any rank from 2 on", () => {
    const dense = new Dense(4);
    const x = randomNormal([2, 3, 5]);
    const y = dense.forward(x);
    expect(y.shape).toEqual([2, 3, 4]);
    const rows = matMul(x.reshape([6, 5]), dense.kernel!).reshape([2, 3, 4]);
    expect(y.sub(rows).abs().max().item()).toBeLessThan(1e-6);
    expect(() => dense.forward(ones([5]))).toThrow(
      "Dense: expected float32[batch, ..., 5] for x but received float32[5]; use expandDims(x, 0)",
    );
    expect(() => dense.forward(ones([]))).toThrow("Dense: expected float32[batch, ..., 5]");
  });

  check("starts with a Glorot kernel and a bias of zeros", () => {
    const dense = new Dense(300);
    dense.build([null, 200]);
    const limit = Math.sqrt(6 / 500);
    const kernel = dense.kernel!;
    expect(kernel.abs().max().item()).toBeLessThanOrEqual(limit);
    expect(kernel.abs().max().item()).toBeGreaterThan(0.99 * limit);
    expect(dense.bias!.abs().max().item()).toBe(0);
    expect([kernel.trainable, dense.bias!.trainable]).toEqual([true, true]);
  });

  check("goes without a bias, and takes initializers by name or as they are", () => {
    const dense = new Dense(2, { useBias: false, kernelInitializer: "ones" });
    expect(dense.forward(tensor([[1, 2]])).array()).toEqual([[3, 3]]);
    expect(dense.bias).toBeNull();
    const other = new Dense(1, {
      kernelInitializer: initializers.constant(2),
      biasInitializer: (shape, dtype) => ones(shape, dtype),
    });
    expect(other.forward(tensor([[1, 2]])).array()).toEqual([[7]]);
  });

  check("refuses an input of another size or dtype, saying what it expects", () => {
    const dense = new Dense(2);
    dense.build([null, 3]);
    expect(() => dense.forward(ones([4, 2]))).toThrow(
      "Dense: expected float32[batch, ..., 3] for x but received float32[4, 2]",
    );
    expect(() => dense.forward(ones([4, 3], "uint8"))).toThrow(/uint8.*; use Rescaling or cast/);
    expect(() => dense.forward(ones([4, 3], "float64"))).toThrow(/received float64/);
    expect(() => dense.forward([[1, 2, 3]] as never)).toThrow(
      "Dense: expected a Tensor for x but received Array",
    );
  });

  check("refuses to build twice, as the weights in use would be lost", () => {
    const dense = new Dense(2);
    dense.build([null, 3]);
    dense.build([5, 3]); // the same: nothing to do
    const { kernel } = dense;
    expect(() => dense.build([null, 4])).toThrow(/Dense: expected \[batch, ..., 3\] .* built/);
    expect(dense.kernel).toBe(kernel);
  });

  check("refuses an initializer's result that does not fit", () => {
    const dense = new Dense(2, { kernelInitializer: () => ones([1, 1]) });
    expect(() => dense.build([null, 3])).toThrow(
      "Dense: expected float32[3, 2] for what the initializer of kernel returns but received",
    );
    expect([dense.kernel, dense.bias]).toEqual([null, null]);
  });

  check("draws other weights than its neighbour, and the same for the same seed", () => {
    const weights = (): unknown[] => {
      setSeed(3);
      return [new Dense(2), new Dense(2)].map((dense) => {
        dense.build([null, 2]);
        return dense.kernel!.array();
      });
    };
    const [first, second] = weights();
    expect(first).not.toEqual(second);
    expect(weights()).toEqual([first, second]);
  });
});

describe("Flatten", () => {
  check("puts all axes but the first in one", () => {
    expect(new Flatten().forward(zeros([2, 3, 4])).shape).toEqual([2, 12]);
    expect(new Flatten().forward(zeros([2])).shape).toEqual([2, 1]);
    expect(new Flatten().forward(zeros([0, 3, 4])).shape).toEqual([0, 12]);
    expect(new Flatten().forward(zeros([2, 2], "uint8")).dtype).toBe("uint8");
    expect(() => new Flatten().forward(zeros([]))).toThrow(
      "Flatten: expected [batch, ...] for x but received float32[]",
    );
  });

  it("puts channels that come first behind the other axes, as Keras does", () => {
    const x = tensor([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 2, 2]);
    const y = new Flatten({ dataFormat: "channelsFirst" }).forward(x);
    expect([...y.data()]).toEqual([1, 5, 2, 6, 3, 7, 4, 8]);
    expect(new Flatten({ dataFormat: "channelsFirst" }).forward(zeros([2, 3])).shape).toEqual([
      2, 3,
    ]);
  });
});

describe("Rescaling", () => {
  check("scales and shifts any dtype to floats", () => {
    const x = tensor(Uint8Array.of(0, 51, 255));
    expect(new Rescaling(1 / 255).forward(x).array()).toEqual([0, expect.closeTo(0.2, 6), 1]);
    expect(new Rescaling(2, -1).forward(tensor([1, 2])).array()).toEqual([1, 3]);
    const exact = new Rescaling(1 / 255, 0, { dtype: "float64" }).forward(x);
    expect(exact.array()).toEqual([0, 51 * (1 / 255), 255 * (1 / 255)]);
  });

  check("refuses what is no finite number", () => {
    expect(() => new Rescaling(NaN)).toThrow("finite number for scale but received NaN");
    expect(() => new Rescaling(1, Infinity)).toThrow("finite number for offset");
    expect(() => new Rescaling("1" as never)).toThrow('for scale but received "1"');
  });
});

describe("Activation", () => {
  // Keras' formulas.
  const formulas: Record<string, (x: number) => number> = {
    linear: (x) => x,
    relu: (x) => Math.max(x, 0),
    sigmoid: (x) => 1 / (1 + Math.exp(-x)),
    tanh: Math.tanh,
    softplus: (x) => Math.log(1 + Math.exp(x)),
    softsign: (x) => x / (1 + Math.abs(x)),
    exponential: Math.exp,
    elu: (x) => (x > 0 ? x : Math.exp(x) - 1),
    leakyRelu: (x) => (x > 0 ? x : 0.2 * x),
    silu: (x) => x / (1 + Math.exp(-x)),
  };
  const values = [-3, -1, -0.5, 0, 0.5, 1, 3];

  test.each(Object.entries(formulas))("%s", (name, formula) => {
    leakFree(() => {
      const y = new Activation(name as "relu").forward(tensor(values, undefined, "float64")).data();
      values.forEach((x, i) => expect(y[i]).toBeCloseTo(formula(x), 12));
    })();
  });

  check("softmax and logSoftmax run over the last axis", () => {
    const x = tensor([[1, 2, 3], [0, 0, 0]], undefined, "float64"); // prettier-ignore
    const y = new Activation("softmax").forward(x);
    const total = Math.exp(1) + Math.exp(2) + Math.exp(3);
    [1, 2, 3].forEach((z, i) => expect(y.data()[i]).toBeCloseTo(Math.exp(z) / total, 12));
    expect(y.sum(-1).sub(1).abs().max().item()).toBeLessThan(1e-12);
    const logs = new Activation("logSoftmax").forward(x);
    expect(logs.sub(y.log()).abs().max().item()).toBeLessThan(1e-12);
  });

  check("of one's own", () => {
    const cube = new Activation((x: Tensor) => x.mul(x).mul(x));
    expect(cube.forward(tensor([2])).array()).toEqual([8]);
  });

  check("that is unknown is refused", () => {
    expect(() => new Activation("swiss" as never)).toThrow(/relu.*but received "swiss"/);
    expect(() => new Activation(null as never)).toThrow(/but received null/);
  });
});

describe("every layer", () => {
  const layers: [string, () => Module & { forward(x: Tensor): Tensor }][] = [
    ["Dense", () => new Dense(2)],
    ["Flatten", () => new Flatten()],
    ["Rescaling", () => new Rescaling(2)],
    ["Dropout", () => new Dropout(0.5)],
    ["Activation", () => new Activation("relu")],
  ];

  test.each(layers)("%s refuses what is no tensor", (_name, create) => {
    leakFree(() => {
      for (const x of [undefined, null, "x", {}]) {
        expect(() => create().forward(x as never)).toThrow(
          /expected a .*ensor.* for x but received/,
        );
      }
    })();
  });
});
