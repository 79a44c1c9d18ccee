/** Checks of the options that callers pass in one object. */

import { describeValue } from "./values";

/** What stands for options of other libraries, or for what is no option here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  inputshape: "begin the model with input({ shape: [4] }), or call model.build([null, 4])",
  batchinputshape: "call model.build([null, 4]), whose first axis is the batch",
  inputdim: "begin the model with input({ shape: [4] }), or call model.build([null, 4])",
  iterations: "fit(x, y, { epochs: 20 }) goes so many times through the data",
  learningrate: "the rate comes first: new Adam(0.001)",
  lr: "the rate comes first: new Adam(0.001)",
  verbose: "fit(x, y, { verbose: 1 }) tells of epochs, and of what callbacks do",
};

/** Throws on what is no object, and on a key that is none of `names`: a misspelt one would be ignored. */
export function checkOptions(options: unknown, names: readonly string[], where: string): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    const hint = names.length > 0 ? `; put options into braces, { ${names[0]}: ... }` : "";
    throw new TypeError(
      `${where}: expected an object for options but received ${describeValue(options)}${hint}`,
    );
  }
  for (const key of Object.keys(options)) {
    if (names.includes(key)) continue;
    const plain = plainName(key);
    const meant = names.filter((name) => plainName(name) === plain);
    const known = meant.length > 0 ? meant : names;
    const expected =
      known.length === 1 ? `the option ${known[0]}` : `options among ${known.join(", ")}`;
    const hint =
      meant.length === 0 && Object.hasOwn(ELSEWHERE, plain) ? `; ${ELSEWHERE[plain]}` : "";
    throw new TypeError(`${where}: expected ${expected} but received ${key}${hint}`);
  }
}

/** "batch_size", "batchsize" and "BatchSize" are one name. */
function plainName(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
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
