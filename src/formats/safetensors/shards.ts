/**
 * Sets of several safetensors files, as hubs keep large models: an index of JSON,
 *
 *   { "metadata": { "total_size": ... }, "weight_map": { tensor: file, ... } }
 *
 * and the files beside it.
 */

import { basename, dirname, join } from "node:path";

import { type ByteSource, openSource, readBytes } from "../byte-source";
import { FormatError, quote } from "../format-error";
import { JsonScanner } from "../json-scanner";
import { MAX_HEADER_BYTES } from "./header";
import { SafetensorsFile, type TensorEntry, openOne } from "./safetensors-file";

/**
 * The set behind an index, closed if it cannot be read. It holds all tensors of its files; where
 * several files have one of a name the index says which counts. The metadata is that of the first.
 */
export async function openShards(index: ByteSource, where: string): Promise<SafetensorsFile> {
  const files = new Map<string, SafetensorsFile>();
  try {
    const places = await readIndex(index);
    for (const file of new Set(places.values())) {
      files.set(file, await openOne(await openSource(join(dirname(index.name), file), where)));
    }
    const [first] = files.values();
    const sources = [...files.values()].flatMap((shard) => shard.sources);
    return new SafetensorsFile(
      sources,
      first?.metadata ?? new Map(),
      collect(index, places, files),
      index.name,
    );
  } catch (error) {
    for (const file of files.values()) await file.close();
    throw error;
  } finally {
    await index.close();
  }
}

function collect(
  index: ByteSource,
  places: ReadonlyMap<string, string>,
  files: ReadonlyMap<string, SafetensorsFile>,
): Map<string, TensorEntry> {
  const tensors = new Map<string, TensorEntry>();
  for (const [file, { tensors: own }] of files) {
    for (const [name, entry] of own) {
      const place = places.get(name);
      if (place === undefined && tensors.has(name)) {
        throw new FormatError(index.name, `does not say which file's ${quote(name)} counts`);
      }
      if (place === undefined || place === file) tensors.set(name, entry);
    }
  }
  for (const [name, file] of places) {
    if (tensors.has(name)) continue;
    throw new FormatError(index.name, `says that ${file} holds ${quote(name)}, but it does not`);
  }
  return tensors;
}

/** The file of each tensor. */
async function readIndex(index: ByteSource): Promise<Map<string, string>> {
  const { name, size } = index;
  const fail = (problem: string): never => {
    throw new FormatError(name, problem);
  };
  if (size > MAX_HEADER_BYTES)
    fail(`expected an index of safetensors files but it has ${size} bytes`);
  const scanner = new JsonScanner(await readBytes(index, 0, size), {
    fail: (at, expected, found) => fail(`expected ${expected} at byte ${at} but found ${found}`),
    charge: () => undefined,
  });
  let places: Map<string, string> | undefined;
  scanner.object((key) => {
    if (key === "weight_map") {
      if (places !== undefined) fail("has weight_map twice");
      places = readPlaces(scanner, fail);
    } else scanner.skip();
  });
  scanner.end();
  return places ?? fail("expected an index of safetensors files but found no weight_map");
}

function readPlaces(scanner: JsonScanner, fail: (problem: string) => never): Map<string, string> {
  const places = new Map<string, string>();
  scanner.object((tensor) => {
    const file = scanner.string();
    // Nothing that a file says leads out of its folder.
    if (basename(file) !== file || file === "" || file === "." || file === "..") {
      fail(`expected files of its own folder but found ${quote(file)}`);
    }
    if ((places.get(tensor) ?? file) !== file) fail(`names two files for ${quote(tensor)}`);
    places.set(tensor, file);
  });
  return places;
}
