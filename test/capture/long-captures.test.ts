/** Captures of many steps: the time to make them must not grow with the square of their number. */

import {
  GradientTape,
  Tensor,
  Variable,
  jit,
  optimizers,
  getThreads,
  setThreads,
  tensor,
  tidy,
} from "../../src";

describe("captures of many steps", () => {
  it("takes a chain of 50,000 steps", () => {
    const x = tensor([1, 2, 3]);
    const f = jit((x: Tensor) => {
      let y = x;
      for (let i = 0; i < 50_000; i++) y = y.add(x);
      return y;
    });
    expect([...f(x).data()]).toEqual([50_001, 100_002, 150_003]);
  });

  it("takes 12,000 results that all live to the end", () => {
    const x = tensor([[1, 2]]);
    const sums = jit((x: Tensor) => {
      const all = [x];
      for (let i = 1; i < 12_000; i++)
        all.push(
          all[i - 1].matMul(
            tensor([
              [1, 0],
              [0, 1],
            ]),
          ),
        );
      return all.reduce((total, next) => total.add(next));
    });
    expect([...sums(x).data()]).toEqual([12_000, 24_000]);
  });

  it("takes as many updates as steps", () => {
    const weights = Array.from({ length: 3000 }, (_, i) => new Variable([i]));
    const add = jit((x: Tensor) => {
      for (const weight of weights) weight.assignAdd(x);
    });
    add(tensor([1]));
    add(tensor([1]));
    expect(weights.map((weight) => weight.data()[0])).toEqual(weights.map((_, i) => i + 2));
  });

  describe.each([
    { threads: 1, fuse: true },
    { threads: 2, fuse: true },
    { threads: 1, fuse: false },
  ])("a recurrent net over 1,500 steps, trained with Adam: %o", (mode) => {
    const before = getThreads();
    beforeAll(() => setThreads(mode.threads));
    afterAll(() => setThreads(before));

    it("equals the same eagerly", () => {
      const eager = recurrentNet(1500);
      const captured = recurrentNet(1500);
      const step = jit(captured.train, { fuse: mode.fuse });
      const x = tensor([[0.5, -0.25, 0.125, 1]], undefined, "float64");
      for (let i = 0; i < 2; i++) {
        tidy(() => {
          expect(step(x).item()).toBeCloseTo(eager.train(x).item(), 10);
        });
      }
      captured.weights.forEach((weight, i) => {
        const expected = eager.weights[i].data();
        weight.data().forEach((value, k) => expect(value).toBeCloseTo(expected[k], 10));
      });
    });
  });
});

/** h = tanh(h w + x u + b), so many times; weights of float64. */
function recurrentNet(steps: number) {
  const matrix = (scale: number) =>
    tensor(
      Float64Array.from({ length: 16 }, (_, i) => Math.sin(i * scale) / 4),
      [4, 4],
    );
  const weights = [
    new Variable(matrix(1.3)),
    new Variable(matrix(0.7)),
    new Variable(new Float64Array(4)),
  ];
  const [w, u, b] = weights;
  const optimizer = new optimizers.Adam(0.01);
  const train = (x: Tensor) => {
    const tape = new GradientTape();
    const loss = tape.record(() => {
      let h = x;
      for (let i = 0; i < steps; i++) h = h.matMul(w).add(x.matMul(u)).add(b).tanh();
      return h.square().sum();
    });
    optimizer.applyGradients(tape.gradient(loss, weights), weights);
    return loss;
  };
  return { weights, train };
}
