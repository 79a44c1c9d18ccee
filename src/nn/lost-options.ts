/** Options that a configuration does not hold: what is made of it would differ without a word. */

import { warn } from "../addon/warn";
import { libraryRandom, restoreLibraryRandom } from "../ops/random";

/** A number, text or flag that a field holds. */
type Plain = string | number | boolean;

const isPlain = (value: unknown): value is Plain =>
  typeof value === "number" || typeof value === "string" || typeof value === "boolean";

/** Classes of which it was told. */
const told = new WeakSet<CallableFunction>();

/**
 * Warns where an object's fields are not those of one made of its configuration, as where a constructor
 * keeps an option in a field and does not pass it to `super`.
 * @param config what the object's `config()` gives
 * @param fromConfig makes an object of the configuration
 */
export function warnOfLostOptions(
  value: object,
  config: Readonly<Record<string, unknown>>,
  fromConfig: () => object,
): void {
  const { constructor } = value;
  if (told.has(constructor)) return;
  const unknown = plainFields(value).filter(([name, field]) => !Object.is(config[name], field));
  if (unknown.length === 0) return;
  const remade = fieldsOf(fromConfig);
  const lost = unknown.find(([name, field]) => !Object.is(remade[name], field));
  if (lost === undefined) return;
  told.add(constructor);
  const [name, field] = lost;
  warn(
    "NABLA_LOST_OPTION",
    `${constructor.name}: ${name} is ${String(field)}, but not in config(): a copy, and what loads the saved one, ` +
      `is made without it. Pass it on, super(options, ["${name}"]), as one object of options`,
  );
}

function plainFields(value: object): [string, Plain][] {
  return Object.entries(value).filter((entry): entry is [string, Plain] => isPlain(entry[1]));
}

/** The fields of a new object, whose random draws do not count. */
function fieldsOf(make: () => object): Readonly<Record<string, unknown>> {
  const before = libraryRandom();
  try {
    return make() as Readonly<Record<string, unknown>>;
  } catch {
    return {}; // It cannot even be made of its configuration.
  } finally {
    restoreLibraryRandom(before);
  }
}
