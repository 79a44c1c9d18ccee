/** Options that a class of one's own keeps to itself: copies and saved models would lack them in silence. */

import {
  Dense,
  Layer,
  Model,
  Sequential,
  type Tensor,
  losses,
  metrics,
  randomUniform,
  register,
  setSeed,
} from "../../src";

class InField extends Layer {
  readonly power: number;
  constructor({ power = 1, ...rest }: { power?: number } = {}) {
    super(rest);
    this.power = power;
  }
  forward(x: Tensor): Tensor {
    return x.pow(this.power);
  }
}

class ByPlace extends Layer {
  readonly power: number;
  constructor(power = 1) {
    super();
    this.power = power;
  }
  forward(x: Tensor): Tensor {
    return x.pow(this.power);
  }
}

class PassedOn extends Layer<{ power?: number }> {
  readonly doubled: number;
  constructor(options: { power?: number } = {}) {
    super(options, ["power"]);
    this.doubled = 2 * (this.options.power ?? 1);
  }
  forward(x: Tensor): Tensor {
    return x.pow(this.doubled);
  }
}

class Scaled extends losses.Loss {
  readonly scale: number;
  constructor({ scale = 1 } = {}) {
    super();
    this.scale = scale;
  }
  perSample(y: Tensor, yPred: Tensor): Tensor {
    return y.sub(yPred).abs().mul(this.scale).mean(-1);
  }
}

class Within extends metrics.Metric {
  override readonly direction = "max";
  readonly hits = this.addVariable("hits");
  readonly tolerance: number;
  constructor({ tolerance = 0.5 } = {}) {
    super();
    this.tolerance = tolerance;
  }
  accumulate(y: Tensor, yPred: Tensor): void {
    this.hits.assignAdd(y.sub(yPred).abs().lessEqual(this.tolerance).cast("float64").sum());
  }
  result(): number {
    return this.hits.item();
  }
}
for (const one of [InField, ByPlace, PassedOn, Scaled, Within]) register(`Lost${one.name}`, one);

const OPTIMIZER = "sgd" as const;
const USES: [string, () => void][] = [
  ["InField: power is 3", () => void new InField({ power: 3 }).clone()],
  ["ByPlace: power is 3", () => void new Sequential([new ByPlace(3), new Dense(1)]).toBytes()],
  [
    "Scaled: scale is 3",
    () => {
      const model = new Sequential([new Dense(1)]);
      model.compile({ optimizer: OPTIMIZER, loss: new Scaled({ scale: 3 }) });
      model.toBytes();
    },
  ],
  [
    "Within: tolerance is 3",
    () => {
      const model = new Sequential([new Dense(1)]);
      model.compile({ optimizer: OPTIMIZER, loss: "mse", metrics: [new Within({ tolerance: 3 })] });
      model.toBytes();
    },
  ],
];

let warnings: string[];
beforeEach(() => {
  warnings = [];
  jest.spyOn(process, "emitWarning").mockImplementation((message, options) => {
    warnings.push(`${(options as { code: string }).code} ${String(message)}`);
  });
});
afterEach(() => jest.restoreAllMocks());

test.each(USES)("%s is told, once a class", (found, use) => {
  use();
  use();
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(`NABLA_LOST_OPTION ${found}, but not in config()`);
});

test("an option that is passed on is kept, and nothing said", async () => {
  const model = new Sequential([new PassedOn({ power: 3 }), new Dense(1)]);
  model.build([null, 2]);
  const loaded = await Model.fromBytes(model.toBytes());
  expect((loaded.layers[0] as PassedOn).doubled).toBe(6);
  expect((model.clone().layers[0] as PassedOn).doubled).toBe(6);
  expect(warnings).toEqual([]);
});

test("the check draws no random numbers", () => {
  const drawn = [true, false].map((isChecked) => {
    setSeed(3);
    const model = new Sequential([new PassedOn({ power: 3 }), new Dense(1)]);
    model.build([null, 2]);
    if (isChecked) model.toBytes();
    const next = new Sequential([new Dense(4)]);
    next.build([null, 2]);
    return [...next.weights[0].data(), ...randomUniform([2]).data()];
  });
  expect(drawn[0]).toEqual(drawn[1]);
});
