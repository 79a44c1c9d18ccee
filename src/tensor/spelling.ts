/** Names in Keras' spelling, with underscores, and in JavaScript's. */

/** The spelling with underscores: `Underscored<"leakyRelu">` is "leaky_relu". */
export type Underscored<S extends string> = S extends `${infer Head}${infer Tail}`
  ? `${Head extends Uppercase<Head> ? (Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`) : Head}${Underscored<Tail>}`
  : S;

/** "leaky_relu" -> "leakyRelu" */
export function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The one of `names` that is the given one, or its other spelling; undefined if none is. */
export function nameAmong(names: readonly string[], given: string): string | undefined {
  return names.includes(given) ? given : names.find((name) => camelCase(name) === camelCase(given));
}

/** "valLoss" -> "val_loss" */
export function underscored(name: string): string {
  return name.replace(/(?<=.)[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Has properties read in the spelling with underscores too, without listing them twice. */
export function readableUnderscored<T extends object>(record: T): T {
  for (const name of Object.keys(record)) {
    const other = underscored(name);
    if (other in record) continue;
    const get = (): unknown => (record as Record<string, unknown>)[name];
    Object.defineProperty(record, other, { get, configurable: true });
  }
  return record;
}

/** A class's name as that of one of its objects: "MeanIoU" -> "meanIoU", "AUC" -> "auc". */
export function objectName(className: string): string {
  return className.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (head) => head.toLowerCase());
}

/** Letters to insert, drop or replace until one text is the other (Levenshtein 1966). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i); // from the empty text
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const replaced = row[j] + Number(from[i] !== to[j]);
      next.push(Math.min(replaced, row[j + 1] + 1, next[j] + 1));
    }
    row = next;
  }
  return row[to.length];
}

/** '; did you mean "accuracy"?' where one of the names is nearly what was given, for errors; else "". */
export function didYouMean(given: unknown, names: readonly string[]): string {
  if (typeof given !== "string") return "";
  const plain = (name: string): string => name.replaceAll("_", "").toLowerCase();
  const distances = names.map((name) => editDistance(plain(given), plain(name)));
  const least = Math.min(...distances);
  return least > Math.ceil(given.length / 3)
    ? ""
    : `; did you mean "${names[distances.indexOf(least)]}"?`;
}
