/** Names in Keras' spelling, with underscores, and in JavaScript's. */

/** The spelling with underscores: `Underscored<"leakyRelu">` is "leaky_relu". */
export type Underscored<S extends string> = S extends `${infer Head}${infer Tail}`
  ? `${Head extends Uppercase<Head> ? (Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`) : Head}${Underscored<Tail>}`
  : S;

/** "leaky_relu" -> "leakyRelu" */
export function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
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
