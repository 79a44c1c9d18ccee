/** Lets a run of `fit` go on where another one stood. */

import { warn } from "../../addon/warn";
import type { FileSource } from "../../formats/byte-source";
import type { Layer } from "../../nn/layer";
import { restoreLibraryRandom } from "../../ops/random";
import type { CallbackLike } from "../callbacks";
import type { Compiled } from "../compiled";
import type { Pass } from "../pass";
import { type FitStanding, type SavedCallback, resumes } from "../standing";
import { notResumable } from "../windows";
import { readCheckpoint } from "./checkpoint";

export interface Resumption {
  readonly model: Layer;
  readonly compiled: Compiled;
  readonly callbacks: readonly CallbackLike[];
  readonly train: Pass;
  readonly validation: Pass | undefined;
}

/** The file to resume from: what a callback kept of this very run comes before what `fit` was given. */
export function resumeSource(
  callbacks: readonly CallbackLike[],
  given: FileSource | undefined,
): FileSource | undefined {
  for (const callback of callbacks) {
    const own = resumes(callback) ? callback.resumeFile() : null;
    if (own !== null) return own;
  }
  return given;
}

/** Throws if a run is to be resumed, now or, by what a callback keeps, later. */
export function checkNotResumed(
  callbacks: readonly CallbackLike[],
  given: FileSource | undefined,
): void {
  if (given !== undefined || callbacks.some(resumes)) throw notResumable();
}

/** Puts model, optimizer, callbacks, passes and random streams where the file says that they stood. */
export async function resumeFrom(
  source: FileSource,
  run: Resumption,
): Promise<FitStanding | undefined> {
  const { model, compiled, callbacks, train, validation } = run;
  const standing = await readCheckpoint(source, model, compiled, (standing) =>
    checkSteps(standing, train),
  ).catch((error: unknown) => {
    const isKept = callbacks.some((each) => resumes(each) && each.resumeFile() === source);
    if (isKept && error instanceof Error) {
      error.message += `. To begin anew, delete ${String(source)}`;
    }
    throw error;
  });
  if (standing === undefined) return undefined;
  train.resume(standing.train);
  if (standing.validation !== null) validation?.resume(standing.validation);
  loadCallbacks(callbacks, standing.callbacks);
  restoreLibraryRandom(standing.train.random);
  return standing;
}

function checkSteps({ steps, train: { batches } }: FitStanding, train: Pass): void {
  if (batches === 0 || Object.is(steps, train.length)) return;
  throw new Error(
    `fit: expected the data of the run that is resumed, ${steps} batches an epoch, but received ${train.length}`,
  );
}

/** Each state goes to the next callback of its class. */
function loadCallbacks(callbacks: readonly CallbackLike[], saved: readonly SavedCallback[]): void {
  const left = [...callbacks];
  for (const { class: name, state } of saved) {
    const place = left.findIndex(
      (callback) => callback.constructor.name === name && callback.loadState !== undefined,
    );
    if (place >= 0) {
      left.splice(place, 1)[0].loadState?.(state);
      continue;
    }
    warn(
      "NABLA_RESUMED_CALLBACK",
      `fit: the run that is resumed had a callback ${name}, whose state nobody takes; pass one to fit again`,
    );
  }
}
