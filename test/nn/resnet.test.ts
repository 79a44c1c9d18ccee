/** ResNet-20, as examples/cifar-resnet.ts trains it, against PyTorch. */

import {
  GradientTape,
  Model,
  type Tensor,
  concat,
  input,
  jit,
  losses,
  tensor,
  tidy,
} from "../../src";
import { ShortcutA, resnet } from "../../scripts/resnet";
import { type GoldenTensor, expectClose, loadGolden } from "../helpers/golden";
import { fraction } from "../helpers/golden-streams";

interface Golden {
  labels: number[];
  pictures: number;
  directions: number;
  logits: GoldenTensor;
  loss: number;
  norms: number[];
  products: number[];
  means: GoldenTensor;
}
const golden = loadGolden("resnet") as Golden;

/** Between -1 and 1. */
function stream(number: number, shape: readonly number[]): Tensor {
  const size = shape.reduce((product, dim) => product * dim, 1);
  const values = Float32Array.from({ length: size }, (_, i) => 2 * fraction(number, i) - 1);
  return tensor(values, [...shape]);
}

/** The network with the weights of scripts/golden/resnet.py. */
function network(): Model {
  const inputs = input({ shape: [32, 32, 3] });
  const model = new Model({ inputs, outputs: resnet(inputs, 3) });
  model.trainableWeights.forEach((weight, number) => {
    const fanIn = weight.shape.slice(0, -1).reduce((product, dim) => product * dim, 1);
    const [centre, reach] =
      weight.rank > 1 ? [0, Math.sqrt(6 / fanIn)] : [weight.name.endsWith("gamma") ? 1 : 0, 0.1];
    weight.assign(stream(number, weight.shape).mul(reach).add(centre));
  });
  return model;
}

interface Batch {
  logits: Tensor;
  loss: Tensor;
  gradients: Tensor[];
}

function pass(model: Model, x: Tensor, y: Tensor): Batch {
  const tape = new GradientTape();
  const { logits, loss } = tape.record(() => {
    const logits = model.forward(x);
    const each = losses.sparseCategoricalCrossentropy(y, logits, { fromLogits: true });
    return { logits, loss: each.mean() };
  });
  return { logits, loss, gradients: tape.gradient(loss, model.trainableWeights) };
}

/** Within 1e-4 of the largest. */
function expectNear(label: string, actual: ArrayLike<number>, expected: number[]): void {
  const absolute = 1e-4 * Math.max(...expected.map(Math.abs));
  expectClose(label, actual, expected, { relative: 0, absolute });
}

test.each(["eagerly", "captured"])("a batch gives what PyTorch gives, %s", (how) => {
  tidy(() => {
    const model = network();
    model.train();
    const step = (x: Tensor, y: Tensor): Batch => pass(model, x, y);
    const run = how === "captured" ? jit(step) : step;
    const x = stream(golden.pictures, [4, 32, 32, 3]);
    const { logits, loss, gradients } = run(x, tensor(golden.labels, undefined, "int32"));
    expectNear("logits", logits.data(), golden.logits.data);
    expectNear("loss", loss.data(), [golden.loss]);
    const norms = gradients.map((gradient) => gradient.square().sum().sqrt().item());
    expectNear("norms of gradients", norms, golden.norms);
    const products = gradients.map((gradient, i) => {
      const direction = stream(golden.directions + i, gradient.shape);
      return gradient.mul(direction).sum().item();
    });
    expectNear("gradients along a direction", products, golden.products);
    const means = model.weights.filter(({ name }) => name.endsWith("movingMean"));
    expectNear("moving means", concat(means, 0).data(), golden.means.data);
  });
});

test("the shortcut takes every second pixel and adds zeros for the new channels", () => {
  const x = tensor([...Array(18).keys()], [1, 3, 3, 2]);
  expect(new ShortcutA().forward(x).array()).toEqual([
    [
      [[0, 1, 0, 0], [4, 5, 0, 0]],
      [[12, 13, 0, 0], [16, 17, 0, 0]],
    ],
  ]); // prettier-ignore
});
