/**
 * Who frees a tensor: the innermost scope (`tidy`, a tape's `record`, ...), else the garbage
 * collector. Tensors that a recording tape may need outlive their scope: the tape frees them.
 */

import { native } from "../addon/native";

/** What a scope frees. */
export interface Owned {
  handle: number;
  /** Tapes that still need the values. */
  holds: number;
  /** Freed by the garbage collector, not by a scope. */
  collected: boolean;
  /** Exempt from scopes, by `keep`. */
  kept: boolean;
  /** Scratch of `endScope`: passes on to the scope around. */
  survives: boolean;
  /** Disposed of from here on; whoever calls it releases the handle that it returns. */
  giveUp(): number;
}

/** A recording tape: takes over what a scope would free. */
export interface Holder {
  hold(tensor: Owned): void;
}

const scopes: Owned[][] = [];
let current: Owned[] | null = null;
const holders: Holder[] = [];

const collector = new FinalizationRegistry<number>((handle) => native.release(handle));

/** Registers a new tensor with whoever is to free it. */
export function track(tensor: Owned): void {
  if (current !== null) current.push(tensor);
  else leaveToCollector(tensor);
}

/** Makes the garbage collector the owner. Its finalizers run between turns of the event loop. */
export function leaveToCollector(tensor: Owned): void {
  tensor.collected = true;
  collector.register(tensor, tensor.handle, tensor);
}

/** To be called when a tensor is disposed of by hand. */
export function forget(tensor: Owned): void {
  if (tensor.collected) collector.unregister(tensor);
}

export function beginScope(): void {
  current = [];
  scopes.push(current);
}

/** Ends the innermost scope: `survivors` pass to the one around it, the rest is freed. */
export function endScope(survivors: readonly Owned[]): void {
  const owned = scopes.pop() as Owned[];
  current = scopes.length > 0 ? scopes[scopes.length - 1] : null;
  for (const tensor of survivors) tensor.survives = true;
  const unowned: Owned[] = [];
  for (const tensor of owned) {
    if (tensor.handle < 0) continue;
    if (tensor.survives) track(tensor);
    else if (tensor.kept) leaveToCollector(tensor);
    else if (holders.length > 0) for (const holder of holders) holder.hold(tensor);
    else if (tensor.holds === 0) unowned.push(tensor);
  }
  for (const tensor of survivors) tensor.survives = false;
  disposeAll(unowned);
}

/** Ends a hold of each; those that nothing holds any more are freed. */
export function endHolds(tensors: readonly Owned[]): void {
  for (const tensor of tensors) tensor.holds--;
  disposeAll(tensors.filter(({ holds }) => holds === 0));
}

const { words } = native;

/** Frees the memory of tensors, as `dispose` does, in one call for many. */
function disposeAll(tensors: readonly Owned[]): void {
  let count = 0;
  for (const tensor of tensors) {
    if (tensor.handle < 0) continue;
    words[count++] = tensor.giveUp();
    if (count < words.length) continue;
    native.releaseMany(count);
    count = 0;
  }
  if (count > 0) native.releaseMany(count);
}

/** While `holder` is registered, tensors that scopes would free are handed to it. */
export function addHolder(holder: Holder): void {
  holders.push(holder);
}

export function removeHolder(holder: Holder): void {
  const index = holders.lastIndexOf(holder);
  if (index >= 0) holders.splice(index, 1);
}

/** Runs `fn` with no scope around it: what it creates belongs to its references. */
export function outsideScopes<T>(fn: () => T): T {
  const outerScopes = scopes.splice(0);
  const outerHolders = holders.splice(0);
  current = null;
  try {
    return fn();
  } finally {
    scopes.push(...outerScopes);
    holders.push(...outerHolders);
    current = scopes.length > 0 ? scopes[scopes.length - 1] : null;
  }
}
