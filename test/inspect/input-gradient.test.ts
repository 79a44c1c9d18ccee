/** inputGradient: what it computes, what it refuses. */

import {
  Dense,
  Dropout,
  Flatten,
  Rescaling,
  Sequential,
  Tensor,
  inputGradient,
  memory,
  numericalGradient,
  tensor,
  tidy,
  zeros,
} from "../../src";
import { spread } from "../helpers/numbers";

const dtype = "float64";
const model = new Sequential([
  new Flatten(),
  new Dense(6, { activation: "tanh", dtype }),
  new Dropout(0.5),
  new Dense(4, { activation: "softmax", dtype }),
]);
const x = tensor(spread([3, 2, 2], -1, 1), [3, 2, 2], dtype);
model.build(x.shape, dtype);

function expectNear(actual: Tensor, expected: Tensor): void {
  expect(actual.describe()).toBe(expected.describe());
  expect(actual.sub(expected).abs().max().item()).toBeLessThan(1e-8);
}

/** The slopes of what `pick` takes of the predictions, by differences. */
const slopes = (pick: (predicted: Tensor) => Tensor): Tensor =>
  model.inMode(false, () => numericalGradient((x) => pick(model.forward(x)), x));

test("is the slope of one class's prediction", () => {
  const expected = slopes((y) => y.slice([0, 2], [3, 1]));
  expectNear(inputGradient(model, x, 2), expected);
  expectNear(inputGradient(model, x, [2, 2, 2]), expected);
});

test("takes a class for each sample, as numbers or labels", () => {
  const chosen = tensor([0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0], [3, 4], dtype);
  const expected = slopes((y) => y.mul(chosen));
  expectNear(inputGradient(model, x, [1, 3, 0]), expected);
  expectNear(inputGradient(model, x, tensor([1, 3, 0], [3], "uint8")), expected);
});

test("of the logarithm", () => {
  const expected = slopes((y) => y.slice([0, 1], [3, 1]).log());
  expectNear(inputGradient(model, x, 1, { logarithm: true }), expected);
});

test("casts integers, whose scale the model has", () => {
  const onImages = new Sequential([new Rescaling(1 / 255), new Dense(2)]);
  const images = tensor([0, 255, 7, 9], [2, 2], "uint8");
  onImages.build([null, 2], "uint8");
  const kernel = (onImages.layers[1] as Dense).kernel!;
  const gradient = inputGradient(onImages, images, 1);
  expect(gradient.describe()).toBe("float32[2, 2]");
  const column = [1, 3].map((i) => kernel.data()[i] / 255);
  gradient.data().forEach((slope, i) => expect(slope).toBeCloseTo(column[i % 2], 7));
});

test("leaves the model's mode and weights alone, and no tensor behind", () => {
  const before = memory().handles;
  model.layers[2].train();
  const modes = model.modules().map((module) => module.training);
  const versions = model.weights.map(({ version }) => version);
  tidy(() => void inputGradient(model, x, 0));
  expect(memory().handles).toBe(before);
  expect(model.modules().map((module) => module.training)).toEqual(modes);
  expect(model.weights.map(({ version }) => version)).toEqual(versions);
});

test.each<[string, () => unknown, string]>([
  ["no module", () => inputGradient({} as never, x, 0), "expected a Module for model"],
  ["no batch", () => inputGradient(model, tensor(1), 0), "for x but received float32[]"],
  [
    "a class too great",
    () => inputGradient(model, x, 4),
    "classes in [0, 4) for label but received 4",
  ],
  [
    "half a class",
    () => inputGradient(model, x, [0, 0.5, 1]),
    "in [0, 4) for label but received 0.5",
  ],
  [
    "too few classes",
    () => inputGradient(model, x, [0, 1]),
    "expected 3 classes, one a sample, for label but received 2",
  ],
  [
    "float labels",
    () => inputGradient(model, x, zeros([3])),
    "expected uint8 or int32 [3] for label but received float32[3]",
  ],
  [
    "a label out of range",
    () => inputGradient(model, x, tensor([0, 9, 0], [3], "uint8")),
    "oneHot: index 9",
  ],
  [
    "an option",
    () => inputGradient(model, x, 0, { log: true } as never),
    "expected the option logarithm but received log",
  ],
  [
    "a flag",
    () => inputGradient(model, x, 0, { logarithm: 1 as never }),
    "expected a boolean for logarithm but received 1",
  ],
  [
    "predictions of rank 3",
    () => inputGradient(new Dense(2, { dtype }), x, 0),
    "expected float predictions [3, classes] of the model but received float64[3, 2, 2]",
  ],
])("refuses %s", (_, call, error) => {
  expect(() => tidy(() => void call())).toThrow(error);
});
