/** Written by scripts/write-op-table.ts from the native op table: not to be edited by hand. */

/**
 * The ops by name: their inputs (where the last ones repeat, a list of any length), their outputs, and
 * the kinds of their attributes.
 */
export interface OpTable {
  /** y = |x| (float or int32) */
  abs: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** total += sum of values in float64; total is a float64 scalar */
  accumulate: {
    inputs: ["total", "values"];
    outputs: [];
    attributes: object;
  };
  /** y = angle in [0, pi] whose cosine is x */
  acos: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** mean = old (1 - moved) + (mean of x^2 over columns + epsilon) moved; plain[s], weighed[s] = sums of x^2 and of x^2 / mean over share s of the rows; ofWeight[s] = sum of its weight^2 */
  adafactorMeans: {
    inputs: ["x", "weight", "old", "moved"];
    outputs: ["mean", "plain", "weighed", "ofWeight"];
    attributes: { epsilon: "number"; shares: "number" };
  };
  /** weight -= row * (gradient * column); of each row and of each column of a matrix */
  adafactorUpdate: {
    inputs: ["weight", "gradient", "row", "column"];
    outputs: [];
    attributes: object;
  };
  /** m += (g - m)(1 - beta1); v += (g^2 - v)(1 - beta2); weight -= rate sqrt(1 - beta2^step) / (1 - beta1^step) * m / (sqrt(v) + epsilon); gradient g */
  adamUpdate: {
    inputs: ["weight", "m", "v", "gradient", "rate", "step"];
    outputs: [];
    attributes: { beta1: "number"; beta2: "number"; epsilon: "number" };
  };
  /** y = a + b (float or int32) */
  add: {
    inputs: ["a", "b"];
    outputs: ["y"];
    attributes: object;
  };
  /** state's counter += blocks */
  advanceRandom: {
    inputs: ["state"];
    outputs: [];
    attributes: { blocks: "number" };
  };
  /** y = x [batch, height, width, channels] at the places that transforms [batch, 8] give for those of y; beyond the rim fillValue (fillMode 0), the nearest pixel (1), reflections (2) or repetitions (3) */
  affineTransform: {
    inputs: ["x", "transforms"];
    outputs: ["y"];
    attributes: { nearest: "flag"; fillMode: "number"; fillValue: "number" };
  };
  /** dx = the gradient to affineTransform's x by that to its results dy; the value that fills has none */
  affineTransformGrad: {
    inputs: ["dy", "transforms"];
    outputs: ["dx"];
    attributes: { nearest: "flag"; fillMode: "number" };
  };
  /** y = int32 index of the first greatest along an axis (the first NaN if any; any dtype) */
  argMax: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: { axis: "axis" };
  };
  /** y = int32 index of the first least along an axis (the first NaN if any; any dtype) */
  argMin: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: { axis: "axis" };
  };
  /** y = angle in [-pi/2, pi/2] whose sine is x */
  asin: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** target = value (any dtype) */
  assign: {
    inputs: ["target", "value"];
    outputs: [];
    attributes: object;
  };
  /** target += value (float or int32) */
  assignAdd: {
    inputs: ["target", "value"];
    outputs: [];
    attributes: object;
  };
  /** target -= value (float or int32) */
  assignSub: {
    inputs: ["target", "value"];
    outputs: [];
    attributes: object;
  };
  /** y = angle in (-pi/2, pi/2) whose tangent is x */
  atan: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = angle of the point (b, a), in radians */
  atan2: {
    inputs: ["a", "b"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = the mean of what each window of attribute size sees of x, padding left out; see maxPool */
  averagePool: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: {
      strides: "shape";
      dilations: "shape";
      before: "shape";
      after: "shape";
      size: "shape";
    };
  };
  /** dx = the gradient to pictures of attribute pictures (without batch and channels) by that to averagePool's results dy */
  averagePoolGrad: {
    inputs: ["dy"];
    outputs: ["dx"];
    attributes: {
      strides: "shape";
      dilations: "shape";
      before: "shape";
      after: "shape";
      size: "shape";
      pictures: "shape";
    };
  };
  /** y = (x - mean) / sqrt(variance + epsilon) * gamma + beta, channel by channel, by the channelMoments of x */
  batchNorm: {
    inputs: ["x", "moments", "gamma", "beta"];
    outputs: ["y"];
    attributes: { epsilon: "number" };
  };
  /** dx = the gradient to batchNorm's x, by that to its results dy, batchNormSums and gamma */
  batchNormGrad: {
    inputs: ["dy", "x", "moments", "sums", "gamma"];
    outputs: ["dx"];
    attributes: { epsilon: "number" };
  };
  /** sums[s] = of share s of the rows: each channel's dy summed, dy (x - mean) summed, the number of rows; by the channelMoments of x */
  batchNormSums: {
    inputs: ["dy", "x", "moments"];
    outputs: ["sums"];
    attributes: object;
  };
  /** dgamma, dbeta = the gradients to batchNorm's gamma and beta, by batchNormSums */
  batchNormWeightGrads: {
    inputs: ["moments", "sums", "gamma"];
    outputs: ["dgamma", "dbeta"];
    attributes: { epsilon: "number" };
  };
  /** y = 1 with probability p, else 0, in p's dtype */
  bernoulli: {
    inputs: ["state", "p"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = x stretched to a shape (any dtype) */
  broadcastTo: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: { shape: "shape" };
  };
  /** y = x in another dtype; to integers it truncates towards 0 and saturates, NaN gives 0 */
  cast: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: { dtype: "dtype" };
  };
  /** y = least integer >= x */
  ceil: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** moments[s] = of share s of the rows of x [..., channels]: each channel's mean, its squared deviations from it summed, the number of rows; float64 */
  channelMoments: {
    inputs: ["x"];
    outputs: ["moments"];
    attributes: object;
  };
  /** y = min(max(x, low), high) */
  clipByValue: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: { low: "number"; high: "number" };
  };
  /** y = the inputs joined along an axis (any dtype) */
  concat: {
    inputs: readonly string[];
    outputs: ["y"];
    attributes: { axis: "axis" };
  };
  /** y = x convolved by w; x [batch, height, width, channels] or with one axis less or more, w [height, width, channels / groups, filters] likewise; padding of -1 is that of "same" */
  conv: {
    inputs: ["x", "w"];
    outputs: ["y"];
    attributes: {
      strides: "shape";
      dilations: "shape";
      before: "shape";
      after: "shape";
      groups: "number";
    };
  };
  /** dx = the gradient to pictures of attribute size (without batch and channels) by that to a convolution's results dy; the transposed convolution */
  convInputGrad: {
    inputs: ["dy", "w"];
    outputs: ["dx"];
    attributes: {
      strides: "shape";
      dilations: "shape";
      before: "shape";
      after: "shape";
      groups: "number";
      size: "shape";
    };
  };
  /** dw = the gradient to a kernel of attribute size (without channels and filters) by that to a convolution's results dy */
  convKernelGrad: {
    inputs: ["x", "dy"];
    outputs: ["dw"];
    attributes: {
      strides: "shape";
      dilations: "shape";
      before: "shape";
      after: "shape";
      groups: "number";
      size: "shape";
    };
  };
  /** y = x (any dtype) */
  copy: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = cos x, x in radians */
  cos: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = (e^x + e^-x) / 2 */
  cosh: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = products likewise (float or int32) */
  cumProd: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: { axis: "axis"; exclusive: "flag"; reverse: "flag" };
  };
  /** y = sums of x along an axis up to each element, or up to the one before it (exclusive); from the end where reversed (float or int32) */
  cumSum: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: { axis: "axis"; exclusive: "flag"; reverse: "flag" };
  };
  /** y = a / b */
  div: {
    inputs: ["a", "b"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = 0 with probability rate, else 1 / (1 - rate) */
  dropoutMask: {
    inputs: ["state"];
    outputs: ["y"];
    attributes: { shape: "shape"; rate: "number"; dtype: "dtype" };
  };
  /** y = a == b as uint8 (any dtype) */
  equal: {
    inputs: ["a", "b"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = error function of x */
  erf: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = e^x */
  exp: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = e^x - 1, exact near 0 */
  expm1: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = value (any dtype) */
  fill: {
    inputs: [];
    outputs: ["y"];
    attributes: { shape: "shape"; value: "number"; dtype: "dtype" };
  };
  /** y = greatest integer <= x */
  floor: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = a / b rounded down (float or int32; int32: 0 where b = 0) */
  floorDiv: {
    inputs: ["a", "b"];
    outputs: ["y"];
    attributes: object;
  };
  /** movingMean = momentum * movingMean + (1 - momentum) * mean; movingVariance likewise; by channelMoments */
  followMoments: {
    inputs: ["movingMean", "movingVariance", "moments"];
    outputs: [];
    attributes: { momentum: "number" };
  };
  /** y[i...] = x[indices[i...]], in x's dtype or as float; inputs x [rows, ...], indices */
  gather: {
    inputs: ["x", "indices"];
    outputs: ["y"];
    attributes: { dtype: "dtype" };
  };
  /** y = slices of x at indices of an axis behind the first, indices' axes in place of it (any dtype) */
  gatherAlong: {
    inputs: ["x", "indices"];
    outputs: ["y"];
    attributes: { axis: "axis" };
  };
  /** y[...] = x[indices[..., 0], indices[..., 1], ...] (any dtype) */
  gatherND: {
    inputs: ["x", "indices"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = a > b as uint8 (any dtype) */
  greater: {
    inputs: ["a", "b"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = a >= b as uint8 (any dtype) */
  greaterEqual: {
    inputs: ["a", "b"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = x is no infinity and no NaN as uint8 (any dtype) */
  isFinite: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = x is NaN as uint8 (any dtype) */
  isNaN: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** mean += (gradient - mean) (1 - beta1), square += (gradient^2 - square) (1 - beta2); ofWeight[s], ofChange[s] = sums of weight^2 and of (mean ofMean / (sqrt(square) + floor))^2 over share s */
  lambMoments: {
    inputs: ["mean", "square", "gradient", "weight", "ofMean", "floor"];
    outputs: ["ofWeight", "ofChange"];
    attributes: { beta1: "number"; beta2: "number"; shares: "number" };
  };
  /** y = a < b as uint8 (any dtype) */
  less: {
    inputs: ["a", "b"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = a <= b as uint8 (any dtype) */
  lessEqual: {
    inputs: ["a", "b"];
    outputs: ["y"];
    attributes: object;
  };
  /** y[k] = a[k] y[k - 1] + b[k] along an axis, y[0] = b[0]; from the end where reversed */
  linearScan: {
    inputs: ["a", "b"];
    outputs: ["y"];
    attributes: { axis: "axis"; reverse: "flag" };
  };
  /** y = ln x */
  log: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = ln(1 + x), exact near 0 */
  log1p: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = logarithm of x to base 2 */
  log2: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = ln(min(max(x, epsilon), 1 - epsilon)) */
  logClipped: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: { epsilon: "number" };
  };
  /** y = x - max - ln(sum e^(x - max)) */
  logSoftmax: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** dx = dy - e^y * sum(dy) */
  logSoftmaxGrad: {
    inputs: ["dy", "y"];
    outputs: ["dx"];
    attributes: object;
  };
  /** y = a != 0 and b != 0 as uint8 (any dtype) */
  logicalAnd: {
    inputs: ["a", "b"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = x == 0 as uint8 (any dtype) */
  logicalNot: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = a != 0 or b != 0 as uint8 (any dtype) */
  logicalOr: {
    inputs: ["a", "b"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = either a != 0 or b != 0 as uint8 (any dtype) */
  logicalXor: {
    inputs: ["a", "b"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = op(a) op(b), op(x) = x or its transpose; matrices, or many of them whose leading axes broadcast */
  matMul: {
    inputs: ["a", "b"];
    outputs: ["y"];
    attributes: { transposeA: "flag"; transposeB: "flag" };
  };
  /** y = greatest over axes, NaN if any (float or int32) */
  max: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: { axis: "axes"; keepDims: "flag" };
  };
  /** y = the greatest of each window of attribute size over x [batch, height, width, channels] or with one axis less or more, NaN if any; index = the number of its place in the window, the first of equals; padding of -1 is that of "same" */
  maxPool: {
    inputs: ["x"];
    outputs: ["y", "index"];
    attributes: {
      strides: "shape";
      dilations: "shape";
      before: "shape";
      after: "shape";
      size: "shape";
    };
  };
  /** dx = the gradient to pictures of attribute pictures (without batch and channels) by that to maxPool's results dy and its index */
  maxPoolGrad: {
    inputs: ["dy", "index"];
    outputs: ["dx"];
    attributes: {
      strides: "shape";
      dilations: "shape";
      before: "shape";
      after: "shape";
      size: "shape";
      pictures: "shape";
    };
  };
  /** y = max(a, b); NaN if either is NaN */
  maximum: {
    inputs: ["a", "b"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = mean over axes */
  mean: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: { axis: "axes"; keepDims: "flag" };
  };
  /** y = least over axes, NaN if any (float or int32) */
  min: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: { axis: "axes"; keepDims: "flag" };
  };
  /** y = min(a, b); NaN if either is NaN */
  minimum: {
    inputs: ["a", "b"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = a - floorDiv(a, b) b, of b's sign (float or int32; int32: 0 where b = 0) */
  mod: {
    inputs: ["a", "b"];
    outputs: ["y"];
    attributes: object;
  };
  /** mean over axes, variance = mean of (x - mean)^2 */
  moments: {
    inputs: ["x"];
    outputs: ["mean", "variance"];
    attributes: { axis: "axes"; keepDims: "flag" };
  };
  /** velocity = momentum * velocity - rate * gradient; weight += nesterov ? momentum * velocity - rate * gradient : velocity */
  momentumUpdate: {
    inputs: ["weight", "velocity", "gradient", "rate"];
    outputs: [];
    attributes: { momentum: "number"; nesterov: "flag" };
  };
  /** y = a * b (float or int32; int32 wraps) */
  mul: {
    inputs: ["a", "b"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = b == 0 ? 0 : a * b */
  multiplyNoNan: {
    inputs: ["a", "b"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = -x (float or int32) */
  neg: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = (x - mean) / sqrt(variance + epsilon) * gamma + beta, channel by channel */
  normalizeChannels: {
    inputs: ["x", "mean", "variance", "gamma", "beta"];
    outputs: ["y"];
    attributes: { epsilon: "number" };
  };
  /** y = a != b as uint8 (any dtype) */
  notEqual: {
    inputs: ["a", "b"];
    outputs: ["y"];
    attributes: object;
  };
  /** y[..., c] = 1 where c = index, else 0; uint8 or int32 indices, y of any dtype */
  oneHot: {
    inputs: ["indices"];
    outputs: ["y"];
    attributes: { depth: "number"; dtype: "dtype" };
  };
  /** y = zeros with x from `before` on and `after` zeros behind it (any dtype) */
  pad: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: { before: "shape"; after: "shape" };
  };
  /** y = zeros of a shape with x at begin, begin + strides, ...; the gradient of stridedSlice */
  placeStrided: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: { shape: "shape"; begin: "shape"; strides: "shape" };
  };
  /** y = a ^ b */
  pow: {
    inputs: ["a", "b"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = product along an axis (float or int32) */
  prod: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: { axis: "axis"; keepDims: "flag" };
  };
  /** y normal, by the inverse distribution function */
  randomNormal: {
    inputs: ["state"];
    outputs: ["y"];
    attributes: { shape: "shape"; mean: "number"; deviation: "number"; dtype: "dtype" };
  };
  /** y uniform in [low, high) */
  randomUniform: {
    inputs: ["state"];
    outputs: ["y"];
    attributes: { shape: "shape"; low: "number"; high: "number"; dtype: "dtype" };
  };
  /** y = 1 / x */
  reciprocal: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = max(x, 0); NaN stays NaN */
  relu: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** dx = y > 0 ? dy : 0 */
  reluGrad: {
    inputs: ["dy", "y"];
    outputs: ["dx"];
    attributes: object;
  };
  /** y = x * scale + offset as float, x of any dtype */
  rescale: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: { scale: "number"; offset: "number"; dtype: "dtype" };
  };
  /** y = x under another shape of the same size (any dtype) */
  reshape: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: { shape: "shape" };
  };
  /** y = nearest integer, halves to the even one */
  round: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = 1 / sqrt x, of float32 within 4e-7 of it */
  rsqrt: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = zeros [rows, ...]; y[indices[i]] += updates[i] */
  scatterAdd: {
    inputs: ["updates", "indices"];
    outputs: ["y"];
    attributes: { rows: "number" };
  };
  /** y = zeros with `rows` slices along an axis behind the first, to which updates are added at indices */
  scatterAddAlong: {
    inputs: ["updates", "indices"];
    outputs: ["y"];
    attributes: { axis: "axis"; rows: "number" };
  };
  /** y = zeros of a shape, to which updates are added at coordinates (float or int32) */
  scatterND: {
    inputs: ["indices", "updates"];
    outputs: ["y"];
    attributes: { shape: "shape" };
  };
  /** weight -= rate * gradient */
  sgdUpdate: {
    inputs: ["weight", "gradient", "rate"];
    outputs: [];
    attributes: object;
  };
  /** y = 1 / (1 + e^-x) */
  sigmoid: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** dx = dy * y * (1 - y) */
  sigmoidGrad: {
    inputs: ["dy", "y"];
    outputs: ["dx"];
    attributes: object;
  };
  /** y = -1, 0 or 1 by the sign of x */
  sign: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = sin x, x in radians */
  sin: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = (e^x - e^-x) / 2 */
  sinh: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = x[begin : begin + size] (any dtype) */
  slice: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: { begin: "shape"; size: "shape" };
  };
  /** y = e^(x - max) / sum, floored at the least normal number so that ln y and 1 / y stay finite */
  softmax: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** dx = y * (dy - sum(dy * y)) */
  softmaxGrad: {
    inputs: ["dy", "y"];
    outputs: ["dx"];
    attributes: object;
  };
  /** y = ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|) */
  softplus: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** values, indices = the elements of the last axis in ascending order, equal ones in theirs, NaN last, and their int32 places (any dtype) */
  sort: {
    inputs: ["x"];
    outputs: ["values", "indices"];
    attributes: object;
  };
  /** loss = ln(sum c) - ln c[label], c = min(max(p, epsilon), 1 - epsilon); inputs p [..., classes], labels [...] uint8 or int32 */
  sparseCrossentropy: {
    inputs: ["predicted", "labels"];
    outputs: ["loss"];
    attributes: { epsilon: "number" };
  };
  /** dp = dy / sum c, less dy / p[label] at the label; 0 where p is not c, as of sparseCrossentropy; inputs dy [...], p, labels */
  sparseCrossentropyGrad: {
    inputs: ["dy", "predicted", "labels"];
    outputs: ["dx"];
    attributes: { epsilon: "number" };
  };
  /** loss = ln(sum e^(z - max)) + max - z[label]; inputs z [..., classes], labels [...] */
  sparseCrossentropyLogits: {
    inputs: ["predicted", "labels"];
    outputs: ["loss"];
    attributes: object;
  };
  /** dz = dy * (softmax(z) - onehot(label)); inputs dy [...], z, labels */
  sparseCrossentropyLogitsGrad: {
    inputs: ["dy", "predicted", "labels"];
    outputs: ["dx"];
    attributes: object;
  };
  /** y = square root of x */
  sqrt: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = x * x */
  square: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = x[begin : end : strides], as in Python (any dtype) */
  stridedSlice: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: { begin: "shape"; end: "shape"; strides: "shape" };
  };
  /** y = a - b (float or int32) */
  sub: {
    inputs: ["a", "b"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = sum over axes (float or int32) */
  sum: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: { axis: "axes"; keepDims: "flag" };
  };
  /** y = tan x, x in radians */
  tan: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** y = tanh x */
  tanh: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: object;
  };
  /** dx = dy * (1 - y * y) */
  tanhGrad: {
    inputs: ["dy", "y"];
    outputs: ["dx"];
    attributes: object;
  };
  /** values, indices = the k greatest along the last axis, greatest first, NaN before all, and their int32 places (any dtype) */
  topK: {
    inputs: ["x"];
    outputs: ["values", "indices"];
    attributes: { k: "number" };
  };
  /** y[i_p0, i_p1, ...] = x[i_0, i_1, ...], axis k of y is axis perm_k of x (any dtype) */
  transpose: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: { perm: "axes" };
  };
  /** y = x up to the diagonal (upper: from it on) of the last two axes, else 0 (any dtype) */
  triangle: {
    inputs: ["x"];
    outputs: ["y"];
    attributes: { diagonal: "number"; upper: "flag" };
  };
  /** y normal within two deviations, by the inverse distribution function */
  truncatedNormal: {
    inputs: ["state"];
    outputs: ["y"];
    attributes: { shape: "shape"; mean: "number"; deviation: "number"; dtype: "dtype" };
  };
  /** y = condition != 0 ? a : b; uint8 condition, any dtype of a and b */
  where: {
    inputs: ["condition", "a", "b"];
    outputs: ["y"];
    attributes: object;
  };
}
