/** Where a function is differentiated by differences: its arguments, one element of which can move. */

import { tidy } from "../../tensor/memory";
import { assign } from "../../ops/update";
import { Tensor, tensor } from "../../tensor/tensor";
import { describeValue } from "../../tensor/values";
import { Variable } from "../../tensor/variable";

/** What is differentiated: takes the tensors, in order, and gives a tensor, which counts as its sum. */
export type TensorFunction = (...tensors: Tensor[]) => Tensor;

/** The element that is not where it belongs, and its value there. */
interface Moved {
  readonly which: number;
  readonly element: number;
  readonly value: number;
}

/**
 * The arguments of `f` as Variables. A Variable stands for itself, so that `f` may close over it, and
 * has its values back after `restore`; of another tensor it is a copy.
 */
export class Point {
  readonly places: readonly Variable[];
  private readonly values: readonly Float64Array[];
  private readonly copies: readonly Variable[];
  private moved: Moved | null = null;

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
    this.restore();
    return this.run();
  }

  /** The result of `f` with one element of a tensor moved by `shift`, and no other. */
  evaluateAt(which: number, element: number, shift: number): Float64Array {
    if (this.moved?.which === which) this.moveBack(this.moved);
    else this.restore();
    const values = this.values[which];
    this.moved = { which, element, value: values[element] };
    values[element] += shift;
    this.write(which);
    return this.run();
  }

  /** Gives a moved Variable its values back. */
  restore(): void {
    const { moved } = this;
    if (moved === null) return;
    this.moveBack(moved);
    this.write(moved.which);
  }

  /** Restores, and frees the copies. */
  dispose(): void {
    this.restore();
    for (const copy of this.copies) copy.dispose();
  }

  private moveBack({ which, element, value }: Moved): void {
    this.values[which][element] = value;
    this.moved = null;
  }

  private run(): Float64Array {
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

  private write(which: number): void {
    const place = this.places[which];
    const { version } = place;
    tidy(() => assign(place, tensor(this.values[which], place.shape)));
    // A tape that recorded it before is right again once the values are back.
    place.version = version;
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
