/**
 * What the objects that a captured function ran consist of: the fields of its modules, with the arrays
 * and plain objects in them. JavaScript tells nobody when they change, so a plan compares them with
 * what they were before it is replayed.
 */

import { isPlainObject } from "../tensor/nest";

/** One object, array, Map, Set or typed array as it was. */
interface Snapshot {
  /** What it held. */
  readonly items: readonly unknown[];
  /** True while it is as it was. */
  holds(): boolean;
}

/** A typed array of any kind. */
interface TypedArrayLike extends ArrayLike<number | bigint> {
  slice(): TypedArrayLike;
}

/** Objects below `owners` as they are now; an owner counts by its own enumerable fields. */
export class Structure {
  private readonly snapshots: Snapshot[] = [];
  private readonly seen = new Set<object>();

  constructor(owners: Iterable<object>) {
    for (const owner of owners) this.add(owner, () => new Fields(owner));
  }

  /** True while nothing was added, removed or replaced. */
  holds(): boolean {
    const { snapshots } = this;
    for (let i = 0; i < snapshots.length; i++) if (!snapshots[i].holds()) return false;
    return true;
  }

  /** Takes note of what can change in place. Modules and tensors among it count by identity. */
  private enter(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    if (Array.isArray(value)) this.add(value, () => new List(value));
    else if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
      this.add(value, () => new Numbers(value as unknown as TypedArrayLike));
    } else if (value instanceof Map || value instanceof Set) {
      this.add(value, () => new Collection(value));
    } else if (isPlainObject(value)) this.add(value, () => new Entries(value));
  }

  private add(owner: object, snapshotOf: () => Snapshot): void {
    if (this.seen.has(owner)) return;
    this.seen.add(owner);
    const snapshot = snapshotOf();
    this.snapshots.push(snapshot);
    for (const item of snapshot.items) this.enter(item);
  }
}

/** The fields of a module, by their values in order: faster than one look-up a field. */
class Fields implements Snapshot {
  readonly items: readonly unknown[];

  constructor(protected readonly owner: object) {
    this.items = Object.values(owner);
  }

  holds(): boolean {
    return isSame(Object.values(this.owner), this.items);
  }
}

/** A plain object, whose keys may change too. */
class Entries extends Fields {
  private readonly keys: readonly string[];

  constructor(owner: object) {
    super(owner);
    this.keys = Object.keys(owner);
  }

  override holds(): boolean {
    return super.holds() && isSame(Object.keys(this.owner), this.keys);
  }
}

/** An array. */
class List implements Snapshot {
  readonly items: readonly unknown[];

  constructor(private readonly list: readonly unknown[]) {
    this.items = [...list];
  }

  holds(): boolean {
    return isSame(this.list, this.items);
  }
}

/** A typed array: compared where it stands, since it may be long. */
class Numbers implements Snapshot {
  readonly items = [];
  private readonly before: TypedArrayLike;

  constructor(private readonly numbers: TypedArrayLike) {
    this.before = numbers.slice();
  }

  holds(): boolean {
    const { numbers, before } = this;
    if (numbers.length !== before.length) return false;
    for (let i = 0; i < before.length; i++) if (!Object.is(numbers[i], before[i])) return false;
    return true;
  }
}

class Collection implements Snapshot {
  readonly items: readonly unknown[];

  constructor(private readonly collection: Map<unknown, unknown> | Set<unknown>) {
    this.items = itemsOf(collection);
  }

  holds(): boolean {
    return isSame(itemsOf(this.collection), this.items);
  }
}

/** Only ever given arrays, which keeps the loop fast. */
function isSame(now: readonly unknown[], before: readonly unknown[]): boolean {
  if (now.length !== before.length) return false;
  for (let i = 0; i < before.length; i++) {
    if (now[i] !== before[i] && !Object.is(now[i], before[i])) return false;
  }
  return true;
}

/** Keys and values by turns, or the members, in their order. */
function itemsOf(collection: Map<unknown, unknown> | Set<unknown>): unknown[] {
  return collection instanceof Map ? [...collection].flat() : [...collection];
}
