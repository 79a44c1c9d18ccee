/**
 * The names under which classes and functions stand in configurations and files. Each registers
 * itself at the end of its own file; whatever takes a name, or reads a configuration, asks here.
 */

import type { Underscored } from "../tensor/spelling";
import { isPlainObject } from "../tensor/nest";
import { describeValue } from "../tensor/values";
import { warnOfLostOptions } from "./lost-options";

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

function isConfigurableClass(target: unknown): target is ConfigurableClass {
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
function plain(name: string): string {
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

/** An object in a configuration, as JSON. */
interface Described {
  readonly kind: string;
  readonly class: string;
  readonly config: unknown;
  /** What a layer was built for. */
  readonly built?: unknown;
  /** Present if the object stands in more than one place, the others being `{ same: id }`. */
  id?: number;
}

/** What an object that is built later can do; see `Layer`. */
interface Buildable {
  readonly inputType: unknown;
  checkConfig(): void;
  buildLike(inputType: unknown): void;
}

function isBuildable(value: unknown): value is Buildable {
  return typeof (value as Partial<Buildable>).buildLike === "function";
}

/** A configuration as JSON values. Throws on what has no registered name, naming the way out. */
export function serialize(value: unknown): unknown {
  return new Serializer().visit(value, "config");
}

class Serializer {
  private readonly described = new Map<unknown, Described>();
  private shared = 0;

  visit(value: unknown, path: string): unknown {
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number") {
      if (Object.is(value, -0)) return { number: "-0" };
      return Number.isFinite(value) ? value : { number: String(value) };
    }
    if (Array.isArray(value)) return value.map((item, i) => this.visit(item, `${path}[${i}]`));
    if (!isPlainObject(value)) return this.describe(value, path);
    const given = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(
      given.map(([key, item]) => [key, this.visit(item, `${path}.${key}`)]),
    );
  }

  private describe(value: unknown, path: string): unknown {
    const known = this.described.get(value);
    if (known !== undefined) return { same: (known.id ??= this.shared++) };
    const origin = origins.get(value as object);
    const { kind, name } = entryOf(origin?.factory ?? value, path);
    if (origin !== undefined) {
      return { kind, class: name, config: this.visit(origin.config, path) };
    }
    if (!isConfigurable(value)) return name;
    if (isBuildable(value)) value.checkConfig();
    const made = value.constructor as unknown as ConfigurableClass;
    const options = value.config();
    warnOfLostOptions(value, options, () => made.fromConfig(options));
    const config = this.visit(options, path);
    const described: Described = { kind, class: name, config, ...builtOf(value) };
    this.described.set(value, described);
    return described;
  }
}

function builtOf(value: unknown): { built?: unknown } {
  if (!isBuildable(value) || value.inputType === null) return {};
  return { built: JSON.parse(JSON.stringify(value.inputType)) as unknown };
}

function entryOf(value: unknown, path: string): Entry {
  const target: unknown = isConfigurable(value) ? value.constructor : value;
  const isObject = (typeof target === "object" && target !== null) || typeof target === "function";
  const entry = isObject ? byTarget.get(target) : undefined;
  if (entry !== undefined) return entry;
  const found =
    typeof target === "function"
      ? `the ${isConfigurable(value) ? "class" : "function"} ${target.name || "without a name"}`
      : describeValue(value);
  throw new Error(
    `${path}: expected something with a registered name but received ${found}; call ` +
      "register(name, it) where it is defined",
  );
}

function isConfigurable(value: unknown): value is Configurable {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Partial<Configurable>).config === "function"
  );
}

/** Classes for a configuration alone, beside those that are registered. */
export type OwnClasses = readonly ConfigurableClass[] | Readonly<Record<string, ConfigurableClass>>;

/**
 * What `serialize` described: plain values, with objects made anew.
 * @param classes come before registered ones of their names
 */
export function deserialize(json: unknown, classes: OwnClasses = []): unknown {
  return new Restorer(classes).restore(json);
}

class Restorer {
  private readonly shared = new Map<number, unknown>();
  private readonly own = new Map<string, ConfigurableClass>();

  constructor(classes: OwnClasses) {
    if (!Array.isArray(classes) && !isPlainObject(classes)) throw notClasses(classes);
    for (const [key, item] of Object.entries(classes) as [string, ConfigurableClass][]) {
      if (!isConfigurableClass(item)) throw notClasses(item);
      this.own.set(`${item.kind} ${plain(Array.isArray(classes) ? item.name : key)}`, item);
    }
  }

  restore(json: unknown): unknown {
    if (Array.isArray(json)) return json.map((item) => this.restore(item));
    if (!isPlainObject(json)) return json;
    if (isDescribed(json)) return this.construct(json);
    const [first, ...more] = Object.entries(json);
    if (first !== undefined && more.length === 0) {
      const [key, value] = first;
      if (key === "number" && typeof value === "string") return Number(value);
      if (key === "same" && typeof value === "number") return this.shared.get(value);
    }
    return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, this.restore(item)]));
  }

  private construct(json: Described): unknown {
    const { config, built, id } = json;
    const made = this.make(json, this.restore(config) as Config);
    if (id !== undefined) this.shared.set(id, made);
    if (built !== undefined && isBuildable(made)) made.buildLike(built);
    return made;
  }

  private make({ kind, class: name }: Described, config: Config): unknown {
    const own = this.own.get(`${kind} ${plain(name)}`);
    if (own !== undefined) return own.fromConfig(config);
    const entry = entries.get(kind)?.get(plain(name));
    if (entry !== undefined) return entry.make(config);
    throw new Error(
      `expected a registered ${kind} but received ${name}; import the module that defines it, and ` +
        `call register("${name}", ${name}) there`,
    );
  }
}

function notClasses(value: unknown): Error {
  return new TypeError(
    `expected classes of layers or the like, in an array or by name, but received ${describeValue(value)}`,
  );
}

function isDescribed(json: Config): json is Config & Described {
  return typeof json.kind === "string" && typeof json.class === "string" && "config" in json;
}
