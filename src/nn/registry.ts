/**
 * The names under which classes and functions stand in configurations and files. Each registers
 * itself at the end of its own file; whatever takes a name, or reads a configuration, asks here.
 */

import type { Underscored } from "../tensor/spelling";
import { describeValue } from "../tensor/values";

/** What an object was made with: values that `register`ed classes and functions can stand among. */
export type Config = Record<string, unknown>;

/** An object that knows its configuration. */
export interface Configurable {
  /** The options from which `fromConfig` of its class makes one like it. */
  config(): Config;
}

/** A class of layers, metrics, optimizers or the like; `kind` and `fromConfig` come from its base. */
export interface ConfigurableClass {
  /** Of the class. */
  readonly name: string;
  /** Of its objects. */
  readonly prototype: Configurable;
  /** "layer", "metric", ...: names have to differ within a kind alone. */
  readonly kind: string;
  /** An object of what `config` gave. */
  fromConfig(config: Config): Configurable;
}

/** Makes a function, such as an initializer or a regularizer, of its options. */
type Factory = (options: never) => object;

interface Entry {
  readonly kind: string;
  readonly name: string;
  /** The class, factory or function itself. */
  readonly target: object;
  readonly make: (config: Config | undefined) => unknown;
}

/** Methods and getters by name. */
type Methods = Readonly<Record<string, PropertyDescriptor>>;

/** By kind, then by name without regard to case and underscores. */
const entries = new Map<string, Map<string, Entry>>();
const byTarget = new WeakMap<object, Entry>();
/** What was registered while the library was loaded, before callers could. */
const ofLibrary = new WeakSet<object>();
/** What the prototypes of the library's classes held then: callers may replace methods. */
const methodsAtFirst = new WeakMap<object, Methods>();
/** Of functions made by factories: the factory and its options. */
const origins = new WeakMap<object, { factory: object; config: Config }>();

/**
 * Gives a class or a function the name under which configurations and saved models refer to it.
 * Registered functions can be passed by name wherever a function is taken.
 *
 * ```ts
 * class Scale extends Layer { ... }
 * register("Scale", Scale);
 * ```
 *
 * @throws if something else has the name; upper case and underscores make no difference
 */
export function register(name: string, target: ConfigurableClass | CallableFunction): void {
  if (typeof target !== "function") {
    throw new TypeError(
      `register: expected a class or a function for ${name} but received ${describeValue(target)}`,
    );
  }
  if (isConfigurableClass(target)) {
    const make = (config: Config = {}): unknown => target.fromConfig(config);
    enter({ kind: target.kind, name, target, make });
  } else enter({ kind: "function", name, target, make: () => target });
}

/** Registers what makes functions of a kind, such as the initializer `heNormal`, from options. */
export function registerFactory(kind: string, name: string, factory: Factory): void {
  const make = (config: Config = {}): unknown => factory(config as never);
  enter({ kind, name, target: factory, make });
}

/** Registers a function of a kind that has no options, such as the activation `relu`. */
export function registerFunction(kind: string, name: string, fn: object): void {
  enter({ kind, name, target: fn, make: () => fn });
}

/** Remembers that `fn` was made by a registered factory with such options. */
export function madeBy<F extends object>(factory: Factory, config: Config, fn: F): F {
  origins.set(fn, { factory, config });
  return fn;
}

/** Whether a value is a class that makes objects of configurations. */
export function isConfigurableClass(target: unknown): target is ConfigurableClass {
  const { kind, fromConfig } = (target ?? {}) as Partial<ConfigurableClass>;
  return (
    typeof target === "function" && typeof kind === "string" && typeof fromConfig === "function"
  );
}

function enter(entry: Entry): void {
  const { kind, name, target } = entry;
  if (typeof name !== "string" || name === "") {
    throw new TypeError(`register: expected a name but received ${describeValue(name)}`);
  }
  let named = entries.get(kind);
  if (named === undefined) entries.set(kind, (named = new Map<string, Entry>()));
  const known = named.get(plain(name));
  if (known !== undefined && known.target !== target) {
    throw new Error(`register: expected a name that no other ${kind} has but received ${name}`);
  }
  named.set(plain(name), entry);
  if (!byTarget.has(target)) byTarget.set(target, entry);
}

