/**
 * Losses where they are hard: kinks, saturation, infinities, targets of another shape. Values at
 * random points are compared with Keras' by the golden tests.
 */

import {
  Activation,
  GradientTape,
  Sequential,
  type Tensor,
  getThreads,
  gradcheck,
  jit,
  losses,
  mul,
  ones,
  setThreads,
  tensor,
  tidy,
} from "../../src";
import { leakFree } from "../helpers/leak-free";
import { spread } from "../helpers/numbers";

type Loss = (yTrue: Tensor, yPred: Tensor) => Tensor;
type DType = "float32" | "float64";

const check = (title: string, body: () => void): void => test(title, leakFree(body));

function gradientOf(loss: Loss, y: Tensor, p: Tensor): [Tensor, Tensor] {
  const tape = new GradientTape();
  tape.watch(p);
  const value = tape.record(() => loss(y, p));
  return [value, tape.gradient(value, p)];
}

/** Value and gradient of one prediction, as the loss of one sample of one element. */
function at(loss: Loss, y: number, p: number, dtype: DType = "float32"): [number, number] {
  return tidy(() => {
    const [value, gradient] = gradientOf(
      loss,
      tensor([[y]], undefined, dtype),
      tensor([[p]], undefined, dtype),
    );
    // 0, whatever its sign.
    return [value.item() + 0, gradient.item() + 0];
  });
}

const MODES: [string, ((loss: Loss, y: Tensor, p: Tensor) => [Tensor, Tensor]) | null, number][] = [
  ["eagerly", gradientOf, 1],
  ["captured", captured({}), 1],
  ["captured, on two threads", captured({}), 2],
  ["captured, not fused", captured({ fuse: false }), 1],
];

function captured(options: { fuse?: boolean }) {
  return (loss: Loss, y: Tensor, p: Tensor): [Tensor, Tensor] =>
    jit((yTrue: Tensor, yPred: Tensor) => gradientOf(loss, yTrue, yPred), options)(y, p);
}

/** Losses with options that bring in all of their parts: [loss, kind of targets, predictions]. */
const LOSSES: [
  string,
  Loss,
  "numbers" | "flags" | "oneHot" | "labels",
  "any" | "part" | "share",
][] = [
  ["meanSquaredError", losses.meanSquaredError, "numbers", "any"],
  ["meanAbsoluteError", losses.meanAbsoluteError, "numbers", "any"],
  ["meanAbsolutePercentageError", losses.meanAbsolutePercentageError, "numbers", "any"],
  ["meanSquaredLogarithmicError", losses.meanSquaredLogarithmicError, "flags", "part"],
  ["huber", losses.huber, "numbers", "any"],
  ["huber of 2", (y, p) => losses.huber(y, p, { delta: 2 }), "numbers", "any"],
  ["logCosh", losses.logCosh, "numbers", "any"],
  ["poisson", losses.poisson, "flags", "part"],
  ["klDivergence", losses.klDivergence, "oneHot", "share"],
  ["cosineSimilarity", losses.cosineSimilarity, "numbers", "any"],
  ["hinge", losses.hinge, "flags", "any"],
  ["squaredHinge", losses.squaredHinge, "flags", "any"],
  ["categoricalHinge", losses.categoricalHinge, "oneHot", "any"],
  ["dice", losses.dice, "flags", "part"],
  ["dice over an axis", (y, p) => losses.dice(y, p, { axis: 1 }), "flags", "part"],
  ["tversky", (y, p) => losses.tversky(y, p, { alpha: 0.3, beta: 0.8 }), "flags", "part"],
  [
    "binaryCrossentropy",
    (y, p) => losses.binaryCrossentropy(y, p, { labelSmoothing: 0.2, axis: 0 }),
    "flags",
    "part",
  ],
  [
    "binaryCrossentropy from logits",
    (y, p) => losses.binaryCrossentropy(y, p, { fromLogits: true }),
    "flags",
    "any",
  ],
  [
    "binaryFocalCrossentropy",
    (y, p) => losses.binaryFocalCrossentropy(y, p, { applyClassBalancing: true, gamma: 1.5 }),
    "flags",
    "part",
  ],
  [
    "binaryFocalCrossentropy from logits",
    (y, p) => losses.binaryFocalCrossentropy(y, p, { fromLogits: true, gamma: 0.5 }),
    "flags",
    "any",
  ],
  [
    "categoricalCrossentropy",
    (y, p) => losses.categoricalCrossentropy(y, p, { labelSmoothing: 0.1 }),
    "oneHot",
    "share",
  ],
  [
    "categoricalCrossentropy from logits",
    (y, p) => losses.categoricalCrossentropy(y, p, { fromLogits: true, axis: 0 }),
    "oneHot",
    "any",
  ],
  [
    "categoricalFocalCrossentropy",
    (y, p) => losses.categoricalFocalCrossentropy(y, p, { gamma: 1.5 }),
    "oneHot",
    "share",
  ],
  [
    "categoricalFocalCrossentropy from logits",
    (y, p) => losses.categoricalFocalCrossentropy(y, p, { fromLogits: true }),
    "oneHot",
    "any",
  ],
  [
    "sparseCategoricalCrossentropy that ignores a class",
    (y, p) => losses.sparseCategoricalCrossentropy(y, p, { fromLogits: true, ignoreClass: 2 }),
    "labels",
    "any",
  ],
  [
    "categoricalGeneralizedCrossEntropy",
    (y, p) => losses.categoricalGeneralizedCrossEntropy(y, p, { q: 0.3 }),
    "labels",
    "share",
  ],
  ["circle", (y, p) => losses.circle(y, p, { gamma: 4 }), "labels", "any"],
];

