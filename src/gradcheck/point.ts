/** Where a function is differentiated by differences: its arguments, one element of which can move. */

import { tidy } from "../memory";
import { assign } from "../ops/update";
import { Tensor, tensor } from "../tensor";
import { describeValue } from "../values";
import { Variable } from "../variable";

/** What is differentiated: takes the tensors, in order, and gives a tensor, which counts as its sum. */
export type TensorFunction = (...tensors: Tensor[]) => Tensor;

/**
 * The arguments of `f` as Variables. A Variable stands for itself, so that `f` may close over it, and
 * has its values back after every evaluation; of another tensor it is a copy.
 */
export class Point {
  readonly places: readonly Variable[];
  private readonly values: readonly Float64Array[];
  private readonly copies: readonly Variable[];

  constructor(
    private readonly caller: string,
    private readonly f: TensorFunction,
    tensors: readonly Tensor[],
  ) {
    if (typeof f !== "function") {
      throw new TypeError(`${caller}: expected a function for f but received ${describeValue(f)}`);
    }
    tensors.forEach((x, i) => checkTensor(caller, x, i));
    this.copies = tensors.filter((x) => !(x instanceof Variable)).map((x) => new Variable(x));
    let next = 0;
    this.places = tensors.map((x) => (x instanceof Variable ? x : this.copies[next++]));
    this.values = this.places.map((place) => place.data() as Float64Array);
  }

  /** The result of `f`, element by element: differences of these lose fewer digits than of sums. */
  evaluate(): Float64Array {
    return tidy(() => {
      const result: unknown = this.f(...this.places);
      if (result instanceof Tensor && result.dtype === "float64") {
        return result.data() as Float64Array;
      }
      const found = result instanceof Tensor ? result.describe() : describeValue(result);
      throw new TypeError(
        `${this.caller}: expected a float64 tensor as the result of f but received ${found}`,
      );
    });
  }

  /** The result of `f` with one element of a tensor moved by `shift`. */
  evaluateAt(which: number, element: number, shift: number): Float64Array {
    const moved = this.values[which];
    const place = this.places[which];
    const [value, { version }] = [moved[element], place];
    moved[element] = value + shift;
    try {
      this.write(which);
      return this.evaluate();
    } finally {
      moved[element] = value;
      this.write(which);
      place.version = version; // nothing has changed for a tape that recorded it
    }
  }

  /** Frees the copies. */
  dispose(): void {
    for (const copy of this.copies) copy.dispose();
  }

  private write(which: number): void {
    const place = this.places[which];
    tidy(() => assign(place, tensor(this.values[which], place.shape)));
  }
}

/** Runs `use` at the point and frees what the point holds. */
export function atPoint<T>(
  caller: string,
  f: TensorFunction,
  tensors: readonly Tensor[],
  use: (point: Point) => T,
): T {
  const point = new Point(caller, f, tensors);
  try {
    return use(point);
  } finally {
    point.dispose();
  }
}

function checkTensor(caller: string, x: unknown, index: number): void {
  if (!(x instanceof Tensor)) {
    throw new TypeError(
      `${caller}: expected Tensors for tensors but received ${describeValue(x)} at ${index}`,
    );
  }
  if (x.dtype === "float64") return;
  throw new TypeError(
    `${caller}: expected float64 tensors but received ${x.describe()} at ${index}; differences in ` +
      'fewer digits tell little: use cast(x, "float64"), or layers with { dtype: "float64" }',
  );
}
