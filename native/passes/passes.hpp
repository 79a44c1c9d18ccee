// The passes over a captured graph, in the order in which they run.
#pragma once

#include "plan/graph.hpp"

namespace nabla::passes {

/// Marks the slots that are a `reshape` of another as sharing its storage and drops the step.
/// A reshape of a Variable stays a copy, since the Variable may be written later; so does one of an
/// argument or a held tensor that the plan returns.
void shareReshapes(Graph& graph);

/// Computes steps whose inputs never change now, once, if the result is small.
void foldConstants(Graph& graph);

/// Drops steps whose results nobody reads.
void dropDeadSteps(Graph& graph);

/// gather + rescale -> gatherRescale: bytes become floats on their way.
void fuseGatherRescale(Graph& graph);

/// maxPool -> maxPoolValues, where no gradient reads the index.
void dropIndices(Graph& graph);

/// matMul + add of a bias + activation -> dense; conv likewise -> convBias.
void fuseDense(Graph& graph);

/// softmax + sparseCrossentropyLogits -> softmaxCrossentropy, which gives both, and
/// sparseCrossentropyLogitsGrad -> softmaxCrossentropyGrad, which takes the probabilities from
/// there: the exponentials are computed once.
void fuseSoftmaxCrossentropy(Graph& graph);

/// matMul by a transposed kernel + gradient of the activation below -> denseGrad.
void fuseDenseGrad(Graph& graph);

/// Gradients of convolutions and of what lies above: maxPoolGrad + reluGrad -> maxPoolFlooredGrad;
/// convKernelGrad + sum -> convKernelShares, for long batches; gradients of activations into both
/// gradients of a convolution.
void fuseConvGrad(Graph& graph);

/// square + sum or mean -> sumSquares, meanSquares.
void fuseSquares(Graph& graph);

/// matMul or sum + sgdUpdate -> matMulUpdate, sumUpdate, where nothing else reads the gradient.
void fuseUpdates(Graph& graph);

/// matMulUpdate -> matMulShares + sharesUpdate, sumUpdate likewise, for batches that are long
/// beside their weights: parts then take rows of the batch that they computed themselves.
void splitUpdates(Graph& graph);

/// gatherRescale + dense + matMulUpdate -> gatherColumns + matMulColumns + denseSum +
/// columnsUpdate, for a first layer that is wide beside its batch and units: parts then take
/// columns of the input, and rows of the weights, that no other part touches.
void splitWideLayers(Graph& graph);

/// Updates of several weights by one optimizer -> sgdUpdates, momentumUpdates, adamUpdates.
void groupUpdates(Graph& graph);

/// Gives every step its phase, the first that it may have: a part of a step needs no more of its
/// own phase than what the same part wrote.
void schedule(Graph& graph);

/// Moves element-wise steps to a later phase where that lets them join a chain there: a weight's
/// moments, say, to the phase in which the weight's own update finds its rate computed.
void delaySteps(Graph& graph);

/// Orders the steps by phases; within one they stay in their order.
void orderByPhase(Graph& graph);

/// Marks neighbouring element-wise steps of one phase and shape as a chain that runs as one step,
/// and what lives within it alone. Runs after `orderByPhase`.
void formChains(Graph& graph);

/// Lets a temporary live in the storage of one that is no longer read, where both stay within one
/// phase and are cut alike. Runs after `formChains`.
void reuseStorage(Graph& graph);

/// Gives every temporary a place in one arena; two temporaries share bytes only when their
/// lifetimes (phases of first write to last read) do not overlap.
void planMemory(Graph& graph);

}  // namespace nabla::passes