const [ROWS, CLASSES] = [6, 4];

function targets(kind: (typeof LOSSES)[0][2], dtype: DType): Tensor {
  const labels = [0, 1, 2, 3, 1, 0];
  switch (kind) {
    case "labels":
      return tensor(labels, undefined, "int32");
    case "oneHot":
      return tensor(labels.map((label) => [0, 1, 2, 3].map((i) => Number(i === label))), undefined, dtype); // prettier-ignore
    case "flags":
      return tensor(spread([ROWS, CLASSES], 0, 1, { seed: 3 }).map(Math.round), [ROWS, CLASSES], dtype); // prettier-ignore
    case "numbers":
      return tensor(spread([ROWS, CLASSES], -2, 2, { seed: 4 }), [ROWS, CLASSES], dtype);
  }
}

function predictions(kind: (typeof LOSSES)[0][3], dtype: DType): Tensor {
  const shape = [ROWS, CLASSES];
  if (kind === "any") return tensor(spread(shape, -2, 2, { seed: 5 }), shape, dtype);
  const parts = tensor(spread(shape, 0.05, 0.95, { seed: 6 }), shape, dtype);
  return kind === "part" ? parts : parts.div(parts.sum(-1, true));
}

describe.each(MODES)("losses %s", (_mode, run, threads) => {
  const before = getThreads();
  beforeAll(() => setThreads(threads));
  afterAll(() => setThreads(before));

  test.each(LOSSES)("%s in float32 is that of float64", (_name, loss, kind, given) => {
    const results = (["float32", "float64"] as const).map((dtype) =>
      tidy(() =>
        run!(loss, targets(kind, dtype), predictions(given, dtype)).map((t) => [...t.data()]),
      ),
    );
    results[0].forEach((values, part) =>
      values.forEach((value, i) => expect(value).toBeCloseTo(results[1][part][i], 4)),
    );
  });
});

describe("gradients of losses", () => {
  test.each(LOSSES)("of %s are those of differences", (_name, loss, kind, given) => {
    const y = targets(kind, "float64");
    const weights = tensor(spread([ROWS], 0.5, 2, { seed: 9 }), [ROWS], "float64");
    const weighted = (p: Tensor): Tensor => {
      const value = loss(y, p);
      return value.shape[0] === ROWS ? mul(value, weights) : value;
    };
    gradcheck(weighted, [predictions(given, "float64")]);
  });
});

describe("binary cross-entropy from logits", () => {
  const loss: Loss = (y, z) => losses.binaryCrossentropy(y, z, { fromLogits: true });
  /** Of float32; what is smaller counts as 0. */
  const LEAST_NORMAL = 2 ** -126;

  test("keeps its digits from -100 to 100", () => {
    for (let z = -100; z <= 100; z += 0.5) {
      for (const y of [0, 1]) {
        const signed = y === 1 ? -z : z;
        const exact = Math.log1p(Math.exp(-Math.abs(signed))) + Math.max(signed, 0);
        const slope = (y === 1 ? -1 : 1) / (1 + Math.exp(-signed));
        const [value, gradient] = at(loss, y, z);
        expect(Math.abs(value - exact)).toBeLessThan(1e-6 * exact + LEAST_NORMAL);
        expect(Math.abs(gradient - slope)).toBeLessThan(1e-6 * Math.abs(slope) + LEAST_NORMAL);
      }
    }
  });

  test("is 0 for a right infinite logit", () => {
    expect(at(loss, 1, Infinity)).toEqual([0, 0]);
    expect(at(loss, 0, -Infinity)).toEqual([0, 0]);
    expect(at(loss, 1, NaN)[0]).toBeNaN();
  });

  test("focal: has a slope where a probability underflows", () => {
    const focal: Loss = (y, z) =>
      losses.binaryFocalCrossentropy(y, z, { fromLogits: true, gamma: 0.5 });
    expect(at(focal, 1, 200)).toEqual([0, 0]);
    expect(at(focal, 1, -200)).toEqual([200, -1]);
    expect(at(focal, 0, 200)).toEqual([200, 1]);
  });
});

