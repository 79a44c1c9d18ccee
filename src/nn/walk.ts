/** Finds what an object's fields hold: Variables, random streams and other modules (nodes). */

import { Generator } from "../ops/random";
import { isPlainObject } from "../tensor/nest";
import { Variable } from "../tensor/variable";

/** What one object holds in its own fields, with the path of each, in the order of the fields. */
export interface Contents<N> {
  readonly variables: [path: string, variable: Variable][];
  /** States of random generators. */
  readonly streams: [path: string, state: Variable][];
  readonly nodes: [path: string, node: N][];
}

/** Looks into arrays and plain objects, but not into the nodes that it finds. */
export function contentsOf<N>(
  owner: object,
  isNode: (value: object) => value is N & object,
): Contents<N> {
  const found: Contents<N> = { variables: [], streams: [], nodes: [] };
  collectFields(owner, "", found, isNode, new Set([owner]));
  return found;
}

function collectFields<N>(
  owner: object,
  path: string,
  found: Contents<N>,
  isNode: (value: object) => value is N & object,
  seen: Set<object>,
): void {
  for (const key of Object.keys(owner)) {
    const value = (owner as Record<string, unknown>)[key];
    if (typeof value !== "object" || value === null) continue;
    const field = path === "" ? key : `${path}.${key}`;
    if (value instanceof Variable) found.variables.push([field, value]);
    else if (value instanceof Generator) found.streams.push([field, value.state]);
    else if (isNode(value)) found.nodes.push([field, value]);
    else if ((Array.isArray(value) || isPlainObject(value)) && !seen.has(value)) {
      seen.add(value);
      collectFields(value, field, found, isNode, seen);
    }
  }
}
