/** Warnings of the library. `docs/warnings.md` explains each code. */

/** What the library warns of. */
export const WARNING_CODES = [
  "NABLA_BLAS_KERNELS",
  "NABLA_DOWNLOAD_NOT_KEPT",
  "NABLA_INFERENCE_MODE",
  "NABLA_LOST_CHECKPOINT",
  "NABLA_LOST_OPTION",
  "NABLA_MANY_CAPTURES",
  "NABLA_NAN_LOSS",
  "NABLA_RESUMED_CALLBACK",
  "NABLA_UNMATCHED_WEIGHTS",
  "NABLA_UNREACHED_WEIGHTS",
  "NABLA_UNSAVED_COMPILE",
  "NABLA_UNSAVED_MODEL",
] as const;

/** Emits a warning of Node's; it does so anew at each call. */
export function warn(code: (typeof WARNING_CODES)[number], message: string): void {
  process.emitWarning(message, { type: "NablaWarning", code });
}
