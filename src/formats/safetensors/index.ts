/** The safetensors format: tensors by name, and texts. */

export { openSafetensors, readSafetensors } from "./read";
export { SafetensorsFile, TensorEntry } from "./safetensors-file";
export type { SafetensorsType } from "./types";
export { type SafetensorsOptions, safetensorsBytes, writeSafetensors } from "./write";
