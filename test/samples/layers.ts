/** Layers that `test/nn/layer-contract.test.ts` tries: how each is made, and for which input. */

import * as nabla from "../../src";
import type { DType, LayerOptions, Shape } from "../../src";

type AnyLayer = nabla.Layer<object> & { forward(x: never): nabla.Tensor };

export interface LayerSample {
  title: string;
  make(dtype?: DType): AnyLayer;
  /** Of the input, or of each of several. */
  shape: Shape | readonly Shape[];
  /** Whether training draws numbers, so that only inference can be compared. */
  draws?: boolean;
}

type Constructor = new (...args: never[]) => AnyLayer;

/** One sample: the class's name, the arguments before the options, the options, the input's shape. */
export function sample(
  name: string,
  args: readonly unknown[],
  options: object,
  shape: Shape | readonly Shape[],
  more: Partial<LayerSample> = {},
): LayerSample {
  const create = (nabla as unknown as Record<string, Constructor>)[name];
  return {
    title: `${name} ${JSON.stringify([...args, options])}`,
    make: (dtype) => {
      const all: LayerOptions = dtype === undefined ? options : { ...options, dtype };
      return new create(...(args as never[]), all as never);
    },
    shape,
    ...more,
  };
}

const FIRST = { dataFormat: "channelsFirst" };

const convolutions: readonly LayerSample[] = [
  sample("Conv1D", [4, 3], { padding: "causal", strides: 2, activation: "tanh" }, [3, 7, 2]),
  sample("Conv1D", [2, [2]], { padding: "same", dilationRate: 2, ...FIRST }, [2, 3, 6]),
  sample("Conv2D", [4, 3], { padding: "same", activation: "sigmoid" }, [2, 6, 5, 3]),
  sample("Conv2D", [4, [1, 2]], { groups: 2, useBias: false, strides: [2, 1] }, [2, 5, 5, 4]),
  sample("Conv2D", [3, 2], { activation: "softmax", ...FIRST }, [2, 2, 4, 5]),
  sample("Conv3D", [2, 2], { dilationRate: [1, 2, 1] }, [2, 3, 4, 3, 2]),
  sample("Conv1DTranspose", [3, 3], { strides: 2, padding: "same" }, [2, 4, 2]),
  sample("Conv2DTranspose", [3, 3], { strides: 2, outputPadding: 1 }, [2, 3, 4, 2]),
  sample("Conv2DTranspose", [2, 2], { dilationRate: 2, ...FIRST }, [2, 3, 4, 2]),
  sample("Conv3DTranspose", [2, 2], { strides: [2, 1, 2] }, [2, 2, 3, 2, 2]),
  sample("DepthwiseConv1D", [3], { depthMultiplier: 2 }, [2, 6, 3]),
  sample("DepthwiseConv2D", [3], { padding: "same", activation: "tanh" }, [2, 5, 4, 3]),
  sample("SeparableConv1D", [4, 3], { padding: "same" }, [2, 6, 3]),
  sample("SeparableConv2D", [4, 2], { depthMultiplier: 2, strides: 2 }, [2, 5, 4, 3]),
];

const pooling: readonly LayerSample[] = [
  sample("MaxPooling1D", [undefined], {}, [2, 6, 3]),
  sample("MaxPooling2D", [[2, 3]], { strides: 1, padding: "same" }, [2, 5, 4, 3]),
  sample("MaxPooling2D", [2], FIRST, [2, 3, 5, 4]),
  sample("MaxPooling3D", [2], {}, [2, 4, 3, 2, 2]),
  sample("AveragePooling1D", [3], { strides: 2, padding: "same" }, [2, 6, 3]),
  sample("AveragePooling2D", [undefined], {}, [2, 5, 4, 3]),
  sample("AveragePooling3D", [[1, 2, 2]], { padding: "same" }, [2, 2, 3, 3, 2]),
  ...["Max", "Average"].flatMap((kind) => [
    sample(`Global${kind}Pooling1D`, [], {}, [2, 4, 3]),
    sample(`Global${kind}Pooling2D`, [], FIRST, [2, 3, 4, 3]),
    sample(`Global${kind}Pooling3D`, [], { keepdims: true }, [2, 2, 3, 2, 3]),
  ]),
];

