import {
  Activation,
  Dense,
  Dropout,
  Flatten,
  Model,
  Module,
  Rescaling,
  Sequential,
  type Tensor,
  Variable,
  ones,
  tensor,
  zeros,
} from "../../src";
import { alive, leakFree } from "../helpers/leak-free";

const check = (title: string, body: () => void): void => test(title, leakFree(body));

class Block extends Module {
  readonly dense = new Dense(2);
  private readonly scale = new Variable([1, 1]);

  forward(x: Tensor): Tensor {
    return this.dense.forward(x).mul(this.scale);
  }
}

/** Weights in fields, arrays, objects and nests of them, one of them twice. */
class Net extends Model {
  first = new Dense(3, { activation: "tanh" });
  blocks = [new Block(), new Block()];
  heads: Record<string, Module> = { left: new Dense(1), right: new Dense(1, { useBias: false }) };
  again = this.first;
  gains = { deep: [new Variable([2], { trainable: false })] };
  note = "not a weight";
  dropout = new Dropout(0.5);

  override forward(x: Tensor): Tensor {
    let y = this.first.forward(x);
    for (const block of this.blocks) y = block.forward(y);
    y = this.dropout.forward(y);
    const [left, right] = Object.values(this.heads) as Dense[];
    return left.forward(y).add(right.forward(y)).mul(this.gains.deep[0]);
  }
}

const PATHS = [
  "gains.deep.0",
  "first.kernel",
  "first.bias",
  "blocks.0.scale",
  "blocks.0.dense.kernel",
  "blocks.0.dense.bias",
  "blocks.1.scale",
  "blocks.1.dense.kernel",
  "blocks.1.dense.bias",
  "heads.left.kernel",
  "heads.left.bias",
  "heads.right.kernel",
];

const built = (): Net => new Net().build([null, 4]);
const paths = (weights: [string, Variable][]): string[] => weights.map(([path]) => path);

describe("a module", () => {
  check("finds its weights in fields, arrays and objects, each once, by path", () => {
    const net = built();
    expect(paths(net.namedWeights())).toEqual(PATHS);
    expect(net.weights).toEqual(net.namedWeights().map(([, weight]) => weight));
    expect(net.first.kernel?.shape).toEqual([4, 3]);
    expect(net.countParams()).toBe(15 + 2 * (0 + 2) + (8 + 6) + (3 + 2) + 1);
  });

  check("names its weights by their paths once it has run", () => {
    const net = built();
    expect(net.weights.map((weight) => weight.name)).toEqual(PATHS);
    expect(net.first.kernel?.describe()).toBe("Variable first.kernel float32[4, 3]");
  });

  check("has no weights of layers that have not run", () => {
    expect(paths(new Net().namedWeights())).toEqual([
      "gains.deep.0",
      "blocks.0.scale",
      "blocks.1.scale",
    ]);
  });

  check("lists all modules below it, and those in its own fields", () => {
    const net = new Net();
    expect(net.modules().map((module) => module.constructor.name)).toEqual([
      ...["Net", "Dense", "Block", "Dense", "Block", "Dense", "Dense", "Dense", "Dropout"],
    ]);
    expect(net.childModules().map(([path]) => path)).toEqual([
      ...["first", "blocks.0", "blocks.1", "heads.left", "heads.right", "again", "dropout"],
    ]);
  });

  check("does not loop where modules hold each other", () => {
    class Child extends Module {
      weight = new Variable(1);
      constructor(readonly parent: Module) {
        super();
      }
      forward(x: Tensor): Tensor {
        return x.mul(this.weight);
      }
    }
    class Parent extends Module {
      child = new Child(this);
      forward(x: Tensor): Tensor {
        return this.child.forward(x);
      }
    }
    const parent = new Parent();
    expect(paths(parent.namedWeights())).toEqual(["child.weight"]);
    expect(parent.forward(tensor([3])).array()).toEqual([3]);
  });
});

