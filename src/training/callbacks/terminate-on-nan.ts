import { Callback, type Logs } from "./callback";

/**
 * Ends training after the batch whose loss is NaN or infinite. The option `terminateOnNaN` of `fit`
 * does so without a stop after every batch.
 */
export class TerminateOnNaN extends Callback {
  /** Called by `fit`: ends training once the loss is no finite number. */
  onBatchEnd(_batch: number, { loss }: Logs): void {
    if (!Number.isFinite(loss)) this.model.stopTraining = true;
  }
}
