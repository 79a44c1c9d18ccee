/** The names that layers take by themselves. */

/** How many layers took the name of each class. */
const counts = new Map<string, number>();

/** "dense", then "dense_1": Keras' names. */
export function uniqueName(className: string): string {
  const name =
    className
      .replace(/\W/g, "")
      .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
      .replace(/([a-z])([A-Z])/g, "$1_$2")
      .toLowerCase() || "layer";
  const count = counts.get(name) ?? 0;
  counts.set(name, count + 1);
  return count === 0 ? name : `${name}_${count}`;
}
