/** The layers. */

export { Activation } from "./activation";
export {
  ActivityRegularization,
  type ActivityRegularizationOptions,
} from "./activity-regularization";
export { AlphaDropout, type AlphaDropoutOptions } from "./alpha-dropout";
export type { AugmentationOptions, Factor } from "./augmentation";
export { BatchNormalization, type BatchNormalizationOptions } from "./batch-normalization";
export { Concatenate, type ConcatenateOptions } from "./concatenate";
export {
  Conv1D,
  Conv2D,
  Conv3D,
  type Convolution1DOptions,
  type ConvolutionOptions,
} from "./convolution";
export type { ConvolvingOptions } from "./convolving";
export { CenterCrop, type CenterCropOptions, RandomCrop } from "./cropping-to-size";
export { Cropping1D, Cropping2D, Cropping3D, type CroppingOptions } from "./cropping";
export { Dense, type DenseOptions } from "./dense";
export {
  DepthwiseConv1D,
  DepthwiseConv2D,
  type DepthwiseConvolutionOptions,
} from "./depthwise-convolution";
export { Dot, type DotOptions } from "./dot";
export { Dropout, type DropoutOptions } from "./dropout";
export { EinsumDense, type EinsumDenseOptions } from "./einsum-dense";
export { ELU, type ELUOptions } from "./elu";
export { Flatten, type FlattenOptions } from "./flatten";
export { GaussianDropout, type GaussianDropoutOptions } from "./gaussian-dropout";
export { GaussianNoise, type GaussianNoiseOptions } from "./gaussian-noise";
export {
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GlobalAveragePooling3D,
  GlobalMaxPooling1D,
  GlobalMaxPooling2D,
  GlobalMaxPooling3D,
  type GlobalPoolingOptions,
} from "./global-pooling";
export { GroupNormalization, type GroupNormalizationOptions } from "./group-normalization";
export { Identity } from "./identity";
export { Lambda, type LambdaFunction } from "./lambda";
export { LayerNormalization, type LayerNormalizationOptions } from "./layer-normalization";
export { LeakyReLU, type LeakyReLUOptions } from "./leaky-relu";
export { Add, Average, Maximum, Minimum, Multiply, Subtract } from "./merging";
export { Permute } from "./permute";
export {
  AveragePooling1D,
  AveragePooling2D,
  AveragePooling3D,
  MaxPooling1D,
  MaxPooling2D,
  MaxPooling3D,
  type PoolingOptions,
} from "./pooling";
export { PReLU, type PReLUOptions } from "./prelu";
export { CategoryEncoding, type CategoryEncodingOptions } from "./preprocessing/category-encoding";
export { Discretization, type DiscretizationOptions } from "./preprocessing/discretization";
export { FeatureSpace, type FeatureSpaceOptions } from "./preprocessing/feature-space";
export type { FeatureDescription, FeatureName } from "./preprocessing/features";
export { HashedCrossing, type HashedCrossingOptions } from "./preprocessing/hashed-crossing";
export { Hashing, type HashingOptions } from "./preprocessing/hashing";
export { IntegerLookup, type IntegerLookupOptions } from "./preprocessing/integer-lookup";
export { Normalization, type NormalizationOptions } from "./preprocessing/normalization";
export type { RawValues } from "./preprocessing/raw-values";
export type { Salt } from "./preprocessing/salt";
export { StringLookup, type StringLookupOptions } from "./preprocessing/string-lookup";
export type { TableRows } from "./preprocessing/table-columns";
export {
  RandomRotation,
  RandomTranslation,
  RandomZoom,
  type RandomAffineOptions,
  type RandomZoomOptions,
} from "./random-affine";
export { RandomBrightness, type RandomColorOptions, RandomContrast } from "./random-color";
export { type FlipMode, RandomFlip } from "./random-flip";
export { ReLU, type ReLUOptions } from "./relu";
export { RepeatVector } from "./repeat-vector";
export { Rescaling, type RescalingOptions } from "./rescaling";
export { Reshape } from "./reshape";
export { Resizing, type ResizingOptions } from "./resizing";
export { RMSNormalization, type RMSNormalizationOptions } from "./rms-normalization";
export type { ScaleAndShiftOptions } from "./scale-and-shift";
export {
  SeparableConv1D,
  SeparableConv2D,
  type SeparableConvolutionOptions,
} from "./separable-convolution";
export type { SidesLike } from "./sides";
export { Softmax, type SoftmaxOptions } from "./softmax";
export {
  SpatialDropout1D,
  SpatialDropout2D,
  type SpatialDropout2DOptions,
  SpatialDropout3D,
  type SpatialDropoutOptions,
} from "./spatial-dropout";
export {
  Conv1DTranspose,
  Conv2DTranspose,
  Conv3DTranspose,
  type TransposedConvolutionOptions,
} from "./transposed-convolution";
export { UnitNormalization, type UnitNormalizationOptions } from "./unit-normalization";
export {
  UpSampling1D,
  UpSampling2D,
  type UpSampling2DOptions,
  UpSampling3D,
  type UpSamplingOptions,
} from "./up-sampling";
export {
  ZeroPadding1D,
  ZeroPadding2D,
  ZeroPadding3D,
  type ZeroPaddingOptions,
} from "./zero-padding";