describe("freezing", () => {
  check("takes a module's weights, and those below it, from the trainable ones", () => {
    const net = built();
    net.blocks[0].trainable = false;
    net.heads.left.trainable = false;
    const frozen = PATHS.filter((path) => /^(blocks\.0|heads\.left|gains)/.test(path));
    const named = new Map(net.namedWeights().map(([path, weight]) => [weight, path]));
    expect(net.nonTrainableWeights.map((weight) => named.get(weight))).toEqual(frozen);
    expect(net.trainableWeights.map((weight) => named.get(weight))).toEqual(
      PATHS.filter((path) => !frozen.includes(path)),
    );
    net.blocks[0].trainable = true;
    expect(net.trainableWeights).toContain(net.blocks[0].dense.kernel);
    net.trainable = false;
    expect(net.trainableWeights).toEqual([]);
    expect(net.weights).toHaveLength(PATHS.length);
  });
});

describe("train and eval", () => {
  check("reach every module below, and return this; modules start in inference", () => {
    const net = new Net();
    const modes = () => new Set(net.modules().map((module) => module.training));
    expect(modes()).toEqual(new Set([false]));
    net.blocks[1].train();
    expect(net.blocks.map((block) => block.dense.training)).toEqual([false, true]);
    expect(net.train()).toBe(net);
    expect(modes()).toEqual(new Set([true]));
    expect(net.eval()).toBe(net);
    expect(modes()).toEqual(new Set([false]));
    expect(new Set([net.train(false).training, net.train(true).training])).toEqual(
      new Set([false, true]),
    );
  });

  check("decide what Dropout does", () => {
    const dropout = new Dropout(0.5, { seed: 1 });
    const x = ones([1000]);
    expect(dropout.forward(x).array()).toEqual(x.array());
    expect(new Set(dropout.train().forward(x).data())).toEqual(new Set([0, 2]));
    expect(dropout.eval().forward(x).array()).toEqual(x.array());
  });
});

describe("state", () => {
  check("holds the weights themselves by path", () => {
    const net = built();
    const state = net.state();
    expect(Object.keys(state)).toEqual([...PATHS, "dropout.generator"]);
    expect(state["first.kernel"]).toBe(net.first.kernel);
  });

  check("goes from one model to another", () => {
    const [from, to] = [built(), built()];
    const x = tensor([1, -2, 3, 0.5], [1, 4]);
    const expected = from.forward(x).array();
    expect(to.forward(x).array()).not.toEqual(expected);
    const { kernel } = to.first;
    to.loadState(from.state());
    expect(to.forward(x).array()).toEqual(expected);
    expect(to.first.kernel).toBe(kernel);
    expect(kernel).not.toBe(from.first.kernel);
  });

  check("may be plain arrays", () => {
    const dense = new Dense(1);
    dense.build([null, 2]);
    dense.loadState({ kernel: [[1], [2]], bias: new Float32Array([3]) });
    expect(dense.forward(tensor([[1, 1]])).array()).toEqual([[6]]);
  });

  const faults: [string, (state: Record<string, unknown>) => void, RegExp][] = [
    ["a path is missing", (state) => delete state["blocks.1.scale"], /blocks\.1\.scale missing/],
    ["a path is unknown", (state) => (state["blocks.9"] = [1]), /blocks\.9 unknown/],
    [
      "a shape differs",
      (state) => (state["gains.deep.0"] = [1, 2]),
      /float32\[1\] for gains\.deep\.0 but received float32\[2\]/,
    ],
    ["a value is no number", (state) => (state["gains.deep.0"] = ["x"]), /expected numbers .* "x"/],
    [
      "a dtype differs",
      (state) => (state["gains.deep.0"] = zeros([1], "float64")),
      /gains.* float64\[1\]/,
    ],
    ["a value is undefined", (state) => (state["gains.deep.0"] = undefined), /undefined/],
  ];

  test.each(faults)("changes nothing when %s", (_fault, spoil, message) => {
    leakFree(() => {
      const net = built();
      const before = net.weights.map((weight) => weight.array());
      const state: Record<string, unknown> = Object.fromEntries(
        PATHS.map((path, i) => [path, net.weights[i].add(1)]),
      );
      spoil(state);
      const counted = alive();
      expect(() => net.loadState(state as never)).toThrow(message);
      expect(alive()).toEqual(counted);
      expect(net.weights.map((weight) => weight.array())).toEqual(before);
    })();
  });

  check("that is no object is refused", () => {
    for (const state of [null, undefined, 3]) {
      expect(() => built().loadState(state as never)).toThrow(/expected an object .* received/);
    }
  });
});

