/** What a captured function takes as arguments, and captures within captures. */

import { Dense, Dropout, Generator, Tensor, Variable, jit, optimizers, tensor } from "../../src";

const double = jit((x: Tensor, ..._rest: unknown[]) => x.mul(2));
const x = tensor([1, 2]);
const call = (...args: unknown[]): unknown =>
  (double as (...all: unknown[]) => unknown)(x, ...args);

class Settings {
  rate = 1;
}

describe("what could change without being noticed is refused", () => {
  test.each([
    ["a typed array", Float32Array.of(1), /Float32Array.*tensor\(values\)/],
    ["a Map", new Map(), /Map.*close over/],
    ["a Set", new Set(), /Set/],
    ["a Date", new Date(), /Date/],
    ["an ArrayBuffer", new ArrayBuffer(4), /ArrayBuffer/],
    ["an object of a class", new Settings(), /Settings/],
  ])("%s", (_, value, message) => {
    expect(() => call(value)).toThrow(TypeError);
    expect(() => call(value)).toThrow(message);
    expect(() => call({ inner: [value] })).toThrow(/argument 1/);
  });

  test("an argument that holds itself", () => {
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    expect(() => call(cyclic)).toThrow(/argument 1.*hold itself/);
    const object: Record<string, unknown> = {};
    object.self = { object };
    expect(() => call(object)).toThrow(/hold itself/);
  });

  test("but not what counts by identity", () => {
    const layer = new Dense(2);
    for (const value of [layer, new Dropout(0.5), new optimizers.SGD(0.1), new Generator(1)]) {
      expect((call(value) as Tensor).array()).toEqual([2, 4]);
    }
    expect((call(new Variable([1])) as Tensor).array()).toEqual([2, 4]);
    expect((call(() => 1, "text", 3, null, undefined, true) as Tensor).array()).toEqual([2, 4]);
  });
});

test("arguments of different form never share a plan", () => {
  const form = (value: unknown): string => JSON.stringify(value);
  const seen: string[] = [];
  const note = jit((y: Tensor, ...rest: unknown[]) => {
    seen.push(form(rest));
    return y.add(1);
  });
  const forms: unknown[][] = [
    [[7]],
    ["[1", 7],
    [{ a: 1, "b,c": 2 }],
    [{ "a,b": 1, c: 2 }],
    ["{a", 1],
    [{ a: 1 }],
    [[1], 2],
    [[1, 2]],
    [["1"], 2],
    [{}],
    [[]],
    [],
  ];
  for (const args of forms) note(x, ...args);
  expect(seen).toEqual(forms.map(form));
});

test("plan and steps may be called while another function is captured", () => {
  const inner = jit((y: Tensor) => y.mul(3));
  const seen = new Variable(0);
  let text = "";
  const step = jit((y: Tensor) => {
    text = inner.plan(y);
    inner.steps(y);
    seen.assignAdd(1);
    return y.add(1);
  });
  for (let i = 0; i < 3; i++) expect(step(x).array()).toEqual([2, 3]);
  expect(text).toContain("mul");
  expect(seen.item()).toBe(3);
  expect(inner(x).array()).toEqual([3, 6]);
});
