/** Values that no function expects, for fuzzing. */

import { integer } from "./numbers";

/** Takes the memory of a typed array away. */
export function detached<T extends ArrayBufferView>(view: T): T {
  structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] });
  return view;
}

/** One of a list. */
export function pick<T>(next: () => number, list: readonly T[]): T {
  return list[integer(next, 0, list.length)];
}

/** Sizes that fit tests, sizes that no machine has the memory for, and what is no size. */
export const SIZES: readonly number[] = [
  ...[0, 1, 1, 2, 3, 3, 4, 5, 7],
  ...[2 ** 42, 2 ** 45, 2 ** 46, 2 ** 53, 1e300],
  ...[-1, -0, 0.5, NaN, Infinity, -Infinity],
];

export const NUMBERS: readonly number[] = [
  ...SIZES,
  ...[-2, -3, 6, 8, 9, 63, 64, 255, 256, 4095, 4096, 65536, 2 ** 30, 2 ** 31, 2 ** 32, 2 ** 63],
];

const SHAPES: readonly unknown[] = [
  ...[[], [1], [4], [2, 2], [4, 1], [0], [0, 4], [-1], [NaN], [0.5], ["2"], [null], [[2]]],
  ...[[2 ** 45], [2 ** 40, 2 ** 40], [0, 2 ** 45, 2 ** 45], [2 ** 45, 0], [1e300, 0]],
  ...[new Array(8).fill(1), new Array(9).fill(1), new Array(1000).fill(1), new Array(3)],
];

/** Typed arrays of 16 bytes, what is like them, and what is not. */
function arrays(): unknown[] {
  const shared = new SharedArrayBuffer(16);
  return [
    ...[new Float32Array(4), new Float64Array(2), new Int32Array(4), new Uint8Array(16)],
    ...[new Float32Array(0), new Float32Array(1), new Uint8ClampedArray(16), new Int8Array(16)],
    ...[new BigInt64Array(2), new Uint16Array(8), new DataView(new ArrayBuffer(16))],
    ...[new ArrayBuffer(16), shared, new Float32Array(shared), new Uint8Array(shared, 1, 4)],
    ...[
      new Uint8Array(new ArrayBuffer(24), 3, 16),
      detached(new Float32Array(4)),
      Buffer.alloc(16),
    ],
    ...[
      detached(new Float64Array(8)),
      new Float64Array(64).fill(NaN),
      new Float64Array(64).fill(1),
    ],
  ];
}

function objects(): unknown[] {
  return [
    ...[undefined, null, true, "", "1", 10n, Symbol("hostile"), {}, [], new Date(0), /x/],
    ...[
      (): number => 1,
      new Proxy([2], {}),
      Object.create(null) as object,
      { length: 2 },
      new Map(),
      globalThis,
    ],
    Object.defineProperty([1], "0", {
      get: () => {
        throw new RangeError("no size");
      },
    }),
  ];
}

/** One argument of any kind. */
export function argument(next: () => number): unknown {
  const kind = next();
  if (kind < 0.5) return pick(next, NUMBERS);
  if (kind < 0.7) return pick(next, SHAPES);
  return pick(next, kind < 0.85 ? arrays() : objects());
}
