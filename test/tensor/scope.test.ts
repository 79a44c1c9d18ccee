/** Who frees a tensor: tidy, keep, using, and the garbage collector as the backstop. */

import { spawnSync } from "node:child_process";
import { join } from "node:path";

import {
  Dense,
  GradientTape,
  Tensor,
  Variable,
  keep,
  memory,
  ones,
  optimizers,
  tensor,
  tidy,
} from "../../src";
import { alive, compiled, leakFree, own } from "../helpers/leak-free";
import { NODE_ARGUMENTS } from "../helpers/program";

const check = (title: string, body: () => void): void => test(title, leakFree(body));

describe("tidy", () => {
  check("frees what its function creates and returns what it returns", () => {
    const before = alive();
    let inside: Tensor | null = null;
    const result = tidy(() => {
      inside = tensor([1, 2]);
      return inside.add(1).mul(2);
    });
    expect((inside as unknown as Tensor).isDisposed).toBe(true);
    expect(result.array()).toEqual([4, 6]);
    expect(memory().handles).toBe(before.handles + 1);
    result.dispose();
    expect(alive()).toEqual(before);
  });

  check("returns plain values and undefined as they are", () => {
    const before = alive();
    expect(tidy(() => tensor([1, 2]).sum().item())).toBe(3);
    expect(tidy((): unknown => undefined)).toBeUndefined();
    expect(tidy(() => null)).toBeNull();
    expect(alive()).toEqual(before);
  });

  check("finds what it returns inside of arrays and objects", () => {
    const result = tidy(() => ({ a: [ones([1]), { b: ones([2]) }], n: 3, skipped: null }));
    expect((result.a[0] as Tensor).array()).toEqual([1]);
    expect((result.a[1] as { b: Tensor }).b.array()).toEqual([1, 1]);
    expect(result.n).toBe(3);
  });

  check("leaves alone what was created before it", () => {
    const x = ones([2]);
    tidy(() => x.add(1));
    expect(tidy(() => x)).toBe(x);
    expect(x.array()).toEqual([1, 1]);
  });

  check("hands what it returns to the tidy around it", () => {
    const before = alive();
    let inner: Tensor | null = null;
    const sum = tidy(() => {
      inner = tidy(() => ones([3]).add(1));
      expect(inner.isDisposed).toBe(false);
      return inner.sum();
    });
    expect((inner as unknown as Tensor).isDisposed).toBe(true);
    expect(sum.item()).toBe(6);
    sum.dispose();
    expect(alive()).toEqual(before);
  });

  check("frees everything when its function throws, and passes the error on", () => {
    const before = alive();
    expect(() =>
      tidy(() => {
        tidy(() => ones([4]));
        ones([3]);
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(alive()).toEqual(before);
    expect(tidy(() => ones([1]).item())).toBe(1);
  });

  check("refuses a function that returns a promise, since it would run on unseen", () => {
    const before = alive();
    expect(() => tidy(async () => Promise.resolve(ones([2])))).toThrow("synchronous");
    expect(alive()).toEqual(before);
  });

  check("never frees a Variable", () => {
    const { handles } = memory();
    const w = tidy(() => {
      ones([2]);
      return { w: new Variable([1]), other: 1 };
    }).w;
    let hidden: Variable | null = null;
    tidy(() => void (hidden = new Variable([2])));
    expect(w.array()).toEqual([1]);
    expect((hidden as unknown as Variable).array()).toEqual([2]);
    expect(memory().handles).toBe(handles + 2);
  });

  check("lets a tensor go that was disposed of by hand", () => {
    const before = alive();
    tidy(() => {
      const x = ones([2]);
      x.dispose();
      return x;
    });
    expect(alive()).toEqual(before);
  });

  check("frees only its own handle of a buffer that is shared", () => {
    const x = tensor([1, 2, 3, 4]);
    tidy(() => x.reshape([2, 2]));
    expect(x.array()).toEqual([1, 2, 3, 4]);
    const y = tidy(() => tensor([1, 2, 3, 4]).reshape([2, 2]));
    expect(y.array()).toEqual([[1, 2], [3, 4]]); // prettier-ignore
  });

  check("works around and inside of a tape", () => {
    const w = new Variable([2, 3]);
    const before = alive();
    const gradient = tidy(() => {
      const tape = new GradientTape();
      // The tape needs the squares' operand after the inner tidy has ended.
      const loss = tape.record(() => tidy(() => w.mul(2).square()).sum());
      return tape.gradient(loss, w);
    });
    expect(gradient.array()).toEqual([16, 24]); // d (2w)^2 = 8w
    gradient.dispose();
    expect(alive()).toEqual(before);
  });

  check("works inside of a jit function", () => {
    const f = compiled((x: Tensor) => tidy(() => x.add(1).mul(x.sub(1))));
    for (const value of [2, 3]) expect(f(tensor(value)).item()).toBe(value * value - 1);
  });
});

describe("keep", () => {
  check("exempts a tensor from all tidies around it", () => {
    const before = alive();
    let kept: Tensor | null = null;
    tidy(() => tidy(() => void (kept = keep(ones([2]).add(1)))));
    expect((kept as unknown as Tensor).array()).toEqual([2, 2]);
    expect(memory().handles).toBe(before.handles + 1);
    (kept as unknown as Tensor).dispose();
    expect(alive()).toEqual(before);
  });

  check("returns what it is given", () => {
    const x = own(ones([1]));
    expect(keep(x)).toBe(x);
  });

  check("exempts a tensor from a tape's record", () => {
    const w = new Variable([1, 2]);
    const tape = new GradientTape();
    let kept: Tensor | null = null;
    const loss = tape.record(() => {
      kept = own(keep(w.mul(3)));
      return kept.sum();
    });
    tape.gradient(loss, w);
    expect((kept as unknown as Tensor).array()).toEqual([3, 6]);
  });
});

describe("a captured function", () => {
  check("tidies itself: a call leaves what it returns, and nothing else", () => {
    const w = new Variable(ones([3, 3]));
    const step = compiled((x: Tensor) => {
      const tape = new GradientTape();
      const loss = tape.record(() => x.matMul(w).tanh().square().sum());
      w.assignSub(tape.gradient(loss, w).mul(0.1));
      return loss;
    });
    const x = ones([2, 3]);
    step(x);
    const before = alive();
    for (let i = 0; i < 20; i++) {
      const loss = step(x);
      expect(memory().handles).toBe(before.handles + 1);
      loss.dispose();
    }
    expect(alive()).toEqual(before);
  });

  check("that fails while it is captured leaves nothing", () => {
    const w = new Variable([1]);
    const before = alive();
    const fails = compiled((x: Tensor) => {
      const y = x.mul(w).add([5]);
      const tape = new GradientTape();
      tape.record(() => {
        y.mul(w).square();
        throw new Error("no");
      });
    });
    const x = ones([1]);
    expect(() => fails(x)).toThrow("no");
    x.dispose();
    expect(alive()).toEqual(before);
    // What is eager afterwards is eager, and recorded by nobody.
    expect(ones([1]).add(1).item()).toBe(2);
  });

  check("that fails while it runs leaves nothing", () => {
    const pick = compiled((x: Tensor, rows: Tensor) => [x.neg(), x.gather(rows)]);
    const x = tensor([[1], [2]]);
    pick(x, tensor(Int32Array.of(0)));
    const outside = tensor(Int32Array.of(7));
    const before = alive();
    expect(() => pick(x, outside)).toThrow();
    expect(alive()).toEqual(before);
    expect(pick(x, tensor(Int32Array.of(1)))[1].array()).toEqual([[2]]);
  });
});

check("layers and optimizers leave no temporaries beside their Variables", () => {
  const layer = new Dense(2, { kernelInitializer: "ones" });
  const optimizer = new optimizers.Adam();
  const tape = new GradientTape();
  const loss = tape.record(() => layer.forward(ones([1, 3])));
  optimizer.applyGradients(tape.gradient(loss, layer.weights), layer.weights);
  expect(layer.weights).toHaveLength(2);
  expect(Object.keys(optimizer.state())).toHaveLength(2 + 2 * 2);
});

describe("the garbage collector", () => {
  /** What test/helpers/collected.ts found. */
  function collected(): { results: Record<string, Record<string, number>[]>; used: unknown } {
    const script = join(__dirname, "..", "helpers", "collected.ts");
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--expose-gc", ...NODE_ARGUMENTS, script],
      { cwd: join(__dirname, "..", ".."), encoding: "utf8" },
    );
    if (status !== 0) throw new Error(`the script ended with ${status}:\n${stderr.slice(0, 4000)}`);
    return JSON.parse(stdout) as ReturnType<typeof collected>;
  }

  test("frees what nothing refers to any more, and spares what is in use", () => {
    const { results, used } = collected();
    expect(Object.keys(results)).toEqual([
      "tensors and Variables that nothing refers to",
      "tensors that were kept, and those a tidy returned",
      "what a tape holds whose gradient nobody took",
      "what many tapes hold that recorded twice in one turn of the event loop",
      "the plans of a jit function that nothing refers to",
    ]);
    for (const [title, [before, created, after]] of Object.entries(results)) {
      expect(created.handles).toBeGreaterThan(before.handles);
      expect({ title, alive: after }).toEqual({ title, alive: before });
    }
    expect(used).toEqual([3, 4, 5]);
  });
});
