/** Gradients that stop, and that callers write. */

import {
  GradientTape,
  type Tensor,
  Variable,
  customGradient,
  jit,
  memory,
  stopGradient,
  tensor,
  tidy,
} from "../../src";

/** The value and the gradient by `x` of the sum of `f(x)`. */
function differentiate(f: (x: Tensor) => Tensor, x: Tensor): [unknown, unknown] {
  const tape = new GradientTape();
  tape.watch(x);
  const y = tape.record(() => f(x));
  return [y.array(), tape.gradient(y, x, { unconnected: "zero" }).array()];
}

const twice = (f: (x: Tensor) => Tensor) => (x: Tensor) => {
  const inner = new GradientTape();
  inner.watch(x);
  return inner.gradient(
    inner.record(() => f(x)),
    x,
  );
};

/** x^3, said to have the slope of 2 x^3. */
const doubled = customGradient((x) => {
  const square = x.square();
  return { value: square.mul(x), gradient: (dy) => dy.mul(square).mul(6) };
});

type Wrap = <F>(f: F) => F;

describe.each([
  ["eagerly", (f) => f],
  ["captured", ((f: never) => jit(f)) as unknown as Wrap],
] as [string, Wrap][])("%s", (_, wrap) => {
  test("stopGradient hides an operand from the tape", () => {
    const step = wrap((x: Tensor) => {
      const tape = new GradientTape();
      tape.watch(x);
      const y = tape.record(() => x.mul(x.stopGradient()).add(stopGradient(x.square())));
      return [y, tape.gradient(y, x)];
    });
    const [y, gradient] = step(tensor([2, -3]));
    expect(y.array()).toEqual([8, 18]);
    expect(gradient.array()).toEqual([2, -3]);
  });

  test("a rule may take gradients by tensors of the pass that runs it", () => {
    const [w, v] = [new Variable([2, 3]), new Variable([5, 7])];
    const triple = customGradient((x) => ({
      value: x.mul(1),
      gradient: (dy) => {
        const inner = new GradientTape();
        const slope = inner.record(() => v.mul(3).sum());
        return dy.mul(inner.gradient(slope, v));
      },
    }));
    const step = wrap(() => {
      const tape = new GradientTape();
      const y = tape.record(() => triple(w.mul(v)).add(v.square()).sum());
      return tape.gradient(y, [w, v]);
    });
    expect(tidy(() => step().map((gradient) => gradient.array()))).toEqual([
      [15, 21], // 3 v
      [16, 23], // 3 w + 2 v
    ]);
    for (const variable of [w, v]) variable.dispose();
  });

  test("a rule of one's own replaces those of the ops, and sees what they computed", () => {
    const step = wrap((x: Tensor) => {
      const tape = new GradientTape();
      tape.watch(x);
      const y = tape.record(() => doubled(x.mul(2)));
      return [y, tape.gradient(y, x)];
    });
    const [y, gradient] = step(tensor([1, -2]));
    expect(y.array()).toEqual([8, -64]);
    expect(gradient.array()).toEqual([48, 192]); // 6 (2 x)^2 2
  });
});

test("second derivatives are those of the rule", () => {
  tidy(() => {
    const [first, second] = differentiate(twice(doubled), tensor([1, -2]));
    expect(first).toEqual([6, 24]);
    expect(second).toEqual([12, -24]);
  });
});

test("the identity may have another gradient: reversed, or clipped", () => {
  tidy(() => {
    const turned = customGradient((x) => ({ value: x, gradient: (dy) => dy.neg() }));
    expect(differentiate((x) => turned(x).mul(3), tensor([1, 2]))).toEqual([
      [3, 6],
      [-3, -3],
    ]);
    expect(differentiate((x) => turned(turned(x)).mul(3), tensor([1]))).toEqual([[3], [3]]);
  });
});

test("several inputs, one of which gets none", () => {
  tidy(() => {
    const f = customGradient((a, b) => ({
      value: a.mul(b),
      gradient: (dy) => [dy.mul(10), null],
    }));
    const [a, b] = [tensor([1, 2]), tensor([3, 4])];
    const tape = new GradientTape();
    tape.watch(a);
    tape.watch(b);
    const y = tape.record(() => f(a, b));
    const [da, db] = tape.gradient(y, [a, b], { unconnected: "zero" });
    expect(y.array()).toEqual([3, 8]);
    expect(da.array()).toEqual([10, 10]);
    expect(db.array()).toEqual([0, 0]);
  });
});

test("a Variable is differentiated as an argument; its value of then is kept", () => {
  const v = new Variable([2]);
  tidy(() => {
    const stopped = stopGradient(v);
    const tape = new GradientTape();
    const y = tape.record(() => doubled(v));
    expect(tape.gradient(y, v).array()).toEqual([24]);
    v.assign([5]);
    expect(stopped.array()).toEqual([2]);
    expect(y.array()).toEqual([8]);
  });
  v.dispose();
});

test("nothing of it stays alive", () => {
  const x = tensor([1, 2]);
  const before = memory().handles;
  tidy(() => differentiate(doubled, x));
  expect(memory().handles).toBe(before);
  x.dispose();
});

test("what does not fit is refused", () => {
  tidy(() => {
    const any = (value: unknown): never => value as never;
    expect(() => customGradient(any(3))).toThrow(
      "customGradient: expected a function but received 3",
    );
    const x = tensor([1]);
    expect(() => customGradient(() => any({ value: 1, gradient: () => x }))(x)).toThrow(
      "customGradient: expected a Tensor for value but received 1",
    );
    expect(() => customGradient(() => any({ value: x }))(x)).toThrow(
      "customGradient: expected a function for gradient but received undefined",
    );
    expect(() => stopGradient(any("x"))).toThrow(
      'stopGradient: expected a tensor or numbers for x but received "x"',
    );
    const two = customGradient((a) => ({ value: a, gradient: (dy) => [dy, dy] }));
    expect(() => differentiate(two, x)).toThrow(
      "customGradient: expected a gradient for each of 1 inputs but received float32[1], float32[1]",
    );
    const wide = customGradient((a) => ({ value: a, gradient: () => tensor([1, 2]) }));
    expect(() => differentiate(wide, x)).toThrow(
      "the gradient rule of op customGradient gave float32[2] for an input float32[1]",
    );
  });
});
