/** The steps of `trainOnBatch` and `testOnBatch`: one for each form of batch, captured once. */

import { type JitFunction, jit } from "../capture/jit";
import { tidy } from "../tensor/memory";
import { mapLeaves } from "../tensor/nest";
import type { Tensor } from "../tensor/tensor";
import { type ClassWeights, weighed } from "./class-weight";
import type { Compiled } from "./compiled";
import { ElementForm } from "./element";

/** A step for batches of one form: captured once, or run eagerly. */
interface FormStep {
  readonly form: ElementForm;
  readonly step: (...tensors: Tensor[]) => void;
  readonly dispose?: () => void;
}

/** Of a model, as long as it is compiled in one way. */
export class BatchSteps {
  private readonly known = new Map<string, FormStep>();

  /** What takes the batch `element` into the model, or into its metrics alone. */
  stepFor(
    element: unknown,
    compiled: Compiled,
    method: "trainOnBatch" | "testOnBatch",
    classWeights: ClassWeights | null,
  ): () => void {
    const key = JSON.stringify([method, classWeights, mapLeaves(element, () => 0)]);
    let known = this.known.get(key);
    if (known === undefined) {
      known = made(compiled, method, classWeights);
      this.known.set(key, known);
    }
    const { form, step } = known;
    const tensors = form.flatten(element);
    return () => step(...tensors);
  }

  /** Frees plans. */
  dispose(): void {
    for (const { dispose } of this.known.values()) dispose?.();
    this.known.clear();
  }
}

function made(
  compiled: Compiled,
  method: "trainOnBatch" | "testOnBatch",
  classWeights: ClassWeights | null,
): FormStep {
  const form = new ElementForm(method);
  const run = (...tensors: Tensor[]): void => {
    const batch = form.restore(tensors);
    if (method === "trainOnBatch") compiled.trainStep(weighed(batch, classWeights));
    else compiled.testStep(batch);
  };
  if (compiled.runEagerly) return { form, step: (...tensors) => tidy(() => run(...tensors)) };
  const step: JitFunction<Tensor[], void> = jit(run);
  return { form, step, dispose: () => step.dispose() };
}
