/**
 * Calls what the library exports, and every method of what that returns, with arguments of
 * any kind:
 *
 *   node -r ts-node/register test/helpers/fuzz-library.ts <seed> <rounds>
 *
 * A process of its own, since a fault would end it. Prints how many calls succeeded and failed, the
 * errors that are not the library's own words, as JSON.
 */

import * as nabla from "../../src";
import { Tensor, Variable, memory, tidy } from "../../src";
import * as layers from "../../src/nn/layers";
import * as ops from "../../src/ops";
import { detached, pick } from "./hostile";
import { series } from "./numbers";

type AnyFunction = (...args: unknown[]) => unknown;
type AnyClass = new (...args: unknown[]) => object;

/** What is called: all but what reaches for the network, for every core, or trains without end. */
const PUBLIC = {
  ...{ Tensor, tensor: nabla.tensor, Variable, keep: nabla.keep, memory, tidy },
  ...{ GradientTape: nabla.GradientTape, jit: nabla.jit, getThreads: nabla.getThreads },
  ...ops,
  ...layers,
  ...{ Sequential: nabla.Sequential, Dataset: nabla.Dataset, readIdx: nabla.readIdx },
  ...{ syntheticDigits: nabla.syntheticDigits, initializers: nabla.initializers },
  ...{ gradcheck: nabla.gradcheck, numericalGradient: nabla.numericalGradient },
  ...{ inputGradient: nabla.inputGradient, gradientNorms: nabla.gradientNorms },
  ...{ losses: nabla.losses, metrics: nabla.metrics, optimizers: nabla.optimizers },
};

/** Abstract, or a helper of the ops that checks nothing. */
const LEFT_OUT = new Set(["Optimizer", "sumTo"]);
/** Their constructors are the library's, their static methods everybody's. */
const CREATED_BY_LIBRARY = new Set(["Tensor", "Dataset"]);

/** Calls that run long with arguments that are quite right. */
const SIZES = [0, 1, 2, 3, 4, 5, 2 ** 42, 2 ** 53, 1e300, -1, -0, 0.5, NaN, Infinity, -Infinity];

const next = series(Number(process.argv[2]));
const rounds = Number(process.argv[3]);

function tensors(): Tensor[] {
  const dead = nabla.ones([2]);
  dead.dispose();
  return [
    ...[nabla.ones([]), nabla.ones([2]), nabla.ones([2, 3]), nabla.ones([3, 2]), nabla.ones([0])],
    ...[nabla.zeros([2], "int32"), nabla.zeros([2], "uint8"), nabla.ones([2, 3], "float64")],
    ...[nabla.fill([2], 9, "int32"), nabla.fill([2, 3], NaN), nabla.fill([2, 3], 1e30)],
    ...[nabla.ones([1, 1, 1, 1, 1, 1, 1, 2]), new Variable([1, 2]), new Variable(1), dead],
  ];
}

function views(): unknown[] {
  const shrinking = new (
    ArrayBuffer as unknown as new (bytes: number, options: object) => ArrayBuffer
  )(16, {
    maxByteLength: 32,
  });
  const view = new Float32Array(shrinking, 8);
  (shrinking as ArrayBuffer & { resize(bytes: number): void }).resize(4);
  return [
    ...[new Float32Array(2), new Float64Array(6), new Uint8Array(2), new Int32Array([7, -7])],
    ...[new Float32Array(new SharedArrayBuffer(8)), detached(new Float32Array(2)), view],
    ...[new BigInt64Array(2), new DataView(new ArrayBuffer(8)), new ArrayBuffer(8)],
  ];
}

function objects(): unknown[] {
  const thrower = {
    get dtype(): never {
      throw new RangeError("a getter threw");
    },
  };
  const endless: unknown[] = [];
  endless.push(endless);
  const sparse = new Array(3) as unknown[];
  return [
    ...[undefined, null, true, false, "", "relu", "float64", "int7", 10n, Symbol("hostile"), {}],
    ...[[], [2], [2, 3], [[1, 2], [3]], [-1], [NaN], [2 ** 45], [1e300, 0], ["2"], sparse, endless], // prettier-ignore
    ...[
      new Array(9).fill(1),
      new Date(0),
      new Map(),
      new Proxy([2], {}),
      thrower,
      Object.create(null) as object,
    ],
    ...[{ length: 2 }, { seed: 1.5 }, { axis: 1 }, { activation: "relu" }, { dtype: "float64" }],
    ...[(x: unknown) => x, () => undefined, () => nabla.ones([2]), () => Promise.resolve(1)],
    ...[new Proxy({}, { ownKeys: () => { throw new RangeError("a trap threw"); } })], // prettier-ignore
    class extends Tensor {},
  ];
}

function argument(): unknown {
  const kind = next();
  if (kind < 0.4) return pick(next, tensors());
  if (kind < 0.6) return pick(next, SIZES);
  return kind < 0.7 ? pick(next, views()) : pick(next, objects());
}

function someArguments(): unknown[] {
  return Array.from({ length: pick(next, [0, 1, 1, 2, 2, 2, 3, 3, 4]) }, argument);
}

