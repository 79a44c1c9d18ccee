/** Models that are put together as graphs of symbolic inputs. */

import {
  Activation,
  Dense,
  Dropout,
  Flatten,
  GradientTape,
  Layer,
  Model,
  Module,
  Rescaling,
  Sequential,
  Tensor,
  add,
  concat,
  input,
  ones,
  randomUniform,
  register,
  tensor,
} from "../../src";
import { deserialize } from "../../src/nn/serialization";
import { leakFree } from "../helpers/leak-free";

const check = (title: string, body: () => void): void => test(title, leakFree(body));

/** Adds what it is given. */
class Sum extends Layer {
  forward(xs: readonly Tensor[]): Tensor {
    return xs.reduce((a, b) => add(a, b));
  }
}
register("SumOfTheGraphTest", Sum);

/** Two results. */
class Split extends Layer {
  forward(x: Tensor): { left: Tensor; right: Tensor } {
    const half = x.shape[1] / 2;
    return { left: x.slice([0, 0], [-1, half]), right: x.slice([0, half], [-1, half]) };
  }
}
register("SplitOfTheGraphTest", Split);

const near = (a: Tensor, b: Tensor): void => {
  expect(a.shape).toEqual(b.shape);
  expect(a.sub(b).abs().max().item()).toBeLessThan(1e-6);
};

