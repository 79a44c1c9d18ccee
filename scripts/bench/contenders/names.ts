/** Names of the contenders that the goals speak of. */

export const BARE_GEMM = "bare GEMM";
export const NABLA_JIT = "nabla jit";
export const NABLA_EAGER = "nabla eager";
export const NABLA_FIT = "nabla fit";
export const NABLA_PREDICT = "nabla predict";
export const PYTORCH = "PyTorch eager";
export const TFJS_WASM = "TensorFlow.js wasm";
export const TFJS_CPU = "TensorFlow.js cpu";
export const BRAIN = "brain.js";
