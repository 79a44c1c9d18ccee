/** Random numbers: counter-based Philox, whose state is a Variable that captured plans advance. */

import { BY_IDENTITY } from "../tensor/by-identity";
import { randomInt } from "node:crypto";

import type { DType } from "../tensor/dtype";
import { run } from "./op";
import type { OpRecords } from "./op-definition";
import { outsideRecording } from "../tensor/recorder";
import { type Shape, Tensor } from "../tensor/tensor";
import { Variable } from "../tensor/variable";
import { type TensorLike, checkSeed, operand } from "./arguments";
import { assign } from "./update";

/** Draws depend on nothing that could be differentiated. */
export const randomRecords = {
  randomUniform: { vjp: null },
  randomNormal: { vjp: null },
  truncatedNormal: { vjp: null },
  dropoutMask: { vjp: null },
  bernoulli: { vjp: null },
  advanceRandom: { vjp: null },
} satisfies OpRecords;

/** 32-bit mixing (the finalizer of MurmurHash3), so that neighbouring seeds give unrelated keys. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Philox state [key low, key high, counter low, counter high] of a seed and a stream number. */
function stateOf(seed: number, stream: number): Int32Array {
  const low = mix(seed | 0) ^ mix(stream + 0x51ed270b);
  const high = mix(Math.floor(seed / 2 ** 32) ^ low ^ 0x2545f491);
  return Int32Array.of(low, high, 0, 0);
}

/**
 * A series of random draws of its own. The same seed gives the same series, whether it is drawn
 * eagerly or by a captured plan, and whatever the number of threads.
 */
export class Generator {
  /** @internal */
  get [BY_IDENTITY](): true {
    return true;
  }

  /** @internal int32 [4] */
  readonly state: Variable;

  /** Without a seed it takes the next stream of the library's seed (see `setSeed`). */
  constructor(seed?: number) {
    if (seed !== undefined) checkSeed(seed);
    const initial = seed === undefined ? nextStream() : stateOf(seed, 0);
    this.state = outsideRecording(
      () => new Variable(initial, { name: "random state", trainable: false }),
    );
  }

  /** Starts the series of `seed` anew. */
  setSeed(seed: number): void {
    checkSeed(seed);
    assign(this.state, stateOf(seed, 0));
  }

  /** Uniform in [low, high). */
  uniform(shape: Shape, low = 0, high = 1, dtype: DType = "float32"): Tensor {
    return this.past(run("randomUniform", [this.state], { shape, low, high, dtype }));
  }

  /** Normal of a mean and a standard deviation. */
  normal(shape: Shape, mean = 0, deviation = 1, dtype: DType = "float32"): Tensor {
    return this.past(run("randomNormal", [this.state], { shape, mean, deviation, dtype }));
  }

  /** Normal, but for what lies more than two deviations from the mean. */
  truncatedNormal(shape: Shape, mean = 0, deviation = 1, dtype: DType = "float32"): Tensor {
    return this.past(run("truncatedNormal", [this.state], { shape, mean, deviation, dtype }));
  }

  /** 0 with probability `rate`, else 1 / (1 - rate), so that the mean is 1. */
  dropoutMask(shape: Shape, rate: number, dtype: DType = "float32"): Tensor {
    return this.past(run("dropoutMask", [this.state], { shape, rate, dtype }));
  }

  /** 1 with the probability that `p` gives for each element, else 0, in p's dtype. */
  bernoulli(p: TensorLike): Tensor {
    return this.past(run("bernoulli", [this.state, operand(p, "bernoulli", "p")]));
  }

  /** Past the blocks of four words that were used: a float32 takes one word, a float64 two. */
  private past(drawn: Tensor): Tensor {
    const blocks = Math.ceil(drawn.size / (drawn.dtype === "float64" ? 2 : 4));
    run("advanceRandom", [this.state], { blocks });
    return drawn;
  }
}

let librarySeed = randomInt(2 ** 47);
let streams = 0;
let common: Generator | null = null;

/** State of the next stream of the library's seed. */
function nextStream(): Int32Array {
  return stateOf(librarySeed, ++streams);
}

/**
 * Seeds every random draw from here on: initial weights, shuffles, dropout of layers created later,
 * `randomUniform` and its like. Without it each process draws differently.
 */
export function setSeed(seed: number): void {
  checkSeed(seed);
  librarySeed = seed;
  streams = 0;
  if (common !== null) assign(common.state, nextStream());
  else common = new Generator();
}

/** @internal A seed that follows from the library's seed and differs at each call. */
export function nextSeed(): number {
  const [low, high] = nextStream();
  return (high >>> 12) * 2 ** 32 + (low >>> 0);
}

/** All that draws from the library's seed depend on. */
export interface LibraryRandom {
  readonly seed: number;
  readonly streams: number;
  /** The state of the common series; null before its first use, and while a run uses it. */
  readonly common: readonly number[] | null;
}

/** What the common series held when it was read last: most epochs draw nothing from it. */
let read: { state: Variable; version: number; numbers: readonly number[] } | null = null;

function commonNumbers(): readonly number[] | null {
  if (common === null || common.state.handle < 0) return null;
  const { state } = common;
  if (read?.state !== state || read.version !== state.version) {
    read = { state, version: state.version, numbers: [...state.data()] };
  }
  return read.numbers;
}

/** @internal */
export function libraryRandom(): LibraryRandom {
  return { seed: librarySeed, streams, common: commonNumbers() };
}

/** @internal Goes on as from `libraryRandom`. */
export function restoreLibraryRandom(random: LibraryRandom): void {
  librarySeed = random.seed;
  streams = random.streams;
  if (random.common === null) return;
  common ??= new Generator(0);
  assign(common.state, Int32Array.from(random.common));
}

/** @internal Whether some Variables are those of the library's common series. */
export function drawsFromLibrary(variables: readonly unknown[]): boolean {
  return common !== null && variables.includes(common.state);
}

function commonGenerator(): Generator {
  common ??= new Generator();
  return common;
}

/** Uniform in [low, high), from the library's common series. */
export function randomUniform(shape: Shape, low = 0, high = 1, dtype: DType = "float32"): Tensor {
  return commonGenerator().uniform(shape, low, high, dtype);
}

/** Normal, from the library's common series. */
export function randomNormal(
  shape: Shape,
  mean = 0,
  deviation = 1,
  dtype: DType = "float32",
): Tensor {
  return commonGenerator().normal(shape, mean, deviation, dtype);
}

/** Normal within two deviations of the mean, from the library's common series. */
export function truncatedNormal(
  shape: Shape,
  mean = 0,
  deviation = 1,
  dtype: DType = "float32",
): Tensor {
  return commonGenerator().truncatedNormal(shape, mean, deviation, dtype);
}
