/** Initial values of weights, with Keras' names and defaults. */

export { constant, ones, zeros } from "./constant";
export type { Initializer, InitializerLike, InitializerName, SeedOption } from "./initializer";
export { identity, type IdentityOptions, orthogonal, type OrthogonalOptions } from "./matrices";
export {
  randomNormal,
  type RandomNormalOptions,
  randomUniform,
  type RandomUniformOptions,
  truncatedNormal,
} from "./random";
export {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  varianceScaling,
  type VarianceScalingOptions,
} from "./variance-scaling";