const ofSoftmax = ([z]: number[]): [exact: number, slopes: number[]] => {
  // Of classes z, 0 and -z, the first is the label's.
  const others = z > 0 ? Math.exp(-z) + Math.exp(-2 * z) : Math.exp(z) + Math.exp(2 * z);
  const exact = Math.log1p(others) + Math.max(0, -2 * z);
  const exponentials = [z, 0, -z].map((class_) => Math.exp(class_ - Math.abs(z)));
  const sum = exponentials.reduce((a, b) => a + b);
  return [exact, exponentials.map((e, i) => e / sum - Number(i === 0))];
};

const FIRST = tensor([[1, 0, 0]]);
const LABEL = tensor([0], [1], "int32");

/** Losses of probabilities that were made of logits, and what they are in exact numbers. */
const CLASSIFIED: [string, Loss, Tensor, (z: number[]) => [number, number[]]][] = [
  ["sparse", (y, z) => losses.sparseCategoricalCrossentropy(y, z.softmax()), LABEL, ofSoftmax],
  ["categorical", (y, z) => losses.categoricalCrossentropy(y, z.softmax()), FIRST, ofSoftmax],
  [
    "sparse, of an activation, with an axis",
    (y, z) =>
      losses.sparseCategoricalCrossentropy(y, new Activation("softmax").apply(z), { axis: 1 }),
    LABEL,
    ofSoftmax,
  ],
  [
    "categorical, over an axis given from the front",
    (y, z) => losses.categoricalCrossentropy(y, z.softmax(1), { axis: 1 }),
    FIRST,
    ofSoftmax,
  ],
  [
    "sparse, read before the loss",
    (y, z) => {
      const p = z.softmax();
      return losses.sparseCategoricalCrossentropy(y, p).add(p.sum().sub(p.sum()));
    },
    LABEL,
    ofSoftmax,
  ],
];

describe.each(MODES)("cross-entropy of what softmax made %s", (_mode, run, threads) => {
  const before = getThreads();
  beforeAll(() => setThreads(threads));
  afterAll(() => setThreads(before));

  test.each(CLASSIFIED)("%s keeps its digits from -100 to 100", (_title, loss, y, exact) => {
    for (let z = -100; z <= 100; z += 12.5) {
      tidy(() => {
        const [value, gradient] = run!(loss, y, tensor([[z, 0, -z]]));
        const [wanted, slopes] = exact([z]);
        expect(Math.abs(value.item() - wanted)).toBeLessThan(1e-6 * wanted + 2 ** -126);
        slopes.forEach((slope, i) =>
          expect(Math.abs(gradient.data()[i] - slope)).toBeLessThan(1e-6),
        );
      });
    }
  });
});

describe("cross-entropy of probabilities that something else made", () => {
  const p = tensor([[-50, 50]]).sigmoid();

  check(
    "takes them as they are: of sigmoid for one of several, of softmax for each by itself",
    () => {
      const clipped = -Math.log(1e-7);
      // Of float32, the greatest number below 1 - 1e-7 is 1 - 2^-23.
      const clippedOne = -Math.log(2 ** -23);
      const label = tensor([0], [1], "int32");
      const first = tensor([[1, 0]]);
      expect(losses.sparseCategoricalCrossentropy(label, p).item()).toBeCloseTo(clipped, 3);
      expect(losses.categoricalCrossentropy(first, p).item()).toBeCloseTo(clipped, 3);
      const softmax = tensor([[-50, 50]]).softmax();
      const both = (clipped + clippedOne) / 2;
      expect(losses.binaryCrossentropy(first, softmax).item()).toBeCloseTo(both, 3);
      const across = tensor([[-50], [50]])
        .softmax(0)
        .transpose();
      expect(losses.sparseCategoricalCrossentropy(label, across).item()).toBeCloseTo(clipped, 3);
    },
  );

  check("focal: keeps its slope where sigmoid saturates", () => {
    const focal: Loss = (y, z) => losses.binaryFocalCrossentropy(y, z.sigmoid());
    expect(at(focal, 1, -80)).toEqual([80, -1]);
    expect(at(focal, 0, 80)).toEqual([80, 1]);
  });
});

