/** Checks of the options that callers pass in one object. */

import { describeValue } from "./values";

/** Throws on what is no object, and on a key that is none of `names`: a misspelt one would be ignored. */
export function checkOptions(options: unknown, names: readonly string[], where: string): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(
      `${where}: expected an object for options but received ${describeValue(options)}`,
    );
  }
  for (const key of Object.keys(options)) {
    if (names.includes(key)) continue;
    const known =
      names.length === 1 ? `the option ${names[0]}` : `options among ${names.join(", ")}`;
    throw new TypeError(`${where}: expected ${known} but received ${key}`);
  }
}

/** Throws unless `value` is a function. */
export function checkFunction(value: unknown, where: string, name: string): void {
  if (typeof value === "function") return;
  throw new TypeError(
    `${where}: expected a function for ${name} but received ${describeValue(value)}`,
  );
}

/** Throws unless `value` is a boolean. */
export function checkFlag(value: unknown, where: string, name: string): asserts value is boolean {
  if (typeof value === "boolean") return;
  throw new TypeError(
    `${where}: expected a boolean for ${name} but received ${describeValue(value)}`,
  );
}
