import { fill } from "../../ops/shape";
import { describeValue } from "../../tensor/values";
import { madeBy, registerFactory } from "../registry";
import type { Initializer } from "./initializer";

/** All 0. */
export function zeros(): Initializer {
  return madeBy(zeros, {}, filled(0));
}

/** All 1. */
export function ones(): Initializer {
  return madeBy(ones, {}, filled(1));
}

/** @param value the number, or Keras' form `{ value }`; 0 by default */
export function constant(value: number | { value?: number } = 0): Initializer {
  const number: unknown = typeof value === "object" && value !== null ? (value.value ?? 0) : value;
  if (typeof number !== "number") {
    throw new TypeError(
      `constant: expected a number for value but received ${describeValue(number)}`,
    );
  }
  return madeBy(constant, { value: number }, filled(number));
}

function filled(value: number): Initializer {
  return (shape, dtype = "float32") => fill(shape, value, dtype);
}

registerFactory("initializer", "zeros", zeros);
registerFactory("initializer", "ones", ones);
registerFactory("initializer", "constant", constant);