describe("a graph", () => {
  check("of layers in a row computes what they compute", () => {
    const x = input({ shape: [4] });
    const [hidden, output] = [new Dense(3, { activation: "tanh" }), new Dense(2)];
    const model = new Model({ inputs: x, outputs: output.forward(hidden.forward(x)) });
    const data = randomUniform([5, 4]);
    near(model.forward(data), output.forward(hidden.forward(data)));
    expect(model.layers).toEqual([hidden, output]);
    expect(model.namedWeights().map(([path]) => path)).toEqual([
      ...["layers.0.kernel", "layers.0.bias", "layers.1.kernel", "layers.1.bias"],
    ]);
    expect(model.getLayer(hidden.name)).toBe(hidden);
    expect(model.getLayer(-1)).toBe(output);
    expect(() => model.getLayer("none")).toThrow(`among ${hidden.name}, ${output.name} but`);
  });

  check("has symbolic tensors with types and without values", () => {
    const x = input({ shape: [4], name: "pixels" });
    const y = new Dense(3).forward(x);
    expect([x.shape, y.shape, y.dtype]).toEqual([[null, 4], [null, 3], "float32"]); // prettier-ignore
    expect(x.describe()).toBe("float32[null, 4]");
    expect(() => x.data()).toThrow(/the input pixels of a model .* has no values/);
    expect(String(y)).toMatch(/a result dense.* has no values/);
    expect(input({ batchShape: [8, 2], dtype: "uint8" }).describe()).toBe("uint8[8, 2]");
    expect([0, 1].map(() => input({ shape: [] }).shape)).toEqual([[null], [null]]);
  });

  check("carries sizes that are unknown, and refuses weights that depend on one", () => {
    const x = input({ shape: [null, 4] });
    const y = new Dense(3, { activation: "softmax" }).forward(x);
    expect(y.shape).toEqual([null, null, 3]);
    const flat = new Flatten().forward(y);
    expect(flat.shape).toEqual([null, null]);
    expect(() => new Dense(2).forward(flat)).toThrow(
      "Dense: expected a known size of axis -1 for inputShape but received [null, null]",
    );
    const model = new Model({ inputs: x, outputs: flat });
    for (const steps of [1, 5]) {
      expect(model.forward(ones([2, steps, 4])).shape).toEqual([2, 3 * steps]);
    }
  });

  check("lets a layer compute with the size of its batch", () => {
    class Pairs extends Layer {
      forward(x: Tensor): Tensor {
        return x.reshape([x.shape[0] / 2, 2 * x.shape[1]]);
      }
    }
    const y = new Pairs().forward(input({ batchShape: [4, 3] }));
    expect(y.shape).toEqual([2, 6]);
    class Doubled extends Layer {
      forward(x: Tensor): Tensor {
        return concat([x, ones([x.shape[0], 1])], 1).reshape([2 * x.shape[0], 2]);
      }
    }
    expect(new Doubled().forward(input({ shape: [3] })).shape).toEqual([null, 2]);
  });

  check("shares a layer that is called twice, and sums its gradients", () => {
    const [a, b] = [input({ shape: [3] }), input({ shape: [3] })];
    const shared = new Dense(2);
    const outputs = new Sum().forward([shared.forward(a), shared.forward(b)]);
    const model = new Model({ inputs: [a, b], outputs });
    expect(model.countParams()).toBe(8);
    const [x, y] = [randomUniform([4, 3]), randomUniform([4, 3])];
    near(model.forward([x, y]), shared.forward(x).add(shared.forward(y)));
    const gradients = (run: () => Tensor): Tensor[] => {
      const tape = new GradientTape();
      return tape.gradient(tape.record(run), model.trainableWeights);
    };
    const expected = gradients(() => shared.forward(x).add(shared.forward(y)));
    gradients(() => model.forward([x, y])).forEach((g, i) => near(g, expected[i]));
  });

  check("takes and gives trees of tensors", () => {
    const inputs = { first: input({ shape: [2] }), rest: [input({ shape: [2], dtype: "uint8" })] };
    const { left, right } = new Split().forward(inputs.first);
    const scaled = new Rescaling(2).forward(inputs.rest[0]);
    const model = new Model({ inputs, outputs: { a: left, b: [right, scaled] } });
    const y = model.forward({ first: tensor([[1, 2]]), rest: [tensor([[3, 4]], [1, 2], "uint8")] });
    expect([y.a.array(), y.b[0].array(), y.b[1].array()]).toEqual([[[1]], [[2]], [[6, 8]]]);
    expect(model.graph!.outputNames).toEqual(["a", "b"]);
  });

  check("takes an object by names for a list of inputs", () => {
    const inputs = [input({ shape: [1], name: "a" }), input({ shape: [1], name: "b" })];
    const model = new Model({ inputs, outputs: new Sum().forward(inputs) });
    const x = { b: tensor([[1]]), a: tensor([[2]]) };
    expect(model.forward(x as never).array()).toEqual([[3]]);
    expect(model.graph!.inputNames).toEqual(["a", "b"]);
  });

  check("nests in other models, and Sequential and subclasses in it", () => {
    const x = input({ shape: [3] });
    const inner = new Model({ inputs: x, outputs: new Dense(4).forward(x) });
    const row = new Sequential([new Dense(3), new Activation("relu")]);
    class Twice extends Model {
      dense = new Dense(3);
      override forward(x: Tensor): Tensor {
        return this.dense.forward(this.dense.forward(x));
      }
    }
    const twice = new Twice();
    const y = input({ shape: [2] });
    const model = new Model({ inputs: y, outputs: inner.forward(twice.forward(row.forward(y))) });
    const data = randomUniform([2, 2]);
    near(model.forward(data), inner.forward(twice.forward(row.forward(data))));
    expect(model.layers).toEqual([row, twice, inner]);
    expect(model.namedWeights().map(([path]) => path)).toContain("layers.2.layers.0.kernel");
    expect(new Sequential([model]).forward(data).shape).toEqual([2, 4]);
  });

  check("ends where it is told to: a part of another graph", () => {
    const x = input({ shape: [3] });
    const h = new Dense(4).forward(x);
    const head = new Dense(2);
    const whole = new Model({ inputs: x, outputs: head.forward(h) });
    const [front, back] = [
      new Model({ inputs: x, outputs: h }),
      new Model({ inputs: h, outputs: head.forward(h) }),
    ];
    const data = randomUniform([2, 3]);
    near(whole.forward(data), back.forward(front.forward(data)));
    expect(front.layers).toHaveLength(1);
  });

  check("follows the mode and draws as its layers do", () => {
    const x = input({ shape: [100] });
    const model = new Model({ inputs: x, outputs: new Dropout(0.5).forward(x) });
    expect(
      model
        .forward(ones([1, 100]))
        .min()
        .item(),
    ).toBe(1);
    model.train();
    expect(
      model
        .forward(ones([1, 100]))
        .min()
        .item(),
    ).toBe(0);
  });

  test("is predicted", async () => {
    const x = input({ shape: [3] });
    const model = new Model({ inputs: x, outputs: new Dense(2).forward(x) });
    const data = randomUniform([5, 3]);
    near(await model.predict(data), model.forward(data));
    model.dispose();
  });

  check("prints its connections", () => {
    const [a, b] = [input({ shape: [2, 2], name: "a" }), input({ shape: [4], name: "b" })];
    const flat = new Flatten({ name: "flat" });
    const dense = new Dense(3, { name: "dense_s" });
    const outputs = new Sum({ name: "sum" }).forward([
      dense.forward(flat.forward(a)),
      dense.forward(b),
    ]);
    let text = "";
    new Model({ inputs: [a, b], outputs }).summary((printed) => (text = printed));
    const cells = text.split("\n").map((line) => line.trim().split(/ {2,}/));
    expect(cells.slice(1, 9)).toEqual([
      ["Layer (type)", "Output shape", "Params", "Connected to"],
      [expect.stringMatching(/^-+$/)],
      ["a (input)", "[null, 2, 2]", "0"],
      ["b (input)", "[null, 4]", "0"],
      ["flat (Flatten)", "[null, 4]", "0", "a"],
      ["dense_s (Dense)", "[null, 3]", "15", "flat; b"],
      ["sum (Sum)", "[null, 3]", "0", "dense_s, dense_s"],
      [expect.stringMatching(/^-+$/)],
    ]);
  });
});

