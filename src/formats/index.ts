/** Files that other libraries read and write, and nabla's own. */

export type { FileSource } from "./byte-source";
export { FormatError } from "./format-error";
export type { NamedTensors } from "./named-tensors";
export * from "./numpy";
export * from "./safetensors";
