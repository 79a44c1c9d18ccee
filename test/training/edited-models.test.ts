/** Models that are edited between calls: what was captured before must not be replayed. */

import {
  Activation,
  Dense,
  Dropout,
  Model,
  Module,
  Sequential,
  Tensor,
  Variable,
  gradientNorms,
  jit,
  losses,
  optimizers,
  tensor,
  tidy,
} from "../../src";
import { Choices, SEED } from "../helpers/choices";

/** Reads all sorts of plain fields. */
class Plain extends Model {
  dense = new Dense(3);
  scale = 1;
  list = [1, 2];
  nested = { a: { b: 1 } };
  map = new Map([["k", 1]]);
  numbers = new Float32Array([1, 2]);
  shift = new Variable([0, 0, 0]);
  constant = tensor([1, 1, 1]);
  extra?: Dense;

  override forward(x: Tensor): Tensor {
    const factor =
      this.scale *
      this.list.reduce((a, b) => a + b) *
      this.nested.a.b *
      this.map.get("k")! *
      this.numbers[1];
    const y = this.dense.forward(x).mul(factor).add(this.shift).mul(this.constant);
    return this.extra === undefined ? y : this.extra.forward(y);
  }
}

/** Of each model; a long run takes more: NABLA_TEST_EDITS=1000. */
const EDITS = Number(process.env.NABLA_TEST_EDITS ?? 100);

describe(`random edits, NABLA_TEST_SEED=${SEED}`, () => {
  const draws = new Choices(SEED);
  const layer = (): Module => {
    const make = [
      () => new Dense(draws.integer(1, 5)),
      () => new Dense(draws.integer(1, 5), { activation: "relu" }),
      () => new Activation(draws.pick(["tanh", "sigmoid", "softmax"])),
      () => new Dropout(0.5),
    ];
    return draws.pick(make)();
  };

  it("Sequential: layers added, removed, replaced, moved; Variables swapped", async () => {
    const model = new Sequential([new Dense(4), new Dense(3)]);
    const edits: Record<string, () => void> = {
      add: () => (model.layers.length < 6 ? model.add(layer()) : model.pop()),
      pop: () => model.layers.length > 1 && model.pop(),
      insert: () =>
        model.layers.splice(draws.integer(0, model.layers.length), 0, new Activation("tanh")),
      replace: () => {
        const last = model.layers.length - 1;
        model.layers[last] = layer();
      },
      swap: () => {
        const dense = model.layers.find((one) => one instanceof Dense && one.isBuilt) as Dense;
        if (dense !== undefined) dense.kernel = new Variable(dense.kernel!.mul(draws.unit() - 0.5));
      },
      train: () => model.train(draws.integer(0, 1) === 1),
      nothing: () => undefined,
    };
    await checkEdits(model, edits);
  });

  it("a class of one's own: plain fields that forward reads", async () => {
    const model = new Plain();
    const number = () => draws.integer(1, 9);
    const edits: Record<string, () => void> = {
      scale: () => (model.scale = number()),
      list: () => (model.list[0] = number()),
      push: () => (model.list.length < 5 ? model.list.push(number()) : model.list.pop()),
      nested: () => (model.nested.a.b = number()),
      replaced: () => (model.nested = { a: { b: number() } }),
      map: () => model.map.set("k", number()),
      numbers: () => (model.numbers[1] = number()),
      shift: () => (model.shift = new Variable([number(), 0, 1])),
      assigned: () => model.shift.assign([number(), 0, 1]),
      constant: () => (model.constant = tensor([number(), 1, 1])),
      extra: () => (model.extra = model.extra === undefined ? new Dense(2) : undefined),
      dense: () => (model.dense = new Dense(3)),
      nothing: () => undefined,
    };
    await checkEdits(model, edits);
  });

  async function checkEdits(model: Model, edits: Record<string, () => void>): Promise<void> {
    const captured = jit((x: Tensor) => model.forward(x));
    const x = tensor([
      [1, -2, 0.5],
      [0.25, 3, -1],
    ]);
    const done: string[] = [];
    for (let i = 0; i < EDITS; i++) {
      const name = draws.pick(Object.keys(edits));
      edits[name]();
      done.push(name);
      const expected = tidy(() => model.inMode(false, () => values(model, x)));
      const predicted = await model.predict(x);
      const edited = `after ${done.slice(-5).join(", ")}`;
      expect([edited, predicted.array()]).toEqual([edited, expected]);
      predicted.dispose();
      const replayed = tidy(() => model.inMode(false, () => captured(x).array()));
      expect([edited, replayed]).toEqual([edited, expected]);
    }
    captured.dispose();
  }

  function values(model: Model, x: Tensor): unknown {
    return model.forward(x).array();
  }
});

describe("fit and evaluate", () => {
  const x = tensor([
    [1, 2],
    [3, -1],
  ]);
  const y = tensor([[1], [0]]);

  it("train a layer that a callback put in place of another", async () => {
    const model = new Sequential([new Dense(2), new Dense(1)]).build([null, 2]);
    const old = model.layers[1] as Dense;
    const young = new Dense(1);
    young.build([null, 2]);
    model.compile({ optimizer: new optimizers.SGD(0.1), loss: "mse" });
    const oldKernels: unknown[] = [];
    const youngKernels: unknown[] = [];
    await model.fit(x, y, {
      epochs: 4,
      verbose: 0,
      callbacks: [
        {
          onEpochEnd: (epoch: number) => {
            oldKernels.push(old.kernel!.array());
            youngKernels.push(young.kernel!.array());
            if (epoch === 1) model.layers[1] = young;
          },
        },
      ],
    });
    expect(oldKernels[1]).not.toEqual(oldKernels[0]);
    expect(oldKernels[3]).toEqual(oldKernels[1]);
    expect(youngKernels[1]).toEqual(youngKernels[0]);
    expect(youngKernels[3]).not.toEqual(youngKernels[2]);
  });

  it("evaluate the model of this moment", async () => {
    const model = new Sequential([new Dense(2), new Dense(1)]);
    model.compile({ optimizer: "sgd", loss: "mse" });
    for (let i = 0; i < 3; i++) {
      model.layers[1] = new Dense(1);
      const expected = tidy(() => losses.meanSquaredError(y, model.forward(x)).mean().item());
      const { loss } = await model.evaluate(x, y);
      expect(loss).toBeCloseTo(expected, 5);
    }
  });

  it("gradient norms of the model of this moment", () => {
    const model = new Sequential([new Dense(2), new Dense(1)]);
    const norms = () => tidy(() => gradientNorms(model, x, y, { loss: "mse" }));
    expect(norms()).toHaveLength(2);
    model.pop();
    model.add(new Dense(3)).add(new Dense(1));
    expect(norms()).toHaveLength(3);
  });
});
