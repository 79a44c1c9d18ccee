/**
 * Hashes of strings that TensorFlow has, so that buckets are those of Keras: FarmHash's 64-bit
 * fingerprint (github.com/google/farmhash) and SipHash-2-4 (Aumasson and Bernstein 2012).
 */

const MASK = (1n << 64n) - 1n;
const K0 = 0xc3a5c85c97cb3127n;
const K1 = 0xb492b66fbe98f273n;
const K2 = 0x9ae16a3b2f90404fn;

const wrap = (x: bigint): bigint => x & MASK;
const mul = (a: bigint, b: bigint): bigint => (a * b) & MASK;
const rotateRight = (x: bigint, bits: bigint): bigint => wrap((x >> bits) | (x << (64n - bits)));
const mix = (x: bigint): bigint => x ^ (x >> 47n);

/** Of the bytes of a string in UTF-8. */
export function fingerprint(text: string): bigint {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length <= 16) return upTo16(bytes);
  if (bytes.length <= 32) return upTo32(bytes);
  return bytes.length <= 64 ? upTo64(bytes) : longer(bytes);
}

function joined(u: bigint, v: bigint, factor: bigint): bigint {
  const a = mix(mul(u ^ v, factor));
  return mul(mix(mul(v ^ a, factor)), factor);
}

function upTo16(bytes: Buffer): bigint {
  const { length } = bytes;
  const factor = wrap(K2 + BigInt(length * 2));
  if (length >= 8) {
    const a = wrap(bytes.readBigUInt64LE(0) + K2);
    const b = bytes.readBigUInt64LE(length - 8);
    const c = wrap(mul(rotateRight(b, 37n), factor) + a);
    return joined(c, mul(wrap(rotateRight(a, 25n) + b), factor), factor);
  }
  if (length >= 4) {
    const a = BigInt(bytes.readUInt32LE(0));
    return joined(BigInt(length) + (a << 3n), BigInt(bytes.readUInt32LE(length - 4)), factor);
  }
  if (length === 0) return K2;
  const y = BigInt(bytes[0] + (bytes[length >> 1] << 8));
  const z = BigInt(length + (bytes[length - 1] << 2));
  return mul(mix(mul(y, K2) ^ mul(z, K0)), K2);
}

function upTo32(bytes: Buffer): bigint {
  const { length } = bytes;
  const factor = wrap(K2 + BigInt(length * 2));
  const a = mul(bytes.readBigUInt64LE(0), K1);
  const b = bytes.readBigUInt64LE(8);
  const c = mul(bytes.readBigUInt64LE(length - 8), factor);
  const d = mul(bytes.readBigUInt64LE(length - 16), K2);
  return joined(
    wrap(rotateRight(wrap(a + b), 43n) + rotateRight(c, 30n) + d),
    wrap(a + rotateRight(wrap(b + K2), 18n) + c),
    factor,
  );
}

function upTo64(bytes: Buffer): bigint {
  const { length } = bytes;
  const at = (place: number): bigint => bytes.readBigUInt64LE(place);
  const factor = wrap(K2 + BigInt(length * 2));
  const a = mul(at(0), K2);
  const b = at(8);
  const c = mul(at(length - 8), factor);
  const d = mul(at(length - 16), K2);
  const y = wrap(rotateRight(wrap(a + b), 43n) + rotateRight(c, 30n) + d);
  const z = joined(y, wrap(a + rotateRight(wrap(b + K2), 18n) + c), factor);
  const e = mul(at(16), factor);
  const f = at(24);
  const g = mul(wrap(y + at(length - 32)), factor);
  const h = mul(wrap(z + at(length - 24)), factor);
  return joined(
    wrap(rotateRight(wrap(e + f), 43n) + rotateRight(g, 30n) + h),
    wrap(e + rotateRight(wrap(f + a), 18n) + g),
    factor,
  );
}

type Pair = readonly [bigint, bigint];