describe("a graph refuses", () => {
  const x = (): Tensor => input({ shape: [3], name: "x" });

  check("inputs that are none, or too few", () => {
    const [a, b] = [x(), input({ shape: [3], name: "other" })];
    const y = new Sum().forward([a, b]);
    expect(() => new Model({ inputs: a, outputs: y })).toThrow(
      /inputs lacks other \(float32\[null, 3\]\)/,
    );
    expect(() => new Model({ inputs: ones([2]), outputs: y })).toThrow(
      "Model: expected results of input() and of layers called on them for inputs but received float32[2]",
    );
    expect(() => new Model({ inputs: [a, b] })).toThrow("inputs and outputs but received inputs");
    expect(() => new Model({ inputs: [], outputs: y } as never)).toThrow("at least one symbolic");
    expect(() => new Model().forward(ones([1]))).toThrow("Model: expected a method forward, or");
  });

  check("data of another form", () => {
    const inputs = [x(), x()];
    const model = new Model({ inputs, outputs: new Sum().forward(inputs) });
    const data = ones([2, 3]);
    expect(() => model.forward(data as never)).toThrow("an array of 2 tensors for x but received");
    expect(() => model.forward([data])).toThrow("received an array of 1");
    expect(() => model.forward([data, ones([2, 4])])).toThrow(
      /float32\[null, 3\] for x\.1, its input x, but received float32\[2, 4\]/,
    );
    expect(() => model.forward([data, ones([2, 3], "float64")])).toThrow("received float64[2, 3]");
  });

  check("options that an input does not have, and sizes that are none", () => {
    expect(() => input({ shpae: [3] } as never)).toThrow("input: expected options among shape");
    expect(() => input({})).toThrow("input: expected sizes for shape");
    expect(() => input({ shape: [-1] })).toThrow("received [-1]");
    expect(() => input({ shape: [1], batchShape: [1, 1] })).toThrow("input: expected sizes");
    expect(() => input({ shape: [1], dtype: "float16" as never })).toThrow("float16");
  });

  check("a layer's input of another form, when the layer is called", () => {
    expect(() => new Dense(2, { dtype: "float64" }).forward(x())).toThrow(
      /Dense: expected float64/,
    );
  });
});

// ---- configurations and copies

function twoInputs(): Model<Tensor[], Tensor[]> {
  const [a, b] = [input({ shape: [4], name: "a" }), input({ shape: [4], name: "b" })];
  const shared = new Dense(4, { activation: "tanh" });
  const row = new Sequential([new Dense(3), new Dropout(0.5, { seed: 1 })]);
  const { left, right } = new Split().forward(shared.forward(shared.forward(a)));
  const sum = new Sum().forward([row.forward(b), new Dense(3).forward(left)]);
  return new Model({ inputs: [a, b], outputs: [sum, right] });
}

