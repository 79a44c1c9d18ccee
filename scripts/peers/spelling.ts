/** Keras' spelling made nabla's, by rule. */

/** "label_smoothing" to "labelSmoothing", "beta_1" to "beta1". */
export function camelCase(name: string): string {
  return name.replace(/_+([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** A word that stands for a choice: "fan_in", "leaky_relu", "sum_over_batch_size". */
export function isWord(value: unknown): value is string {
  return typeof value === "string" && /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(value);
}

/**
 * The name that a room of nabla has something under, however its letters are cased: LAMB for Lamb,
 * `l1l2` for L1L2; a room of regularizers needs no OrthogonalRegularizer. The exact name and the one
 * in camel case come first.
 */
export function nameIn(room: object, name: string): string | undefined {
  const plain = (text: string): string =>
    text
      .replaceAll("_", "")
      .replace(/Regularizer$/, "")
      .toLowerCase();
  return (
    [name, camelCase(name)].find((candidate) => candidate in room) ??
    Object.keys(room).find((candidate) => plain(candidate) === plain(name))
  );
}