/** What 32 bytes make of two seeds. */
function weak(bytes: Buffer, place: number, first: bigint, second: bigint): Pair {
  const [w, x, y, z] = [0, 8, 16, 24].map((offset) => bytes.readBigUInt64LE(place + offset));
  const start = wrap(first + w);
  const middle = wrap(start + x + y);
  const turned = wrap(rotateRight(wrap(second + start + z), 21n) + rotateRight(middle, 44n));
  return [wrap(middle + z), wrap(turned + start)];
}

function longer(bytes: Buffer): bigint {
  const { length } = bytes;
  const rest = (length - 1) & 63;
  const end = length - 1 - rest;
  let y = wrap(81n * K1 + 113n);
  let z = mul(mix(wrap(mul(y, K2) + 113n)), K2);
  let x = wrap(81n * K2 + bytes.readBigUInt64LE(0));
  let v: Pair = [0n, 0n];
  let w: Pair = [0n, 0n];
  const block = (place: number, factor: bigint, [nine, last]: Pair): void => {
    const at = (offset: number): bigint => bytes.readBigUInt64LE(place + offset);
    x = mul(rotateRight(wrap(x + y + v[0] + at(8)), 37n), factor);
    y = mul(rotateRight(wrap(y + v[1] + at(48)), 42n), factor);
    x ^= mul(w[1], nine);
    y = wrap(y + mul(v[0], nine) + at(40));
    z = mul(rotateRight(wrap(z + w[0]), 33n), factor);
    v = weak(bytes, place, mul(v[1], last), wrap(x + w[0]));
    w = weak(bytes, place + 32, wrap(z + w[1]), wrap(y + at(16)));
    [z, x] = [x, z];
  };
  for (let place = 0; place < end; place += 64) block(place, K1, [1n, K1]);
  const factor = wrap(K1 + ((z & 0xffn) << 1n));
  w = [wrap(w[0] + BigInt(rest)), w[1]];
  v = [wrap(v[0] + w[0]), v[1]];
  w = [wrap(w[0] + v[0]), w[1]];
  block(length - 64, factor, [9n, factor]);
  const first = wrap(joined(v[0], w[0], factor) + mul(mix(y), K0) + z);
  return joined(first, wrap(joined(v[1], w[1], factor) + x), factor);
}

/** What a fingerprint makes of another: the order matters. */
export function fingerprintOfTwo(first: bigint, second: bigint): bigint {
  const factor = 0xc6a4a7935bd1e995n;
  const joint = mul(first ^ factor ^ mul(mix(mul(second, factor)), factor), factor);
  return mix(mul(mix(joint), factor));
}

const rotateLeft = (x: bigint, bits: bigint): bigint => rotateRight(x, 64n - bits);

/** Of the bytes of a string in UTF-8, by a key of two integers. */
export function sipHash(text: string, key: readonly [bigint, bigint]): bigint {
  const bytes = Buffer.from(text, "utf8");
  const padded = Buffer.alloc((bytes.length & ~7) + 8);
  bytes.copy(padded);
  padded[padded.length - 1] = bytes.length & 0xff;
  const v = [
    wrap(key[0]) ^ 0x736f6d6570736575n,
    wrap(key[1]) ^ 0x646f72616e646f6dn,
    wrap(key[0]) ^ 0x6c7967656e657261n,
    wrap(key[1]) ^ 0x7465646279746573n,
  ];
  for (let place = 0; place < padded.length; place += 8) {
    const word = padded.readBigUInt64LE(place);
    v[3] ^= word;
    rounds(v, 2);
    v[0] ^= word;
  }
  v[2] ^= 0xffn;
  rounds(v, 4);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

function rounds(v: bigint[], count: number): void {
  for (let i = 0; i < count; i++) {
    v[0] = wrap(v[0] + v[1]);
    v[1] = rotateLeft(v[1], 13n) ^ v[0];
    v[0] = rotateLeft(v[0], 32n);
    v[2] = wrap(v[2] + v[3]);
    v[3] = rotateLeft(v[3], 16n) ^ v[2];
    v[0] = wrap(v[0] + v[3]);
    v[3] = rotateLeft(v[3], 21n) ^ v[0];
    v[2] = wrap(v[2] + v[1]);
    v[1] = rotateLeft(v[1], 17n) ^ v[2];
    v[2] = rotateLeft(v[2], 32n);
  }
}
