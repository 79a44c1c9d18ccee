/** nabla, as a case names its parts. */

import * as nabla from "nabla";
import type { Case, Described, Options } from "./case";
import { camelCase, isWord, nameIn } from "./spelling";

/** Thrown where nabla has nothing of a name. */
export class Missing extends Error {}

type Constructor = new (...args: unknown[]) => unknown;
type Callable = (...args: unknown[]) => unknown;

const ALL: object = nabla;

/** A room of nabla by its path, such as "optimizers.schedules". */
function room(path: string): object | undefined {
  let found: unknown = ALL;
  for (const name of path.split("."))
    found = (found as Record<string, unknown> | undefined)?.[name];
  return found as object | undefined;
}

/** What the library itself has under a name; throws `Missing` if it has nothing. */
export function named(name: string): unknown {
  const found = (ALL as Record<string, unknown>)[name];
  if (found === undefined) throw new Missing(name);
  return found;
}

/** A class of a room; throws `Missing` if it has none, though it may have a function of that name. */
export function classIn(path: string, name: string): unknown {
  const found = (room(path) as Record<string, unknown> | undefined)?.[name];
  if (found === undefined) throw new Missing(`${path}.${name}`);
  return found;
}

/** What a room of nabla has under a name; throws `Missing` if it has nothing. */
export function part(path: string, name: string): unknown {
  const members = (room(path) ?? {}) as Record<string, unknown>;
  const key = nameIn(members, name);
  if (key === undefined) throw new Missing(`${path}.${name}`);
  return members[key];
}

/** An instance of a class of a room, or what a function of that name makes. */
export function make(path: string, name: string, args: unknown[], options: Options): unknown {
  return makeFrom(part(path, name), args, options);
}

/** An instance of a class, or what a function makes; no options are no argument. */
export function makeFrom(found: unknown, args: unknown[], options: Options): unknown {
  if (typeof found !== "function") throw new TypeError("expected a class or a function");
  const given = Object.keys(options).length > 0 ? [...args, options] : args;
  return /^class\b/.test(Function.prototype.toString.call(found))
    ? new (found as Constructor)(...given)
    : (found as Callable)(...given);
}

/** Calls what is a function or has a method that stands for one. */
export function callOf(object: unknown): Callable {
  if (typeof object === "function") return object as Callable;
  for (const name of ["call", "forward", "apply"]) {
    const method = (object as Record<string, unknown>)[name];
    if (typeof method === "function") return method.bind(object) as Callable;
  }
  throw new Error("expected a function or an object with call, forward or apply");
}

const ROOMS: Record<Described["room"], string> = {
  regularizer: "regularizers",
  constraint: "constraints",
  initializer: "initializers",
  schedule: "optimizers.schedules",
};

/**
 * Arguments and options as nabla takes them, objects among them made. Words for choices are in
 * Keras' spelling in every second case: nabla knows `leaky_relu` as well as `leakyRelu`.
 */
export function argumentsOf({ args, options, number }: Pick<Case, "args" | "options" | "number">): {
  args: unknown[];
  options: Options;
} {
  const spell = number % 2 === 0 ? camelCase : (word: string): string => word;
  return { args: args.map((value) => translated(value, spell)), options: renamed(options, spell) };
}

type Spelling = (word: string) => string;

function translated(value: unknown, spell: Spelling): unknown {
  if (isWord(value)) return spell(value);
  if (Array.isArray(value)) return value.map((item) => translated(item, spell));
  if (typeof value !== "object" || value === null) return value;
  if ("room" in value) {
    const { room: kind, class_name: name, args, options } = value as Described;
    const own = args.map((item) => translated(item, spell));
    return make(ROOMS[kind], name, own, renamed(options, spell));
  }
  return renamed(value as Options, spell);
}

function renamed(options: Options, spell: Spelling): Options {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [camelCase(name), translated(value, spell)]),
  );
}
