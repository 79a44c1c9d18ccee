/** Initializers by their names. */

import {
  type Initializer,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  ones,
  randomNormal,
  randomUniform,
  truncatedNormal,
  varianceScaling,
  zeros,
} from "./initializers";
import { describeValue } from "../tensor/values";

const BY_NAME = {
  zeros,
  ones,
  randomUniform,
  randomNormal,
  truncatedNormal,
  varianceScaling,
  glorotUniform,
  glorotNormal,
  heUniform,
  heNormal,
  lecunUniform,
  lecunNormal,
};

export type InitializerName = keyof typeof BY_NAME;

export type InitializerLike = InitializerName | Initializer;

/** The initializer behind a name; throws on an unknown one, listing those there are. */
export function initializerOf(initializer: InitializerLike, argument = "initializer"): Initializer {
  if (typeof initializer === "function") return initializer;
  if (typeof initializer === "string" && Object.hasOwn(BY_NAME, initializer))
    return BY_NAME[initializer]();
  throw new TypeError(
    `expected a function or one of ${Object.keys(BY_NAME).join(", ")} for ${argument} but received ` +
      describeValue(initializer),
  );
}
