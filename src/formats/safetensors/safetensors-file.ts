/** Open safetensors files: what they hold, read when asked for. */

import type { DType } from "../../tensor/dtype";
import { checkShape } from "../../tensor/values";
import { Lease } from "../../tensor/lease";
import { type Shape, type Tensor, describeType, sameShape } from "../../tensor/tensor";
import type { Variable } from "../../tensor/variable";
import { type ByteSource, readBytes } from "../byte-source";
import { FormatError, quote } from "../format-error";
import { type StoredArray, TensorFiller, fillTensor } from "../tensor-bytes";
import { type HeaderEntry, LENGTH_BYTES, MAX_HEADER_BYTES, parseHeader } from "./header";
import { type SafetensorsType, elementOf } from "./types";

/** A tensor that lies in an open safetensors file. */
export class TensorEntry {
  /** As in the file. */
  readonly name: string;
  /** The element type in the file: "F32", "BF16", ... */
  readonly type: SafetensorsType;
  /** Sizes of the axes. */
  readonly shape: Shape;
  /** Bytes in the file. */
  readonly bytes: number;
  /**
   * The dtype as which nabla reads it; undefined if it cannot. F16 and BF16 become float32, smaller
   * integers int32, BOOL uint8; I64, U64 and U32 become int32 if every value fits.
   */
  readonly dtype: DType | undefined;

  /**
   * @internal
   * @param position of its first byte in the file
   */
  constructor(
    private readonly source: ByteSource,
    entry: HeaderEntry,
    readonly position: number,
  ) {
    this.name = entry.name;
    this.type = entry.type;
    this.shape = Object.freeze(entry.shape);
    this.bytes = entry.end - entry.begin;
    this.dtype = elementOf(entry.type)?.dtype;
  }

  /** "float32[2, 3]", or "F8_E4M3[2, 3]" if nabla has no dtype for it. */
  describe(): string {
    const { dtype, type, shape } = this;
    return dtype === undefined ? `${type}[${shape.join(", ")}]` : describeType(dtype, shape);
  }

  /**
   * Reads the tensor.
   * @throws FormatError if nabla has no dtype for it or a value does not fit, if it has more than 8
   *   axes, or if the file was changed since it was opened; the file system's errors
   */
  async read(): Promise<Tensor> {
    return fillTensor(this.stored(), (filler) => this.feed(filler));
  }

  /** @internal What nabla makes of it; throws if that is nothing. */
  stored(): StoredArray {
    const type = elementOf(this.type);
    if (type === undefined) {
      throw this.fault(`is ${this.type}, which nabla has no dtype for; convert it to F32 or F16`);
    }
    try {
      checkShape(this.shape);
    } catch (error) {
      throw this.fault(`cannot be one of nabla's: ${(error as Error).message}`);
    }
    return {
      type,
      shape: this.shape,
      misfit: ({ element, value }) =>
        this.fault(
          `(${this.type}) cannot be read as ${type.dtype}: element ${element} is ${value}`,
        ),
    };
  }

  /** @internal Gives the bytes to a filler. */
  feed(filler: TensorFiller): Promise<void> {
    return filler.readFrom(this.source, this.position, this.bytes);
  }

  private fault(problem: string): FormatError {
    return new FormatError(this.source.name, `the tensor ${quote(this.name)} ${problem}`);
  }
}

/** An open safetensors file, or several that are one set. To be closed. */
export class SafetensorsFile {
  /** @internal Use `openSafetensors`. */
  constructor(
    /** @internal */
    readonly sources: readonly ByteSource[],
    /** Texts by name. */
    readonly metadata: ReadonlyMap<string, string>,
    /** The tensors by name, in the order of their data. */
    readonly tensors: ReadonlyMap<string, TensorEntry>,
    /** @internal Names it in errors: of a set, the index. */
    readonly name: string,
  ) {}

  /** Size of the file, or of all files together. */
  get bytes(): number {
    return this.sources.reduce((total, { size }) => total + size, 0);
  }

  /** Closes the file, once what is being read is read. */
  async close(): Promise<void> {
    await Promise.all(this.sources.map((source) => source.close()));
  }

  /** Ends with `await using`: closes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** The file behind a source, which is closed if it is no safetensors file. */
export async function openOne(source: ByteSource): Promise<SafetensorsFile> {
  try {
    const { name, size } = source;
    const headerBytes = await readHeaderLength(source);
    const start = LENGTH_BYTES + headerBytes;
    const bytes = await readBytes(source, LENGTH_BYTES, headerBytes);
    const { metadata, entries } = parseHeader(bytes, size - start, name);
    const tensors = new Map(
      entries.map((entry) => [entry.name, new TensorEntry(source, entry, start + entry.begin)]),
    );
    return new SafetensorsFile([source], metadata, tensors, name);
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function readHeaderLength(source: ByteSource): Promise<number> {
  const { name, size } = source;
  if (size < LENGTH_BYTES) {
    throw new FormatError(name, `expected a safetensors file but found ${size} bytes`);
  }
  const bytes = Buffer.from(await readBytes(source, 0, LENGTH_BYTES));
  const length = bytes.readBigUInt64LE();
  const most = Math.min(MAX_HEADER_BYTES, size - LENGTH_BYTES);
  if (length <= BigInt(most)) return Number(length);
  throw new FormatError(
    name,
    `expected a safetensors file, whose header has at most ${most} bytes, but it says ${length}`,
  );
}

/**
 * @internal Reads tensors of a file into Variables. Everything that the header tells is checked before
 * anything changes: each Variable has the shape and the dtype of its tensor. Meanwhile they are in
 * use: touching them throws. If the file cannot be read to its end some are changed.
 * @param reason says why the Variables are in use: "the model is being loaded ..."
 */
export async function readInto(
  pairs: readonly (readonly [TensorEntry, Variable])[],
  reason: string,
): Promise<void> {
  const jobs = pairs.map(([entry, variable]) => {
    checkFit(entry, variable);
    const filler = new TensorFiller(entry.stored(), variable.liveHandle());
    return { entry, variable, filler };
  });
  const lease = new Lease(
    jobs.map(({ variable }) => variable),
    reason,
  );
  lease.take();
  try {
    // In the order of the file, so that each of its pieces is read once.
    for (const { entry, variable, filler } of jobs.sort(
      (a, b) => a.entry.position - b.entry.position,
    )) {
      variable.version++;
      await entry.feed(filler);
      filler.end();
    }
  } finally {
    lease.release();
  }
}

function checkFit(entry: TensorEntry, variable: Variable): void {
  if (entry.dtype === variable.dtype && sameShape(entry.shape, variable.shape)) return;
  throw new Error(
    `expected ${describeType(variable.dtype, variable.shape)} for ${variable.name} but the file's ` +
      `${quote(entry.name)} is ${entry.describe()}`,
  );
}
