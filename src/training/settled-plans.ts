/**
 * The plans of a pass. What JavaScript computes while a step is captured is frozen in its plan: each plan
 * is compared with further captures, so that it follows what changed and rests on nothing hidden.
 */

import { type Entry, type JitFunction, planFor, recapture } from "../capture/jit";
import { isPlainObject } from "../tensor/nest";
import { recorder } from "../tensor/recorder";
import type { Tensor } from "../tensor/tensor";

/** One for what changed since the last run, one for what the first capture made once and for all. */
const CHANGES = 2;

interface SettlingOptions {
  readonly method: string;
  /** Objects whose own fields are to stay as they are while steps are captured. */
  readonly watched: readonly object[];
  /** Whether steps run code of the library alone, which makes each capture of one state alike. */
  readonly runsOwnCode: () => boolean;
}

export class SettledPlans {
  private readonly settled = new Set<Entry>();
  private wasUnsettled = false;

  constructor(private readonly options: SettlingOptions) {}

  /** From now on each plan is compared anew before it is used. */
  unsettle(): void {
    this.wasUnsettled = true;
    this.settled.clear();
  }

  /** Whether the plan was compared, and nothing came in between. */
  isSettled(entry: Entry): boolean {
    return this.settled.has(entry);
  }

  /** The plan of a step for such a batch. */
  planFor(step: JitFunction<Tensor[], void>, batch: readonly Tensor[]): Entry {
    const settling = this.settle(step, batch);
    for (;;) {
      const { done, value } = settling.next();
      if (done === true) return value;
    }
  }

  /** The same in pieces of a millisecond or so, between which others may have the thread. */
  *settle(step: JitFunction<Tensor[], void>, batch: readonly Tensor[]): Generator<void, Entry> {
    for (let changes = 0; ; changes++) {
      const entry = this.asReader(() => planFor(step, ...batch));
      if (this.settled.has(entry)) return entry;
      yield;
      const difference = this.isBeyondDoubt
        ? null
        : this.asReader(() => this.compare(step, entry, batch));
      if (difference === null) {
        this.settled.add(entry);
        return entry;
      }
      if (changes === CHANGES) throw new Error(`${this.options.method}: ${difference}`);
      yield;
    }
  }

  /** Nobody else's code can have run since the first capture, nor within it. */
  private get isBeyondDoubt(): boolean {
    return !this.wasUnsettled && this.options.runsOwnCode();
  }

  private asReader<T>(fn: () => T): T {
    const { reader } = recorder;
    recorder.reader = this.options.method;
    try {
      return fn();
    } finally {
      recorder.reader = reader;
    }
  }

  private compare(
    step: JitFunction<Tensor[], void>,
    entry: Entry,
    batch: readonly Tensor[],
  ): string | null {
    const { watched } = this.options;
    const before = watched.map(fieldsOf);
    const difference = recapture(step, entry, ...batch);
    if (difference !== null) {
      return (
        "expected two captures of one state to be the same computation, but something in a layer, loss " +
        `or metric changes from one to the next: ${difference}. ${WAY_OUT}`
      );
    }
    for (const [i, fields] of before.entries()) {
      const changed = changedField(fields, fieldsOf(watched[i]));
      if (changed === null) continue;
      return (
        `expected metrics that keep their state in Variables, but ${watched[i].constructor.name} ` +
        `changes its field ${changed}, which captured steps do only once. ${WAY_OUT}`
      );
    }
    return null;
  }
}

const WAY_OUT =
  "Keep what changes in a Variable (this.addVariable in a metric, this.addWeight in a layer) and compute with " +
  "ops, or compile({ runEagerly: true }), which runs JavaScript at every step";

type Fields = ReadonlyMap<string, unknown>;

/** An object's own fields, with what the arrays and plain objects among them hold. */
function fieldsOf(owner: object): Fields {
  const fields = new Map<string, unknown>();
  for (const [name, value] of Object.entries(owner)) {
    fields.set(name, value);
    if (!Array.isArray(value) && !isPlainObject(value)) continue;
    for (const [key, item] of Object.entries(value)) fields.set(`${name}.${key}`, item);
  }
  return fields;
}

function changedField(before: Fields, now: Fields): string | null {
  const names = new Set([...before.keys(), ...now.keys()]);
  for (const name of names) if (!Object.is(before.get(name), now.get(name))) return name;
  return null;
}
