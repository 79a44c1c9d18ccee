/** Fills tensors with the bytes of files piece by piece, and takes them out again. */

import { bytesOf, codeOf } from "../tensor/dtype";
import { native } from "../addon/native";
import { frozen } from "../tensor/shapes";
import { type Shape, type Tensor, sizeOf, wrap } from "../tensor/tensor";
import { Variable } from "../tensor/variable";
import { type ByteSource, PIECE_BYTES } from "./byte-source";
import type { ElementType, Misfit } from "./elements";
import type { FormatError } from "./format-error";
import { lendMemory } from "./lent-memory";
import type { Part } from "./piece-writer";

/** What stands in a file for one tensor. */
export interface StoredArray {
  readonly type: ElementType;
  readonly shape: Shape;
  /** True if the elements' bytes stand in the other order than nabla's, which is the processor's. */
  readonly isSwapped?: boolean;
  /** The error for an element that nabla's dtype cannot hold. */
  readonly misfit: (misfit: Misfit) => FormatError;
}

/** Elements are converted in blocks that stay in a near cache. */
const BLOCK_BYTES = 1 << 16;

/**
 * A new tensor, filled by what `feed` pushes.
 * @throws what `feed` throws; the tensor's memory is given back then
 */
export async function fillTensor(
  array: StoredArray,
  feed: (filler: TensorFiller) => Promise<void>,
): Promise<Tensor> {
  const { type, shape } = array;
  const handle = native.allocate(codeOf(type.dtype), shape);
  try {
    const filler = new TensorFiller(array, handle);
    await feed(filler);
    filler.end();
  } catch (error) {
    native.release(handle);
    throw error;
  }
  return wrap(handle, frozen(shape), type.dtype);
}

/** Takes the bytes of one stored array in pieces of any size, and puts them into native memory. */
export class TensorFiller {
  /** Bytes of the tensor that are filled. */
  private filled = 0;
  private readonly converter: Converter | undefined;

  /** @param handle of memory for the array's shape and dtype */
  constructor(
    private readonly array: StoredArray,
    private readonly handle: number,
  ) {
    const { type, isSwapped = false } = array;
    if (type.convert !== undefined || isSwapped) this.converter = new Converter(array);
  }

  /** Takes the array's bytes from a file: straight from the disk where they need no conversion. */
  async readFrom(source: ByteSource, position: number, length: number): Promise<void> {
    if (await this.readStraight(source, position, length)) return;
    await source.each(position, length, (piece) => this.push(piece));
  }

  private async readStraight(
    source: ByteSource,
    position: number,
    length: number,
  ): Promise<boolean> {
    const isDirect = this.converter === undefined && length >= PIECE_BYTES;
    if (!isDirect || source.readInto === undefined) return false;
    return lendMemory(this.handle, length, async (piece, first) => {
      await source.readInto?.(position + first, piece);
      this.filled += piece.length;
    });
  }

  push(piece: Uint8Array): void {
    if (this.converter === undefined) this.put(piece);
    else this.converter.push(piece, (converted) => this.put(converted));
  }

  /** Throws unless the tensor is full. */
  end(): void {
    const { type, shape } = this.array;
    const expected = sizeOf(shape) * bytesOf(type.dtype);
    if (this.filled === expected) return;
    throw new Error(`expected ${expected} bytes for a tensor but received ${this.filled}`);
  }

  private put(bytes: Uint8Array): void {
    native.writeRange(this.handle, this.filled, bytes);
    this.filled += bytes.length;
  }
}

/** Swaps and converts elements, whose bytes may be torn apart by the pieces' ends. */
class Converter {
  private readonly from = new ArrayBuffer(BLOCK_BYTES);
  private readonly input = Buffer.from(this.from);
  private readonly output: ArrayBuffer;
  private readonly width: number;
  /** Bytes that wait in `from`: less than a block. */
  private waiting = 0;
  private elements = 0;

  constructor(private readonly array: StoredArray) {
    const { bytes, dtype } = array.type;
    this.width = bytes;
    this.output = new ArrayBuffer((BLOCK_BYTES / bytes) * bytesOf(dtype));
  }

  push(piece: Uint8Array, put: (bytes: Uint8Array) => void): void {
    for (let done = 0; done < piece.length;) {
      const count = Math.min(piece.length - done, BLOCK_BYTES - this.waiting);
      this.input.set(piece.subarray(done, done + count), this.waiting);
      this.waiting += count;
      done += count;
      this.convert(put);
    }
  }

  private convert(put: (bytes: Uint8Array) => void): void {
    const count = Math.floor(this.waiting / this.width);
    const whole = count * this.width;
    if (this.array.isSwapped === true) swap(this.input.subarray(0, whole), this.width);
    put(this.converted(count));
    this.input.copyWithin(0, whole, this.waiting);
    this.waiting -= whole;
    this.elements += count;
  }

  private converted(count: number): Uint8Array {
    const { convert, dtype } = this.array.type;
    if (convert === undefined) return this.input.subarray(0, count * this.width);
    const misfit = convert(this.from, this.output, count);
    if (misfit !== undefined) {
      throw this.array.misfit({ ...misfit, element: this.elements + misfit.element });
    }
    return new Uint8Array(this.output, 0, count * bytesOf(dtype));
  }
}

/** Reverses the bytes of each element. */
function swap(bytes: Buffer, width: number): void {
  if (width === 2) bytes.swap16();
  else if (width === 4) bytes.swap32();
  else if (width === 8) bytes.swap64();
}

/** A tensor's bytes for a writer, which may take its time between pieces. */
export class TensorBytes implements Part {
  readonly length: number;
  private readonly version: number;

  constructor(private readonly tensor: Tensor) {
    tensor.liveHandle();
    this.length = tensor.size * bytesOf(tensor.dtype);
    this.version = versionOf(tensor);
  }

  /** Throws if the values are no longer those of the start. */
  copy(into: Uint8Array, first: number): void {
    native.readRange(this.handle(), first, into);
  }

  /** Throws as `copy` does, also if the values change while they are lent. */
  lend(use: (piece: Uint8Array) => Promise<void>): Promise<boolean> {
    return lendMemory(this.handle(), this.length, async (piece) => {
      await use(piece);
      this.handle();
    });
  }

  private handle(): number {
    const { tensor } = this;
    if (versionOf(tensor) === this.version) return tensor.liveHandle();
    throw new Error(
      `${tensor.describe()} was assigned to while it was written to a file: ` +
        "await the writing first, or write a clone() of it",
    );
  }
}

function versionOf(tensor: Tensor): number {
  return tensor instanceof Variable ? tensor.version : 0;
}
