/** Assigns recorded values to Variables: all of them, or none if one does not fit. */

import { assign } from "../ops/update";
import { tidy } from "../tensor/memory";
import { recorder } from "../tensor/recorder";
import { isTensorJSON } from "../tensor/tensor-json";
import { Tensor, describeType, sameShape, tensor } from "../tensor/tensor";
import { type Values, describeValue } from "../tensor/values";
import type { Variable } from "../tensor/variable";

/** What `state()` gives, or the same as plain values: what stands behind each path. */
export type StateValues = Readonly<Record<string, Tensor | Values>>;

/** Assigns all values, or none if one of them does not fit. */
export function assignAll(
  method: string,
  values: readonly (readonly [path: string, variable: Variable, value: Tensor | Values])[],
): void {
  if (recorder.capture !== null) {
    throw new Error(`${method} cannot be called in a function that jit captures: call it outside`);
  }
  tidy(() => {
    const loads = values.map(
      ([path, variable, value]) => [variable, loadedValue(method, path, variable, value)] as const,
    );
    for (const [variable, value] of loads) assign(variable, value);
  });
}

/** What was given for one Variable, as a tensor that fits it. */
function loadedValue(
  method: string,
  path: string,
  variable: Variable,
  given: Tensor | Values,
): Tensor {
  const { shape, dtype } = variable;
  const value = given instanceof Tensor ? given : toTensor(given, variable);
  if (value.dtype === dtype && sameShape(value.shape, shape)) return value;
  throw new Error(
    `${method}: expected ${describeType(dtype, shape)} for ${path} but received ` +
      describeType(value.dtype, value.shape),
  );
}

/** Nested arrays and typed arrays take the Variable's dtype, and the latter its shape. */
function toTensor(values: Values, { shape, dtype }: Variable): Tensor {
  if (isTensorJSON(values)) return tensor(values);
  return tensor(values, ArrayBuffer.isView(values) ? shape : undefined, dtype);
}

/**
 * Assigns a record that has exactly the paths of `own`.
 * @param where the method, with its class: "Adam: loadState"
 * @param hint of the error on other paths, a way out
 */
export function loadExactly(
  where: string,
  own: Readonly<Record<string, Variable>>,
  state: unknown,
  hint = "",
): void {
  if (typeof state !== "object" || state === null) {
    throw new TypeError(
      `${where}: expected an object of values by path but received ${describeValue(state)}`,
    );
  }
  const missing = Object.keys(own).filter((path) => !Object.hasOwn(state, path));
  const unknown = Object.keys(state).filter((path) => !Object.hasOwn(own, path));
  if (missing.length > 0 || unknown.length > 0) {
    const found =
      missing.length > 0 ? `${missing.join(", ")} missing` : `${unknown.join(", ")} unknown`;
    throw new Error(`${where}: expected the paths that state() gives but received ${found}${hint}`);
  }
  const values = Object.entries(own).map(
    ([path, variable]) => [path, variable, (state as StateValues)[path]] as const,
  );
  assignAll(where, values);
}
