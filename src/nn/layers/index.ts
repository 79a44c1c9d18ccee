/** The layers. */

export { Activation } from "./activation";
export {
  Conv1D,
  Conv2D,
  Conv3D,
  type Convolution1DOptions,
  type ConvolutionOptions,
} from "./convolution";
export type { ConvolvingOptions } from "./convolving";
export { Dense, type DenseOptions } from "./dense";
export {
  DepthwiseConv1D,
  DepthwiseConv2D,
  type DepthwiseConvolutionOptions,
} from "./depthwise-convolution";
export { Dropout, type DropoutOptions } from "./dropout";
export { Flatten } from "./flatten";
export {
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GlobalAveragePooling3D,
  GlobalMaxPooling1D,
  GlobalMaxPooling2D,
  GlobalMaxPooling3D,
  type GlobalPoolingOptions,
} from "./global-pooling";
export {
  AveragePooling1D,
  AveragePooling2D,
  AveragePooling3D,
  MaxPooling1D,
  MaxPooling2D,
  MaxPooling3D,
  type PoolingOptions,
} from "./pooling";
export { Rescaling, type RescalingOptions } from "./rescaling";
export {
  SeparableConv1D,
  SeparableConv2D,
  type SeparableConvolutionOptions,
} from "./separable-convolution";
export {
  Conv1DTranspose,
  Conv2DTranspose,
  Conv3DTranspose,
  type TransposedConvolutionOptions,
} from "./transposed-convolution";