describe("Sequential", () => {
  check("runs its layers one after the other", () => {
    const model = new Sequential([new Flatten(), new Rescaling(2, 1)]);
    expect(model.add(new Activation("relu"))).toBe(model);
    expect(model.forward(tensor([[[-3], [4]]])).array()).toEqual([[0, 9]]);
  });

  check("names weights by the layers' numbers", () => {
    const model = new Sequential([new Flatten(), new Dense(1)]).build([null, 2, 2]);
    expect(paths(model.namedWeights())).toEqual(["layers.1.kernel", "layers.1.bias"]);
    expect(model.weights[0].shape).toEqual([4, 1]);
  });

  check("without layers passes its input on", () => {
    const x = tensor([1, 2]);
    expect(new Sequential().forward(x)).toBe(x);
  });

  check("refuses what is no layer, or no list of them", () => {
    expect(() => new Sequential([new Dense(1), "relu" as never])).toThrow(
      'Sequential: expected a layer but received "relu"',
    );
    expect(() => new Sequential(new Dense(1) as never)).toThrow(
      "Sequential: expected an array for layers but received a Dense",
    );
  });

  check("builds for another dtype", () => {
    const layers = [new Flatten(), new Dense(1, { dtype: "float64" })];
    expect(new Sequential(layers).build([null, 3], "float64").weights[0].dtype).toBe("float64");
    const images = new Sequential([new Flatten(), new Rescaling(1 / 255), new Dense(1)]);
    expect(images.build([null, 2, 2], "uint8").countParams()).toBe(5);
  });

  check("refuses a shape to build for that is none", () => {
    const model = () => new Sequential([new Dense(1)]);
    expect(() => model().build([null, -2])).toThrow(
      /non-negative integers, or null, for inputShape/,
    );
    expect(() => model().build(3 as never)).toThrow(/array for inputShape/);
    expect(() => model().build([null, null])).toThrow(/inputShape/);
  });
});

describe("summary", () => {
  check("lists layers, shapes of their results, and parameters", () => {
    const model = new Sequential([
      new Flatten(),
      new Dense(32, { activation: "relu" }),
      new Dropout(0.1),
      new Dense(10),
    ]).build([null, 28, 28]);
    (model.layers[3] as Dense).trainable = false;
    const printed: string[] = [];
    model.summary((text) => printed.push(text));
    const lines = printed.join("\n").split("\n");
    expect(lines[0]).toBe("Model: Sequential");
    const cells = lines.map((line) => line.trim().split(/ {2,}/));
    expect(cells).toContainEqual(["layers.0 (Flatten)", "[null, 784]", "0"]);
    expect(cells).toContainEqual(["layers.1 (Dense)", "[null, 32]", "25,120"]);
    expect(cells).toContainEqual(["layers.2 (Dropout)", "[null, 32]", "0"]);
    expect(cells).toContainEqual(["layers.3 (Dense)", "[null, 10]", "330"]);
    expect(lines.slice(-3)).toEqual([
      "Total params: 25,450",
      "Trainable params: 25,120",
      "Non-trainable params: 330",
    ]);
    const rows = lines.slice(1, -4).filter((line) => !line.startsWith("-"));
    expect(new Set(rows.map((line) => line.length)).size).toBe(1);
  });

  check("names nested layers by path and prints to the console by default", () => {
    const log = jest.spyOn(console, "log").mockImplementation();
    new Net().summary();
    const text = log.mock.calls.flat().join("\n");
    log.mockRestore();
    expect(text).toContain("blocks.1.dense (Dense)");
    expect(text).toMatch(/heads\.left \(Dense\) +\? +0/);
    expect(text).toContain("Model: Net");
  });
});
