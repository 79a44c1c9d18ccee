/** Opens and reads safetensors files. */

import { checkByteOrder } from "../../tensor/byte-order";
import type { Tensor } from "../../tensor/tensor";
import { type FileSource, openSource } from "../byte-source";
import { type SafetensorsFile, openOne } from "./safetensors-file";
import { openShards } from "./shards";

/**
 * Opens a safetensors file and reads its header; each tensor is read when asked for. The path of an
 * index (`model.safetensors.index.json`) opens the set of files that it names.
 * @param source a path, a `file:` URL, or the file's bytes
 * @throws FormatError for what is no whole, well-formed safetensors file
 */
export function openSafetensors(source: FileSource): Promise<SafetensorsFile> {
  return openFor(source, "openSafetensors");
}

/** All tensors of a safetensors file, or of a set of them, by name. Arguments as `openSafetensors`. */
export async function readSafetensors(source: FileSource): Promise<Map<string, Tensor>> {
  const file = await openFor(source, "readSafetensors");
  const tensors = new Map<string, Tensor>();
  try {
    for (const [name, entry] of file.tensors) tensors.set(name, await entry.read());
    return tensors;
  } catch (error) {
    for (const tensor of tensors.values()) tensor.dispose();
    throw error;
  } finally {
    await file.close();
  }
}

/** @param where names the function in errors */
export async function openFor(source: FileSource, where: string): Promise<SafetensorsFile> {
  checkByteOrder(where);
  const bytes = await openSource(source, where);
  return bytes.name.endsWith(".json") ? openShards(bytes, where) : openOne(bytes);
}