/** What Keras 3.15 on TensorFlow gives in float64: the loss of each sample, and its slopes. */
const OUTSIDE: Record<string, [number[], number[][]]> = {
  sparseCategoricalCrossentropy: [
    [0.22314365131421482, 16.523560759066484, 1.2527629113525092],
    [
      [0, 0.8, 0],
      [0, 0.6666666666666666, 0],
      [0.5714286040816345, -1.4285713959183655, 0],
    ],
  ],
  categoricalCrossentropy: [
    [0.08004270767353637, 16.11809565095832, 1.7047480922384253],
    [
      [-0.05128205128205132, 0.6153846153846153, 0.6153846153846153],
      [0, 0, 0],
      [0.36363636363636365, -1.6363636363636362, 0.36363636363636365],
    ],
  ],
  binaryCrossentropy: [
    [5.468592607803369, 5.603747644014876, 5.699641634832134],
    [
      [0, 0.4444444444444444, 0],
      [0, -0.6666666666666666, 0],
      [0.4444444444444444, -0.6666666666666666, 0],
    ],
  ],
  categoricalFocalCrossentropy: [
    [0.00011840637229813056, 4.029523106834838, 0.285298750973786],
    [
      [-0.00022159194235813005, 0.0026591033082975606, 0.0026591033082975606],
      [0, 0, 0],
      [0.10696538791929623, -0.481344245636833, 0.10696538791929623],
    ],
  ],
};

describe.each(Object.entries(OUTSIDE))("%s of what is no probability", (name, [values, slopes]) => {
  const p = [
    [1.5, 0.25, -0.125],
    [1e-9, 0.5, 3],
    [0.25, 0.5, 2],
  ];
  const flags = name === "binaryCrossentropy" ? [1, 0, 1, 0, 1, 0] : [1, 0, 0, 1, 0, 0];
  const y = (): Tensor =>
    name.startsWith("sparse")
      ? tensor([0, 0, 1], [3], "int32")
      : tensor([...flags, 0, 1, 0], [3, 3], "float64");

  test.each(MODES)("is clipped as in Keras, %s", (_mode, of, threads) => {
    const before = getThreads();
    setThreads(threads);
    const [value, gradient] = (of ?? gradientOf)(
      losses[name as "mse"],
      y(),
      tensor(p, [3, 3], "float64"),
    );
    setThreads(before);
    const close = (found: Tensor, wanted: number[]): void =>
      Array.from(found.data()).forEach((v, i) => expect(v).toBeCloseTo(wanted[i], 12));
    close(value, values);
    close(gradient, slopes.flat());
  });
});

describe("categorical cross-entropy from logits", () => {
  check("takes masked classes, logits of -Infinity", () => {
    const loss = losses.categoricalCrossentropy(tensor([[1, 0]]), tensor([[3, -Infinity]]), {
      fromLogits: true,
    });
    expect(loss.item()).toBeCloseTo(0);
  });
});

describe("losses of numbers", () => {
  test("huber is straight far off, also at infinity", () => {
    expect(at(losses.huber, 0, 1e30)[1]).toBe(1);
    expect(at(losses.huber, 0, Infinity)).toEqual([Infinity, 1]);
    expect(at(losses.huber, 0, -Infinity)).toEqual([Infinity, -1]);
  });

  test("logCosh keeps its digits near 0 and far off", () => {
    const exact = (x: number): number => (x < 1 ? Math.log(Math.cosh(x)) : x - Math.LN2 + Math.log1p(Math.exp(-2 * x))); // prettier-ignore
    expect(at(losses.logCosh, 0, 1e-4)[0] / 5e-9).toBeCloseTo(1, 5);
    for (const x of [0.3, 0.999, 1.001, 5, 80])
      expect(at(losses.logCosh, 0, x)[0] / exact(x)).toBeCloseTo(1, 5);
    expect(at(losses.logCosh, 0, Infinity)).toEqual([Infinity, 1]);
    expect(at(losses.logCosh, 0, 0)).toEqual([0, 0]);
  });

  test("slopes at kinks are Keras'", () => {
    expect(at(losses.meanAbsoluteError, 1, 1)[1]).toBe(0);
    expect(at(losses.hinge, 1, 1)[1]).toBe(-1);
    expect(at(losses.huber, 0, 1)[1]).toBe(1);
  });

  test("vectors of zeros have no direction", () => {
    const [value, gradient] = gradientOf(
      losses.cosineSimilarity,
      tensor([[1, 2]]),
      tensor([[0, 0]]),
    );
    expect(value.item()).toBeCloseTo(0);
    expect(gradient.data().every(Number.isFinite)).toBe(true);
  });
});