/** @internal From here on it is callers who register, and who change classes. */
export function libraryIsLoaded(): void {
  for (const named of entries.values()) {
    for (const { target } of named.values()) {
      ofLibrary.add(target);
      if (!isConfigurableClass(target)) continue;
      for (const each of prototypesOf(target)) {
        methodsAtFirst.set(each, Object.getOwnPropertyDescriptors(each));
      }
    }
  }
}

/** @internal Whether a function is the library's own, or made by a factory of its own. */
export function isOfLibrary(target: object): boolean {
  return ofLibrary.has(origins.get(target)?.factory ?? target);
}

/**
 * @internal Whether an object's class is the library's own, its methods those that it was loaded with.
 * @param seen takes the prototypes of such classes, which are not looked at again
 */
export function isOfLibraryClass(value: object, seen: Set<unknown>): boolean {
  const { constructor } = value;
  if (!ofLibrary.has(constructor) || constructor.prototype !== Object.getPrototypeOf(value)) {
    return false;
  }
  return prototypesOf(constructor).every((each) => {
    if (!seen.has(each) && !hasMethodsAsAtFirst(each)) return false;
    seen.add(each);
    return true;
  });
}

function hasMethodsAsAtFirst(prototype: object): boolean {
  const before = methodsAtFirst.get(prototype);
  const now: Methods = Object.getOwnPropertyDescriptors(prototype);
  if (before === undefined || Object.keys(before).length !== Object.keys(now).length) return false;
  return Object.entries(now).every(
    ([name, each]) => before[name]?.value === each.value && before[name].get === each.get,
  );
}

/** Those of a class and of what it extends. */
function prototypesOf({ prototype }: { readonly prototype: unknown }): object[] {
  const found: object[] = [];
  let each = prototype as object | null;
  for (; each !== null && each !== Object.prototype; each = Object.getPrototypeOf(each) as object) {
    found.push(each);
  }
  return found;
}

/** "he_normal", "heNormal" and "HeNormal" are one name. */
export function plain(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}

/** A name, as it stands or in Keras' spelling with underscores: "heNormal" or "he_normal". */
export type Spelling<S extends string> = S | Underscored<S>;

/** The names of a kind, in the order of their registration. */
export function namesOf(kind: string): string[] {
  return [...(entries.get(kind)?.values() ?? [])].map(({ name }) => name);
}

/** @internal The class, factory or function of a name; undefined if nothing has it. */
export function targetOf(kind: string, name: string): object | undefined {
  return entries.get(kind)?.get(plain(name))?.target;
}

/** @internal Under what a class, a factory or a function was registered; undefined if it was not. */
export function entryOf(target: object): Pick<Entry, "kind" | "name"> | undefined {
  return byTarget.get(target);
}

/** @internal The factory that made a function, and its options; undefined for other functions. */
export function originOf(fn: object): { factory: object; config: Config } | undefined {
  return origins.get(fn);
}

/** A new object of a name, made with the options given; undefined if nothing has the name. */
export function create(kind: string, name: string, config?: Config): unknown {
  return entries.get(kind)?.get(plain(name))?.make(config);
}

/**
 * The function that was given itself, by its name, or as what makes it of options. Throws on anything
 * else, listing the names there are.
 */
export function functionOf(kind: string, given: unknown, where: string, argument: string): object {
  if (typeof given === "function") {
    const entry = byTarget.get(given);
    return (entry?.kind === kind ? entry.make(undefined) : given) as object;
  }
  const named =
    typeof given === "string" ? (create(kind, given) ?? create("function", given)) : undefined;
  if (named !== undefined) return named as object;
  const names = namesOf(kind).join(", ");
  throw new TypeError(
    `${where}: expected a function or ${names === "" ? "a name that register was given" : `one of ${names}`} ` +
      `for ${argument} but received ${describeValue(given)}`,
  );
}
