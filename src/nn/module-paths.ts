/** The paths of fields by which a module's weights and the modules below it go. */

import { recorder } from "../tensor/recorder";
import { describeValue } from "../tensor/values";
import type { Variable } from "../tensor/variable";
import type { Module } from "./module";
import type { Contents } from "./walk";

type Named = readonly [path: string, variable: Variable];

/** @internal The same, if no path leads to two: names with dots in them could. */
export function eachOnce<N extends Named>(named: readonly N[]): readonly N[] {
  const seen = new Set<string>();
  for (const [path] of named) {
    if (!seen.has(path)) seen.add(path);
    else
      throw new RangeError(
        `expected fields whose paths differ but two lead to ${path}; rename the one with a dot in its name`,
      );
  }
  return named;
}

/** Throws where the paths of a state are not those of a module. */
export function checkPaths(
  weights: readonly Named[],
  streams: readonly Named[],
  state: unknown,
): void {
  if (typeof state !== "object" || state === null) {
    throw new TypeError(
      `loadState: expected an object of weights by path but received ${describeValue(state)}`,
    );
  }
  const required = weights.map(([path]) => path);
  const known = new Set([...required, ...streams.map(([path]) => path)]);
  const missing = required.filter((path) => !Object.hasOwn(state, path));
  const unknown = Object.keys(state).filter((path) => !known.has(path));
  if (missing.length === 0 && unknown.length === 0) return;
  const found =
    missing.length > 0 ? `${missing.join(", ")} missing` : `${unknown.join(", ")} unknown`;
  const hint = required.length === 0 && unknown.length > 0 ? "; build the model first" : "";
  throw new Error(
    `expected a state with the paths of this module's weights but received ${found}${hint}`,
  );
}

/** `root` and the modules below it, each once and before those in its fields, by path. */
export function visit(
  root: Module,
  enter: (module: Module) => boolean,
): [path: string, module: Module, contents: Contents<Module>][] {
  const found: [string, Module, Contents<Module>][] = [];
  const seen = new Set<Module>();
  const go = (module: Module, path: string): void => {
    if (seen.has(module) || !enter(module)) return;
    seen.add(module);
    recorder.capture?.addOwner(module);
    const contents = module.contents();
    found.push([path, module, contents]);
    for (const [field, child] of contents.nodes) go(child, join(path, field));
  };
  go(root, "");
  return found;
}

function join(path: string, field: string): string {
  return path === "" ? field : `${path}.${field}`;
}

/** Variables of `root` and of the modules below it that `enter` lets in, each under its first path. */
export function collect(
  root: Module,
  kind: "variables" | "streams",
  enter: (module: Module) => boolean = () => true,
): [path: string, variable: Variable][] {
  const paths = new Map<Variable, string>();
  for (const [path, , contents] of visit(root, enter)) {
    for (const [field, variable] of contents[kind]) {
      if (!paths.has(variable)) paths.set(variable, join(path, field));
    }
  }
  return [...paths].map(([variable, path]) => [path, variable]);
}