describe("hinge", () => {
  check("takes 0 and 1 for -1 and 1, unless there are other targets", () => {
    const p = tensor([[0.5, -0.5]]);
    expect(losses.hinge(tensor([[1, 0]]), p).array()).toEqual([0.5]);
    expect(losses.hinge(tensor([[1, -1]]), p).array()).toEqual([0.5]);
    expect(losses.hinge(tensor([[0, -1]]), p).array()).toEqual([0.75]);
  });
});

describe("sparseCategoricalCrossentropy", () => {
  const labels = tensor([0, 255, 1], undefined, "uint8");

  check("ignores a label that is no class, whatever is predicted", () => {
    const p = tensor([[0.5, 0.5], [NaN, NaN], [0.25, 0.75]]); // prettier-ignore
    const loss: Loss = (y, z) => losses.sparseCategoricalCrossentropy(y, z, { ignoreClass: 255 });
    const [value, gradient] = gradientOf(loss, labels, p);
    expect(value.data()[1]).toBe(0);
    expect(value.data()[0]).toBeCloseTo(Math.LN2);
    expect(gradient.array()).toEqual([[-1, 1], [0, 0], [1, expect.closeTo(-1 / 3)]]); // prettier-ignore
  });

  check("finds its classes on another axis", () => {
    const z = tensor(spread([2, 4, 3], -2, 2), [2, 4, 3]);
    const y = tensor([[0, 3, 1], [2, 2, 0]], undefined, "int32"); // prettier-ignore
    const options = { fromLogits: true };
    const moved = losses.sparseCategoricalCrossentropy(y, z, { ...options, axis: 1 });
    const plain = losses.sparseCategoricalCrossentropy(y, z.transpose([0, 2, 1]), options);
    expect(moved.array()).toEqual(plain.array());
  });
});

describe("ctc", () => {
  const [steps, classes] = [5, 3];
  const logits = tensor(spread([2, steps, classes], -2, 2), [2, steps, classes], "float64");
  const labels = tensor([[1, 1], [2, 0]], undefined, "int32"); // prettier-ignore

  /** The probability of all paths that read as the labels. */
  function byTrying(logs: number[][], wanted: number[]): number {
    let total = 0;
    for (let code = 0; code < classes ** steps; code++) {
      const path = Array.from(
        { length: steps },
        (_, t) => Math.floor(code / classes ** t) % classes,
      );
      const read = path.filter((label, t) => label !== 0 && label !== path[t - 1]);
      if (read.join() !== wanted.join()) continue;
      total += Math.exp(path.reduce((sum, label, t) => sum + logs[t][label], 0));
    }
    return -Math.log(total);
  }

  test("sums over all paths, eagerly and captured", () => {
    const logs = logits.logSoftmax().array() as number[][][];
    const expected = [byTrying(logs[0], [1, 1]), byTrying(logs[1], [2])];
    for (const run of [losses.ctc, jit(losses.ctc), jit(losses.ctc, { fuse: false })])
      run(labels, logits)
        .data()
        .forEach((value, i) => expect(value).toBeCloseTo(expected[i], 10));
    gradcheck((z) => losses.ctc(labels, z), [logits]);
  });

  test("is infinite, without a slope, where the sequence is too short", () => {
    const short = tensor(spread([2, 2, classes], -2, 2), [2, 2, classes]);
    const [value, gradient] = gradientOf(losses.ctc, labels, short);
    expect(value.data()[0]).toBe(Infinity);
    expect(value.data()[1]).toBeLessThan(10);
    expect(
      gradient
        .data()
        .slice(0, 6)
        .every((x) => x === 0),
    ).toBe(true);
    expect(
      gradient
        .data()
        .slice(6)
        .every((x) => x !== 0),
    ).toBe(true);
  });

  check("takes no labels at all, and none that are no class", () => {
    const z = tensor(spread([1, 2, 3], -2, 2), [1, 2, 3]);
    const blanks = z.logSoftmax().slice([0, 0, 0], [1, 2, 1]).sum().neg().item();
    const of = (...row: number[]): Tensor => tensor([row], [1, row.length], "int32");
    expect(losses.ctc(of(0, 0), z).item()).toBeCloseTo(blanks, 5);
    expect(losses.ctc(of(), z).item()).toBeCloseTo(blanks, 5);
    expect(() => losses.ctc(of(3), z)).toThrow("gather");
    expect(() => losses.ctc(of(-1), z)).toThrow("gather");
    expect(() => losses.ctc(ones([1, 2]), z)).toThrow("ctc: expected uint8 or int32 labels");
  });
});

