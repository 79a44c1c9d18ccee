import { Callback, type Logs } from "./callback";

/**
 * Ends training after the batch whose loss is NaN or infinite. The option `terminateOnNaN` of `fit`
 * does so without a stop after every batch.
 */
export class TerminateOnNaN extends Callback {
  onBatchEnd(_batch: number, { loss }: Logs): void {
    if (!Number.isFinite(loss)) this.model.stopTraining = true;
  }
}
