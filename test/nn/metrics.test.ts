import { type Tensor, metrics, ones, tensor, tidy, zeros } from "../../src";
import { compiled, leakFree } from "../helpers/leak-free";

const check = (title: string, body: () => void): void => test(title, leakFree(body));

const labels = (...values: number[]): Tensor => tensor(Int32Array.from(values));

describe("Mean", () => {
  check("weighs batches by their number of samples", () => {
    const mean = new metrics.Mean();
    mean.update(tensor([1, 2, 3]));
    mean.update(tensor([10]));
    expect(mean.result()).toBe(4);
    mean.update(tensor([[4, 4], [4, 4]])); // prettier-ignore
    expect(mean.result()).toBe(4);
  });

  check("is 0 before any value, and starts anew after reset", () => {
    const mean = new metrics.Mean();
    expect(mean.result()).toBe(0);
    mean.update(tensor([5]));
    mean.reset();
    expect(mean.result()).toBe(0);
    mean.update(tensor([7]));
    expect(mean.result()).toBe(7);
  });

  check("takes any dtype, scalars and nothing at all", () => {
    const mean = new metrics.Mean();
    for (const dtype of ["float32", "float64", "int32", "uint8"] as const) {
      mean.update(ones([2], dtype));
    }
    mean.update(tensor(10, [], "float64"));
    mean.update(zeros([0]));
    expect(mean.result()).toBe(2);
  });

  check("adds up in float64", () => {
    const mean = new metrics.Mean();
    mean.update(tensor([2 ** 24], undefined, "float32"));
    for (let i = 0; i < 3; i++) mean.update(ones([1]));
    expect(mean.result()).toBe((2 ** 24 + 3) / 4);
  });

  check("shows NaN, and infinity, that came in", () => {
    const mean = new metrics.Mean();
    mean.update(tensor([1, NaN]));
    expect(mean.result()).toBeNaN();
    mean.reset();
    mean.update(tensor([Infinity]));
    expect(mean.result()).toBe(Infinity);
  });
});

describe("SparseCategoricalAccuracy", () => {
  check("counts the samples whose most probable class is the label", () => {
    const accuracy = new metrics.SparseCategoricalAccuracy();
    const predicted = tensor([[0.1, 0.7, 0.2], [5, -1, 2], [0, 0, 1]]); // prettier-ignore
    accuracy.update(labels(1, 0, 0), predicted);
    expect(accuracy.result()).toBe(2 / 3);
    accuracy.update(tensor(Uint8Array.of(2)), tensor([[0, 0, 1]]));
    expect(accuracy.result()).toBe(3 / 4);
  });

  check("takes the first class of several equal ones, and any leading axes", () => {
    const accuracy = new metrics.SparseCategoricalAccuracy();
    accuracy.update(labels(0, 1), tensor([[1, 1], [1, 1]])); // prettier-ignore
    expect(accuracy.result()).toBe(0.5);
    accuracy.reset();
    accuracy.update(
      labels(1, 1, 0, 0).reshape([2, 2]),
      tensor([0, 1, 0, 1, 0, 1, 0, 1], [2, 2, 2]),
    );
    expect(accuracy.result()).toBe(0.5);
  });

  check("refuses what does not belong together, and counts nothing then", () => {
    const accuracy = new metrics.SparseCategoricalAccuracy();
    const refused: [unknown, unknown, RegExp][] = [
      [
        labels(1),
        ones([2, 3]),
        /expected yTrue \[\.\.\.\] and yPred \[\.\.\., classes\] .* int32\[1\]/,
      ],
      [labels(1, 2), ones([2, 3], "int32"), /float tensor for yPred/],
      [[1, 2], ones([2, 3]), /Tensor for yTrue but received Array/],
      [labels(1), undefined, /Tensor for yPred but received undefined/],
      [labels(1), tensor(1), /classes/],
    ];
    for (const [yTrue, yPred, message] of refused) {
      expect(() => accuracy.update(yTrue as Tensor, yPred as Tensor)).toThrow(message);
    }
    expect(accuracy.state().count.item()).toBe(0);
  });
});

describe("CategoricalAccuracy", () => {
  check("compares the greatest of both", () => {
    const accuracy = new metrics.CategoricalAccuracy();
    const yTrue = tensor([[0, 1, 0], [1, 0, 0]]); // prettier-ignore
    accuracy.update(yTrue, tensor([[0.1, 0.8, 0.1], [0.2, 0.7, 0.1]])); // prettier-ignore
    expect(accuracy.result()).toBe(0.5);
    expect(() => accuracy.update(yTrue, ones([2, 2]))).toThrow(/of one shape/);
    expect(() => accuracy.update([1] as never, ones([2, 2]))).toThrow(/Tensor for yTrue/);
  });
});

describe("BinaryAccuracy", () => {
  check("compares with its threshold, which itself counts as 0", () => {
    const accuracy = new metrics.BinaryAccuracy();
    accuracy.update(tensor([1, 0, 1, 0]), tensor([0.9, 0.5, 0.5, 0.51]));
    expect(accuracy.result()).toBe(0.5);
    const strict = new metrics.BinaryAccuracy({ threshold: 0.9 });
    strict.update(tensor(Uint8Array.of(1, 0)), tensor([0.95, 0.8]));
    expect(strict.result()).toBe(1);
    expect(() => strict.update(ones([2]), ones([3]))).toThrow(/of one shape/);
    expect(() => strict.update(ones([2]), "x" as never)).toThrow(/Tensor for yPred/);
  });
});

check("metrics count the same in a captured step, whatever the size of the batch", () => {
  const all = () => [
    new metrics.Mean(),
    new metrics.SparseCategoricalAccuracy(),
    new metrics.CategoricalAccuracy(),
    new metrics.BinaryAccuracy(),
  ];
  const step = ([mean, sparse, dense, binary]: ReturnType<typeof all>, y: Tensor, p: Tensor) => {
    (mean as metrics.Mean).update(p);
    sparse.update(y, p);
    dense.update(y.oneHot(3), p);
    (binary as metrics.BinaryAccuracy).update(y.oneHot(3), p);
  };
  const [eager, captured] = [all(), all()];
  const capturedStep = compiled((y: Tensor, p: Tensor) => step(captured, y, p));
  for (const rows of [4, 4, 3]) {
    tidy(() => {
      const y = tensor(Int32Array.from({ length: rows }, (_, i) => i % 3));
      const p = tensor(
        Array.from({ length: rows * 3 }, (_, i) => ((i * 7) % 10) / 10),
        [rows, 3],
      );
      step(eager, y, p);
      capturedStep(y, p);
    });
  }
  expect(captured.map((metric) => metric.result())).toEqual(eager.map((metric) => metric.result()));
  expect(eager[1].state().count.item()).toBe(11);
});

describe("weights that do not fit are refused", () => {
  check("AUC: labelWeights of another number than the labels", () => {
    const auc = new metrics.AUC({ multiLabel: true, labelWeights: [1] });
    const scores = tensor([[0.5, 0.5]]);
    expect(() => auc.update(tensor([[0, 1]]), scores)).toThrow("a weight for each of 2 labels");
  });

  check("F1Score: several weights for one sample", () => {
    const score = new metrics.F1Score();
    const one = tensor([[1, 0]]);
    expect(() => score.update(one, one, tensor([1, 2, 3]))).toThrow("expected sampleWeight of");
  });
});