/** Errors that JavaScript itself throws where nobody checked: they name no argument. */
const UNCHECKED =
  /Cannot (read|set|destructure|convert|use|mix|perform|assign)|is not (a function|iterable|a constructor|defined|extensible)|Invalid (array|typed)|call stack|reduce of empty|undefined \(|object is not|is not an object/;

const counts = { succeeded: 0, failed: 0 };
const unchecked = new Map<string, string>();

function note(name: string, error: unknown): void {
  counts.failed++;
  if (!(error instanceof Error)) unchecked.set(name, `threw ${String(error)}`);
  else if (UNCHECKED.test(error.message)) {
    const place =
      error.stack
        ?.split("\n")
        .find((line) => line.includes("/src/"))
        ?.trim() ?? "";
    unchecked.set(name, `${error.message} ${place.replace(/.*\/src\//, "src/")}`);
  }
}

function attempt(name: string, call: () => unknown): unknown {
  try {
    const result = call();
    counts.succeeded++;
    return result;
  } catch (error) {
    note(name, error);
    return undefined;
  }
}

interface Target {
  name: string;
  call: (args: unknown[]) => unknown;
}

function targetsOf(space: object, prefix: string): Target[] {
  return Object.entries(space).flatMap(([name, value]): Target[] => {
    if (LEFT_OUT.has(name)) return [];
    const path = `${prefix}${name}`;
    if (typeof value === "function") {
      const isClass = String(value).startsWith("class");
      const call = isClass
        ? (args: unknown[]) => new (value as AnyClass)(...args)
        : (args: unknown[]) => (value as AnyFunction)(...args);
      const own = CREATED_BY_LIBRARY.has(name) ? [] : [{ name: path, call }];
      return [...own, ...(isClass ? targetsOf(statics(value as AnyClass), `${path}.`) : [])];
    }
    return typeof value === "object" && value !== null
      ? targetsOf(value as object, `${path}.`)
      : [];
  });
}

function statics(constructor: AnyClass): object {
  const names = Object.getOwnPropertyNames(constructor).filter(
    (name) => !["length", "name", "prototype"].includes(name),
  );
  return Object.fromEntries(
    names.map((name) => [
      name,
      (...args: unknown[]) =>
        (constructor as unknown as Record<string, AnyFunction>)[name](...args),
    ]),
  );
}

/** Public methods, own and inherited. Those of tensors are the exported functions. */
function methodsOf(value: object): string[] {
  const names = new Set<string>();
  for (
    let prototype: unknown = Object.getPrototypeOf(value);
    prototype !== null && prototype !== Object.prototype && prototype !== Function.prototype;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    for (const name of Object.getOwnPropertyNames(prototype)) names.add(name);
  }
  if (typeof value === "function") for (const name of Object.keys(value)) names.add(name);
  return [...names].filter((name) => name !== "constructor");
}

/** TypeScript's `private` and what is marked internal can be reached, but nobody is meant to. */
const INTERNAL =
  /^(add|hold|note|values|rearranged|check.*|playBack|releaseCurrent|liveHandle|unusable|read|slotsOf|slotNames|updateOne|initialize|draw|advance|hasState|outputShape|capture|nodesFrom|inInference|inMode|compile|fit|evaluate|predict)$/;

function callMethods(name: string, value: object): void {
  if (Array.isArray(value)) return; // JavaScript's own methods
  const methods = methodsOf(value).filter(
    (method) => value instanceof Tensor || !INTERNAL.test(method),
  );
  for (let i = 0; i < 3 && methods.length > 0; i++) {
    const method = pick(next, methods);
    if (INTERNAL.test(method) && !["add", "values"].includes(method)) continue;
    attempt(`${name}.${method}`, () => {
      const member = (value as Record<string, unknown>)[method];
      const result =
        typeof member === "function"
          ? (member as AnyFunction).call(value, ...someArguments())
          : member;
      drain(result);
      return result;
    });
  }
}

/** A few elements of what can be gone through. */
function drain(value: unknown): void {
  if (!(value instanceof nabla.Dataset)) return;
  let left = 3;
  for (const element of value) if (left-- === 0 || element === undefined) break;
}

function round(targets: readonly Target[]): void {
  const { name, call } = pick(next, targets);
  const result = attempt(name, () => call(someArguments()));
  if (result instanceof Promise) result.catch((error: unknown) => note(name, error));
  else if ((typeof result === "object" && result !== null) || typeof result === "function") {
    attempt(name, () => drain(result));
    callMethods(name.replace(/ .*/, ""), result);
  }
}

async function main(): Promise<void> {
  const targets = targetsOf(PUBLIC, "");
  for (let i = 0; i < rounds; i++) tidy(() => round(targets));
  await new Promise((resolve) => setImmediate(resolve));
  // The library works as before.
  const sum = tidy(() =>
    nabla
      .ones([2, 3])
      .matMul(nabla.ones([3, 2]))
      .sum()
      .item(),
  );
  console.log(JSON.stringify({ ...counts, sum, unchecked: Object.fromEntries(unchecked) }));
}

process.on("unhandledRejection", () => undefined);
void main();