const others: readonly LayerSample[] = [
  sample("Activation", ["tanh"], {}, [3, 4]),
  sample("Dense", [3], { activation: "sigmoid" }, [4, 5]),
  sample("Dropout", [0.3], { seed: 1 }, [4, 5], { draws: true }),
  sample("EinsumDense", ["abc,cde->abde", [null, 3, 2]], { biasAxes: "de" }, [2, 3, 4]),
  sample("EinsumDense", ["...x,xy->...y", 3], { activation: "tanh", biasAxes: "y" }, [2, 3, 4]),
  sample("Flatten", [], {}, [3, 2, 2]),
  sample("Rescaling", [2, 1], {}, [3, 4]),
];

const reshaping: readonly LayerSample[] = [
  sample("Identity", [], {}, [3, 4]),
  sample("Lambda", ["layerSampleSquare"], {}, [3, 4]),
  sample("Permute", [[2, 1]], {}, [2, 3, 4]),
  sample("RepeatVector", [3], {}, [2, 4]),
  sample("Reshape", [[2, -1]], {}, [3, 4, 3]),
  sample("Reshape", [[12]], {}, [2, 4, 3]),
  sample("Cropping1D", [[1, 2]], {}, [2, 5, 3]),
  sample("Cropping2D", [[[1, 0], [0, 2]]], FIRST, [2, 3, 4, 5]), // prettier-ignore
  sample("Cropping3D", [1], {}, [2, 3, 4, 3, 2]),
  sample("ZeroPadding1D", [[1, 2]], {}, [2, 3, 3]),
  sample("ZeroPadding2D", [[1, 2]], {}, [2, 3, 2, 2]),
  sample("ZeroPadding3D", [[[1, 0], [0, 2], [1, 1]]], FIRST, [2, 2, 2, 1, 2]), // prettier-ignore
  sample("Resizing", [2, 7], {}, [2, 4, 3, 2]),
  sample("Resizing", [5, 2], { interpolation: "nearest", ...FIRST }, [2, 2, 4, 3]),
  sample("Resizing", [3, 4], { interpolation: "bicubic", antialias: true }, [2, 5, 3, 2]),
  sample("Resizing", [2, 3], { cropToAspectRatio: true, interpolation: "lanczos3" }, [2, 5, 3, 2]),
  sample("Resizing", [3, 3], { padToAspectRatio: true, fillValue: 0.5 }, [2, 5, 2, 2]),
  sample("UpSampling1D", [3], {}, [2, 3, 2]),
  sample("UpSampling2D", [[2, 3]], {}, [2, 2, 3, 2]),
  sample("UpSampling2D", [[3, 2]], { interpolation: "bilinear", ...FIRST }, [2, 2, 3, 2]),
  sample("UpSampling2D", [2], { interpolation: "lanczos5" }, [2, 2, 3, 2]),
  sample("UpSampling3D", [undefined], {}, [2, 2, 1, 2, 2]),
];

const noise: readonly LayerSample[] = [
  sample("AlphaDropout", [0.3], { seed: 1 }, [4, 5], { draws: true }),
  sample("GaussianDropout", [0.3], { seed: 1 }, [4, 5], { draws: true }),
  sample("GaussianNoise", [0.3], { seed: 1 }, [4, 5], { draws: true }),
  sample("SpatialDropout1D", [0.3], { seed: 1 }, [4, 3, 5], { draws: true }),
  sample("SpatialDropout2D", [0.3], { seed: 1, ...FIRST }, [4, 3, 2, 2], { draws: true }),
  sample("SpatialDropout3D", [0.3], { seed: 1 }, [2, 3, 2, 2, 4], { draws: true }),
];

