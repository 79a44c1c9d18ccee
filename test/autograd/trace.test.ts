/** What a tape tells of what it stored, and a plan of its steps. */

import {
  Dense,
  Dropout,
  Flatten,
  GradientTape,
  Model,
  Rescaling,
  type TapeTrace,
  type Tensor,
  Variable,
  jit,
  losses,
  memory,
  relu,
  sigmoid,
  tanh,
  tensor,
  tidy,
  zeros,
} from "../../src";

class Classifier extends Model {
  flatten = new Flatten();
  scale = new Rescaling(1 / 255);
  blocks = [new Dense(5, { activation: "relu" }), new Dropout(0.5)];
  output = new Dense(3, { activation: "softmax" });

  override forward(x: Tensor): Tensor {
    x = this.scale.forward(this.flatten.forward(x));
    for (const block of this.blocks) x = block.forward(x);
    return this.output.forward(x);
  }
}

const model = new Classifier().build([null, 2, 2], "uint8").train();
const x = zeros([7, 2, 2], "uint8");
const y = zeros([7], "uint8");

function traceOf(): TapeTrace {
  return tidy(() => {
    const tape = new GradientTape();
    tape.record(() => losses.sparseCategoricalCrossentropy(y, model.forward(x)));
    return tape.trace();
  });
}

test("names each op's layer, result, and what its derivative reads", () => {
  const steps = traceOf().steps.map(({ layer, op, needs, stored }) => [
    layer,
    op,
    needs,
    stored.map(({ role, name, bytes }) => [name ?? role, bytes]),
  ]);
  expect(steps).toEqual([
    ["flatten", "reshape", "nothing", []],
    ["scale", "rescale", "nothing", []],
    // By the kernel alone: no gradient is wanted of the images.
    ["blocks.0", "matMul", "inputs", [["input 0", 7 * 4 * 4]]],
    ["blocks.0", "add", "nothing", []],
    ["blocks.0", "relu", "output", [["output", 7 * 5 * 4]]],
    ["blocks.1", "dropoutMask", "nothing", []],
    ["blocks.1", "multiplyNoNan", "inputs", [["input 1", 7 * 5 * 4]]],
    ["output", "matMul", "inputs", [["input 0", 7 * 5 * 4], ["output.kernel", 0]]], // prettier-ignore
    ["output", "add", "nothing", []],
    ["output", "softmax", "output", [["output", 7 * 3 * 4]]],
    // Of the logits, not of the probabilities.
    [null, "sparseCrossentropyLogits", "inputs", [["input 0", 7 * 3 * 4], ["input 1", 7]]], // prettier-ignore
  ]);
});

test("adds up the bytes, each tensor once, and prints a table", () => {
  const trace = traceOf();
  expect(trace.bytes).toBe(4 * 7 * (4 + 5 + 5 + 5 + 3 + 3) + 7);
  const lines = trace.toString().split("\n");
  expect(lines).toHaveLength(trace.steps.length + 2);
  expect(lines[5]).toMatch(
    /^blocks\.0 +relu +float32\[7, 5\] +output +output float32\[7, 5\] +140$/,
  );
  expect(lines.at(-1)).toBe("707 bytes stored");
});

test.each([relu, sigmoid, tanh])("%p needs its output only", (activation) => {
  const v = new Variable([1, -2]);
  const tape = new GradientTape();
  tape.record(() => activation(v));
  expect(tape.trace().steps[0]).toMatchObject({ layer: null, needs: "output" });
});

test("what is watched counts, what is frozen does not", () => {
  const [a, b] = [tensor([1, 2]), new Variable([3, 4], { name: "b", trainable: false })];
  const traced = (watch: boolean): string[] => {
    const tape = new GradientTape();
    if (watch) tape.watch(a);
    tape.record(() => a.mul(b));
    return tape.trace().steps[0].stored.map(({ role, name }) => name ?? role);
  };
  expect(traced(false)).toEqual([]);
  expect(traced(true)).toEqual(["b"]);
});

test("computes nothing, leaves the tape usable, and no tensor behind", () => {
  const v = new Variable([1, 2]);
  const before = memory().handles;
  tidy(() => {
    const tape = new GradientTape();
    const target = tape.record(() => v.square().maximum(2).mul(3));
    const { handles } = memory();
    expect(tape.trace().steps.map(({ op }) => op)).toEqual(["square", "maximum", "mul"]);
    expect(memory().handles).toBe(handles);
    expect(tape.gradient(target, v).array()).toEqual([0, 12]);
    expect(() => tape.trace()).toThrow("its gradient was taken already");
  });
  expect(memory().handles).toBe(before);
});

test("works while a function is captured", () => {
  const v = new Variable([1, 2]);
  let trace: TapeTrace | null = null;
  const step = jit(() => {
    const tape = new GradientTape();
    const target = tape.record(() => v.tanh());
    trace = tape.trace();
    return tape.gradient(target, v);
  });
  step().dispose();
  expect(trace!.steps[0]).toMatchObject({ op: "tanh", needs: "output" });
  expect(step.steps().map(({ op }) => op)).not.toContain("square");
  step.dispose();
});

test("a plan's steps as data agree with those it prints", () => {
  const forward = jit((x: Tensor) => model.output.forward(x).sum());
  const input = zeros([4, 5]);
  const steps = forward.steps(input);
  expect(steps[0]).toEqual({
    op: "dense",
    inputs: [
      { dtype: "float32", shape: [4, 5] },
      { dtype: "float32", shape: [5, 3] },
      { dtype: "float32", shape: [3] },
    ],
    outputs: [{ dtype: "float32", shape: [4, 3] }],
  });
  const printed = [...forward.plan(input).matchAll(/^ +\d+ (\w+)/gm)].map((match) => match[1]);
  expect(steps.map(({ op }) => op)).toEqual(printed);
  forward.dispose();
});
