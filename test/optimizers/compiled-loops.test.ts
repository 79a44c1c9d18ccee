/** The programs of optimizers that are compiled as one loop: native/table/compiled-programs.hpp. */

import { type Tensor, Variable, jit, optimizers, setThreads, tensor } from "../../src";
import { cutSmallSteps } from "../helpers/small-parts";

cutSmallSteps();

const RATE = 0.01;
/** Adam of ops, as AdamW composes it for weights that do not decay. */
class ComposedAdam extends optimizers.AdamW {
  protected override decayOf(): null {
    return null;
  }
}

/** Each loop's name, and an optimizer that runs it. */
const LOOPS: [string, () => optimizers.Optimizer][] = [
  ["AdamW", () => new optimizers.AdamW(RATE)],
  ["Adam", () => new ComposedAdam(RATE)],
  ["AdamW", () => new optimizers.Adam(RATE, { weightDecay: 0.1 })],
  ["AMSGrad", () => new optimizers.Adam(RATE, { amsgrad: true })],
  ["Nadam", () => new optimizers.Nadam(RATE)],
  ["Adamax", () => new optimizers.Adamax(RATE)],
  ["Adagrad", () => new optimizers.Adagrad(RATE)],
  ["Adadelta", () => new optimizers.Adadelta(RATE)],
  ["RMSprop", () => new optimizers.RMSprop(RATE)],
  ["RMSpropMomentum", () => new optimizers.RMSprop(RATE, { momentum: 0.9 })],
  ["RMSpropCentered", () => new optimizers.RMSprop(RATE, { centered: true })],
  [
    "RMSpropCenteredMomentum",
    () => new optimizers.RMSprop(RATE, { centered: true, momentum: 0.9 }),
  ],
  ["Ftrl", () => new optimizers.Ftrl(RATE)],
  ["Lion", () => new optimizers.Lion(RATE)],
  ["LambChange", () => new optimizers.Lamb(RATE)],
];

/** Both signs, zeros among them. */
function waves(shape: [number, number], phase: number, dtype: "float32" | "float64"): Tensor {
  const values = Array.from({ length: shape[0] * shape[1] }, (_, i) =>
    i % 11 === 3 ? 0 : Math.sin(i * 1.3 + phase),
  );
  return tensor(values).reshape(shape).cast(dtype);
}

function bitsOf(x: Tensor): string {
  return Buffer.from(new Uint8Array(x.data().buffer)).toString("hex");
}

interface Trained {
  /** The bytes of weights and state. */
  bits: string[];
  listing: string;
}

function train(
  create: () => optimizers.Optimizer,
  dtype: "float32" | "float64",
  options?: { fuse: boolean },
): Trained {
  const optimizer = create();
  // One element, less than a register holds, a whole number of registers, and one more.
  // The last one is large enough for several shares of LAMB's sums.
  const shapes = [1, 5, 64, 2065, 11_001].map((columns): [number, number] => [3, columns]);
  const weights = shapes.map((shape, i) => new Variable(waves(shape, i, dtype)));
  const update = (...gradients: Tensor[]): void => optimizer.applyGradients(gradients, weights);
  const step = options === undefined ? update : jit(update, options);
  const gradients = (n: number): Tensor[] => shapes.map((shape) => waves(shape, n, dtype));
  for (let n = 0; n < 4; n++) step(...gradients(n));
  const all = [...weights, ...Object.values(optimizer.state())];
  return {
    bits: all.map(bitsOf),
    listing: step === update ? "" : (step as ReturnType<typeof jit>).plan(...gradients(0)),
  };
}

/** Three updates whose gradient is a slot of the weight, by its number. */
function trainBySlot(
  create: () => optimizers.Optimizer,
  slot: number,
  options?: { fuse: boolean },
): Trained {
  const optimizer = create();
  const weight = new Variable(waves([3, 700], 1, "float32"));
  optimizer.build([weight]);
  const all = [weight, ...Object.values(optimizer.state())];
  const gradient = all.filter(({ size }) => size === weight.size)[slot];
  const update = (): void => optimizer.applyGradients([gradient], [weight]);
  const step = options === undefined ? update : jit(update, options);
  for (let n = 0; n < 3; n++) step();
  return {
    bits: all.map(bitsOf),
    listing: step === update ? "" : (step as ReturnType<typeof jit>).plan(),
  };
}

test("no loop runs where two of its operands are one", () => {
  for (const [, create] of LOOPS) {
    for (const slot of [0, 1]) {
      const eager = trainBySlot(create, slot),
        captured = trainBySlot(create, slot, { fuse: true });
      expect(captured.bits).toEqual(eager.bits);
      // What LAMB does with the gradient is no chain: the rest of its operands are apart.
      if (!(create() instanceof optimizers.Lamb))
        expect(captured.listing).not.toContain("compiled for");
    }
  }
});

test.each(LOOPS)("%s runs as one loop, with the bits of its ops", (name, create) => {
  for (const dtype of ["float32", "float64"] as const) {
    const eager = train(create, dtype);
    for (const count of [1, 2]) {
      setThreads(count);
      const fused = train(create, dtype, { fuse: true });
      expect(fused.listing).toContain(`chain -> the loop compiled for ${name}, 5 times`);
      expect(fused.bits).toEqual(eager.bits);
    }
    expect(train(create, dtype, { fuse: false }).bits).toEqual(eager.bits);
  }
});