describe("targets", () => {
  check("of loss objects may have a last axis of 1 that predictions lack, or lack theirs", () => {
    const [flat, column] = [tensor([1, 2, 4]), tensor([[1], [3], [4]])];
    for (const name of ["MeanSquaredError", "LogCosh", "Hinge"] as const) {
      const loss = new losses[name]();
      const expected = loss.call(tensor([[1], [2], [4]]), column).array();
      expect(loss.call(flat, column).array()).toEqual(expected);
    }
  });

  check("of functions called by themselves may not", () => {
    const [flat, column] = [tensor([1, 2, 4]), tensor([[1], [3], [4]])];
    for (const loss of [losses.meanSquaredError, losses.binaryCrossentropy, losses.hinge]) {
      expect(() => loss(flat, column)).toThrow("use yTrue.reshape(yPred.shape)");
      expect(() => loss(column, flat)).toThrow("use yTrue.reshape(yPred.shape)");
    }
  });

  check("of integers are taken for numbers", () => {
    const p = tensor([[0.25, 0.75]]);
    const bytes = tensor([[0, 1]], undefined, "uint8");
    const expected = losses.binaryCrossentropy(tensor([[0, 1]]), p).array();
    expect(losses.binaryCrossentropy(bytes, p).array()).toEqual(expected);
  });

  check("that would broadcast are refused", () => {
    const message = /expected yTrue and yPred of one shape .* float32\[3\] and float32\[2, 3\]/;
    for (const loss of [losses.meanSquaredError, losses.huber, losses.dice, losses.poisson])
      expect(() => loss(ones([3]), ones([2, 3]))).toThrow(message);
  });

  check("of labels are told the loss of labels", () => {
    const labels = tensor([0, 1], undefined, "int32");
    expect(() => losses.categoricalCrossentropy(labels, ones([2, 3]))).toThrow(
      "for labels use sparseCategoricalCrossentropy, or oneHot(yTrue, 3)",
    );
  });
});

describe("losses by name", () => {
  test.each([
    ["klDivergence", losses.klDivergence],
    ["kl_divergence", losses.klDivergence],
    ["logCosh", losses.logCosh],
    ["msle", losses.meanSquaredLogarithmicError],
    ["dice", losses.dice],
  ] as const)("compile knows %s", async (name, loss) => {
    const model = new Sequential([new Activation("sigmoid")]);
    model.compile({ optimizer: "sgd", loss: name });
    const [x, y] = [tensor([[-1, 2], [0, 1]]), tensor([[0, 1], [1, 0]])]; // prettier-ignore
    const { loss: found } = await model.evaluate(x, y);
    expect(found).toBeCloseTo(loss(y, x.sigmoid()).mean().item(), 5);
  });
});

describe("options of losses", () => {
  const y = ones([2, 2]);

  check("that do not exist or do not fit are refused", () => {
    expect(() => losses.huber(y, y, { dleta: 1 } as object)).toThrow("huber: expected the option delta"); // prettier-ignore
    expect(() => losses.huber(y, y, { delta: -1 })).toThrow("huber: expected delta >= 0");
    expect(() => losses.binaryCrossentropy(y, y, { labelSmoothing: 2 })).toThrow(
      "binaryCrossentropy: expected a number in [0, 1] for labelSmoothing but received 2",
    );
    expect(() => losses.categoricalCrossentropy(y, y, { axis: 2 })).toThrow("expected an axis");
    expect(() => losses.tversky(y, y, { alpha: "1" as never })).toThrow('received "1"');
    expect(() =>
      losses.categoricalGeneralizedCrossEntropy(tensor([0, 1], undefined, "int32"), y, { q: 0 }),
    ).toThrow("expected q in (0, 1]");
    expect(() => losses.circle(y, ones([2]))).toThrow("circle: expected labels [samples]");
  });
});
