/** The element types of safetensors files. */

import type { DType } from "../../tensor/dtype";
import { ELEMENTS, type ElementType } from "../elements";

interface StoredType {
  /** Of one element. */
  readonly bits: number;
  /** Undefined where nabla has no dtype for it. */
  readonly element?: ElementType;
}

function readable(element: ElementType): StoredType {
  return { bits: 8 * element.bytes, element };
}

const TYPES = {
  BOOL: readable(ELEMENTS.bool),
  F4: { bits: 4 },
  F6_E2M3: { bits: 6 },
  F6_E3M2: { bits: 6 },
  U8: readable(ELEMENTS.uint8),
  I8: readable(ELEMENTS.int8),
  F8_E5M2: { bits: 8 },
  F8_E4M3: { bits: 8 },
  F8_E5M2FNUZ: { bits: 8 },
  F8_E4M3FNUZ: { bits: 8 },
  F8_E8M0: { bits: 8 },
  I16: readable(ELEMENTS.int16),
  U16: readable(ELEMENTS.uint16),
  F16: readable(ELEMENTS.float16),
  BF16: readable(ELEMENTS.bfloat16),
  I32: readable(ELEMENTS.int32),
  U32: readable(ELEMENTS.uint32),
  F32: readable(ELEMENTS.float32),
  C64: { bits: 64 },
  F64: readable(ELEMENTS.float64),
  I64: readable(ELEMENTS.int64),
  U64: readable(ELEMENTS.uint64),
} satisfies Record<string, StoredType>;

/** An element type as a file names it: "F32", "BF16", ... */
export type SafetensorsType = keyof typeof TYPES;

export function isSafetensorsType(name: string): name is SafetensorsType {
  return Object.hasOwn(TYPES, name);
}

export function bitsOf(type: SafetensorsType): number {
  return TYPES[type].bits;
}

/** How nabla reads a type; undefined if it does not. */
export function elementOf(type: SafetensorsType): ElementType | undefined {
  const found: StoredType = TYPES[type];
  return found.element;
}

/** As what a dtype is written. */
export const WRITTEN_AS: Readonly<Record<DType, SafetensorsType>> = {
  float32: "F32",
  float64: "F64",
  int32: "I32",
  uint8: "U8",
};
