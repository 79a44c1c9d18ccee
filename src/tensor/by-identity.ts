/** Objects that stand for themselves among the arguments of captured functions. */

/**
 * Marks classes whose objects a plan may be captured for by identity, since what of them may change
 * is guarded or held in Variables: modules, optimizers, metrics, datasets, generators.
 */
export const BY_IDENTITY: unique symbol = Symbol("nabla: counts by identity");

/** Whether an object is of a class so marked. */
export function countsByIdentity(value: object): boolean {
  return (value as { [BY_IDENTITY]?: true })[BY_IDENTITY] === true;
}