describe("a model's configuration", () => {
  const again = (model: Model<Tensor[], Tensor[]>): Model<Tensor[], Tensor[]> =>
    deserialize(JSON.parse(JSON.stringify(model))) as Model<Tensor[], Tensor[]>;

  check("makes the same graph again, shared and nested layers included", () => {
    const model = twoInputs();
    const copy = again(model);
    expect(JSON.stringify(copy)).toBe(JSON.stringify(model));
    expect(copy.countParams()).toBe(model.countParams());
    copy.loadState(model.state());
    const data = [randomUniform([2, 4]), randomUniform([2, 4])];
    copy.forward(data).forEach((y, i) => near(y, model.forward(data)[i]));
  });

  check("keeps a layer one that stands in two places", () => {
    const dense = new Dense(2);
    const model = new Sequential([dense, new Sequential([dense]), dense]).build([null, 2]);
    const copy = deserialize(JSON.parse(JSON.stringify(model))) as Sequential;
    expect(copy.layers[2]).toBe(copy.layers[0]);
    expect((copy.layers[1] as Sequential).layers[0]).toBe(copy.layers[0]);
    expect(copy.countParams()).toBe(6);
    const clone = model.clone();
    expect(clone.layers[2]).toBe(clone.layers[0]);
    expect(clone.layers[0]).not.toBe(dense);
  });

  check("builds a Sequential as it was built, before its weights are loaded", () => {
    const model = new Sequential([new Flatten(), new Rescaling(0.5), new Dense(2)]);
    model.build([null, 2, 2], "uint8");
    const copy = deserialize(JSON.parse(JSON.stringify(model))) as Sequential;
    expect(copy.weights.map((weight) => weight.shape)).toEqual([[4, 2], [2]]);
    expect(copy.inputType).toEqual({ shape: [null, 2, 2], dtype: "uint8" });
  });

  check("of a subclass is refused unless it is registered and knows its arguments", () => {
    class Subclass extends Model {
      dense: Dense;
      constructor(units: number) {
        super();
        this.dense = new Dense(units);
      }
      override forward(x: Tensor): Tensor {
        return this.dense.forward(x);
      }
    }
    expect(() => JSON.stringify(new Subclass(2))).toThrow(/the class Subclass; call register/);
    register("SubclassOfTheGraphTest", Subclass);
    expect(() => JSON.stringify(new Subclass(2))).toThrow(
      /Subclass: expected to know the argument of its constructor: name them, static positional/,
    );
    expect(() => new Subclass(2).clone()).toThrow("static positional");
  });
});

describe("clone", () => {
  check("copies configuration, weights and random streams, and shares none", () => {
    const model = twoInputs().train();
    const data = [ones([1, 4]), ones([1, 4])];
    model.forward(data);
    const copy = model.clone().train();
    const values = (m: typeof model): unknown => m.forward(data).map((y) => y.array());
    const first = values(copy);
    expect(values(model)).toEqual(first);
    expect(copy.weights.some((weight) => model.weights.includes(weight))).toBe(false);
    copy.weights[0].assign(copy.weights[0].add(1));
    expect(values(copy)).not.toEqual(values(model));
  });

  check("copies subclasses that need no arguments, built or not", () => {
    class Plain extends Model {
      dense = new Dense(2);
      override forward(x: Tensor): Tensor {
        return this.dense.forward(x);
      }
    }
    expect(new Plain().clone().weights).toEqual([]);
    const model = new Plain().build([null, 3]);
    const x = randomUniform([2, 3]);
    near(model.clone().forward(x), model.forward(x));
  });
});

describe("Sequential", () => {
  check("is built at once after an input", () => {
    const model = new Sequential([input({ shape: [2, 2] }), new Flatten(), new Dense(3)]);
    expect(model.weights.map((weight) => weight.shape)).toEqual([[4, 3], [3]]);
    model.add(new Dense(1));
    expect(model.weights).toHaveLength(4);
    expect(() => model.add(input({ shape: [2] }))).toThrow("one input, before the first layer");
    expect(() => new Sequential([ones([2])])).toThrow("a layer but received float32[2]");
  });

  check("pops its last layer", () => {
    const dense = new Dense(2);
    const model = new Sequential([new Flatten(), dense]);
    expect(model.pop()).toBe(dense);
    expect(model.layers).toHaveLength(1);
    model.pop();
    expect(() => model.pop()).toThrow("there is none");
  });
});

describe("a module that is no layer", () => {
  class Plain extends Module {
    dense = new Dense(2);
    forward(a: Tensor, b: Tensor): Tensor {
      return concat([this.dense.forward(a), b], 1);
    }
  }

  check("stands in a graph too, with several arguments, but in no configuration", () => {
    const [a, b] = [input({ shape: [3] }), input({ shape: [1] })];
    const plain = new Plain();
    const model = new Model({ inputs: [a, b], outputs: plain.forward(a, b) });
    const [x, y] = [randomUniform([2, 3]), ones([2, 1])];
    near(model.forward([x, y]), plain.forward(x, y));
    expect(() => JSON.stringify(model)).toThrow(/config\.graph\.layers\[0\].*but received/);
  });
});
