/** Leases: while another thread uses Variables, JavaScript can neither touch nor dispose of them. */

import { LEASED } from "./tensor";
import type { Variable } from "./variable";

export class Lease {
  private readonly handles = new Map<Variable, number>();

  /** @param reason of the error on use in the meantime: "the model is training ..." */
  constructor(
    private readonly variables: Iterable<Variable>,
    private readonly reason: string,
  ) {}

  /** Throws, taking none, if one is disposed of or leased already. */
  take(): void {
    for (const variable of this.variables) if (variable.handle < 0) throw variable.unusable();
    for (const variable of this.variables) {
      if (variable.handle === LEASED) continue; // listed twice
      this.handles.set(variable, variable.handle);
      variable.handle = LEASED;
      variable.reason = this.reason;
    }
  }

  /** Gives back what was taken. */
  release(): void {
    for (const [variable, handle] of this.handles) {
      variable.handle = handle;
      variable.reason = "";
    }
    this.handles.clear();
  }
}