const augmentation: readonly LayerSample[] = [
  sample("CenterCrop", [2, 3], {}, [2, 5, 4, 2]),
  sample("CenterCrop", [6, 4], FIRST, [2, 2, 5, 4]),
  sample("RandomBrightness", [0.3], { seed: 1 }, [2, 3, 3, 2], { draws: true }),
  sample("RandomContrast", [0.3], { seed: 1, ...FIRST }, [2, 2, 3, 3], { draws: true }),
  sample("RandomCrop", [2, 3], { seed: 1 }, [2, 2, 3, 2], { draws: true }),
  sample("RandomFlip", ["vertical"], { seed: 1 }, [2, 3, 3, 2], { draws: true }),
  sample("RandomRotation", [0.3], { seed: 1 }, [2, 3, 3, 2], { draws: true }),
  sample("RandomTranslation", [0.3, [0, 0.5]], { seed: 1 }, [2, 3, 3, 2], { draws: true }),
  sample("RandomZoom", [0.3], { seed: 1, fillMode: "wrap" }, [2, 3, 3, 2], { draws: true }),
];

const activations: readonly LayerSample[] = [
  sample("ActivityRegularization", [], { l1: 0.1, l2: 0.2 }, [3, 4]),
  sample("ELU", [], { alpha: 0.5 }, [3, 4]),
  sample("LeakyReLU", [], {}, [3, 4]),
  sample("PReLU", [], { alphaInitializer: "ones", sharedAxes: [1] }, [3, 4, 2]),
  sample("ReLU", [], { maxValue: 1.5, negativeSlope: 0.1, threshold: 0.2 }, [3, 4]),
  sample("Softmax", [], { axis: [1, 2] }, [3, 4, 2]),
  sample("UnitNormalization", [], {}, [3, 4]),
];

const merging: readonly LayerSample[] = [
  ...["Add", "Average", "Maximum", "Minimum", "Multiply"].map(
    (name) =>
    sample(name, [], {}, [[3, 4], [3, 2, 4], [3, 1, 4]]), // prettier-ignore
  ),
  sample("Subtract", [], {}, [[3, 4], [3, 1]]), // prettier-ignore
  sample("Concatenate", [], { axis: 1 }, [[3, 4, 2], [3, 1, 2]]), // prettier-ignore
  sample("Dot", [[2, 1]], {}, [[3, 2, 4], [3, 4, 5]]), // prettier-ignore
  sample("Dot", [1], { normalize: true }, [[3, 4], [3, 4]]), // prettier-ignore
];

const normalization: readonly LayerSample[] = [
  sample("BatchNormalization", [], { momentum: 0.7 }, [6, 4]),
  sample("BatchNormalization", [], { axis: 1, center: false }, [3, 2, 3, 2]),
  sample("BatchNormalization", [], { trainable: false }, [4, 3, 2]),
  sample("GroupNormalization", [], { groups: 2 }, [3, 3, 4]),
  sample("GroupNormalization", [], { groups: -1, axis: 1 }, [2, 3, 4]),
  sample("LayerNormalization", [], { gammaInitializer: "heNormal" }, [3, 4]),
  sample("LayerNormalization", [], { axis: [1, -1], scale: false }, [3, 4, 2]),
  sample("RMSNormalization", [], {}, [3, 4]),
  sample("Normalization", [], { mean: [1, 2, 0, 3], variance: [4, 1, 2, 3] }, [3, 4]),
];

nabla.register("layerSampleSquare", (x: nabla.Tensor): nabla.Tensor => x.square());

export const layerSamples: readonly LayerSample[] = [
  ...others,
  ...convolutions,
  ...pooling,
  ...reshaping,
  ...noise,
  ...augmentation,
  ...activations,
  ...merging,
  ...normalization,
];
