/** The layers. */

export { Activation } from "./activation";
export { Dense, type DenseOptions } from "./dense";
export { Dropout, type DropoutOptions } from "./dropout";
export { Flatten } from "./flatten";
export { Rescaling, type RescalingOptions } from "./rescaling";
