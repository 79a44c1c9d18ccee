/** Configurations as JSON: objects and functions by the names that they are registered under. */

import { isPlainObject } from "../tensor/nest";
import { describeValue } from "../tensor/values";
import { warnOfLostOptions } from "./lost-options";
import {
  type Config,
  type Configurable,
  type ConfigurableClass,
  create,
  entryOf,
  isConfigurableClass,
  originOf,
  plain,
  targetOf,
} from "./registry";

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
    const origin = originOf(value as object);
    const { kind, name } = nameOf(origin?.factory ?? value, path);
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

function nameOf(value: unknown, path: string): { kind: string; name: string } {
  const target: unknown = isConfigurable(value) ? value.constructor : value;
  const isObject = (typeof target === "object" && target !== null) || typeof target === "function";
  const entry = isObject ? entryOf(target) : undefined;
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
    if (targetOf(kind, name) !== undefined) return create(kind, name, config);
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
