// The rules of ops.def: what a step's operands must be for its kernel to be safe (checks), and what
// the values of labels and indices must be (validators).
//
// TypeScript has checked already, with better words; these rules keep the process alive whatever
// comes.
#pragma once

#include "table/op.hpp"

namespace nabla {

namespace checks {
Status unary(const Operands& operands);
Status unaryFloat(const Operands& operands);
Status sameFloat(const Operands& operands);
Status binary(const Operands& operands);
Status binaryFloat(const Operands& operands);
Status compare(const Operands& operands);
Status select(const Operands& operands);
Status castShape(const Operands& operands);
Status rescale(const Operands& operands);
Status sameSize(const Operands& operands);
Status broadcastTo(const Operands& operands);
Status transpose(const Operands& operands);
Status slice(const Operands& operands);
Status pad(const Operands& operands);
Status concat(const Operands& operands);
Status anyOutput(const Operands& operands);
Status matMul(const Operands& operands);
Status reduce(const Operands& operands);
Status reduceFloat(const Operands& operands);
Status reduceExtreme(const Operands& operands);
Status argReduce(const Operands& operands);
Status crossentropy(const Operands& operands);
Status crossentropyGrad(const Operands& operands);
Status gather(const Operands& operands);
Status scatterAdd(const Operands& operands);
Status oneHot(const Operands& operands);
Status uniform(const Operands& operands);
Status normal(const Operands& operands);
Status dropout(const Operands& operands);
Status bernoulli(const Operands& operands);
Status advanceRandom(const Operands& operands);
Status assign(const Operands& operands);
Status increment(const Operands& operands);
Status sgd(const Operands& operands);
Status momentum(const Operands& operands);
Status adam(const Operands& operands);
Status sgdUpdates(const Operands& operands);
Status momentumUpdates(const Operands& operands);
Status adamUpdates(const Operands& operands);
Status matMulShares(const Operands& operands);
Status sumShares(const Operands& operands);
Status sharesUpdate(const Operands& operands);
Status accumulate(const Operands& operands);
Status dense(const Operands& operands);
Status denseGrad(const Operands& operands);
Status gatherRescale(const Operands& operands);
Status matMulUpdate(const Operands& operands);
Status sumUpdate(const Operands& operands);
Status gatherColumns(const Operands& operands);
Status matMulColumns(const Operands& operands);
Status denseSum(const Operands& operands);
Status columnsUpdate(const Operands& operands);
}  // namespace checks

namespace validators {
Status checkLabels(const Operands& operands, Part part);
Status checkLabelsOfGrad(const Operands& operands, Part part);
Status checkGatherIndices(const Operands& operands, Part part);
Status checkScatterIndices(const Operands& operands, Part part);
Status checkOneHotIndices(const Operands& operands, Part part);

// The names in ops.def's column.
constexpr Validator none{};
constexpr Validator labels{checkLabels, 1};
constexpr Validator labelsOfGrad{checkLabelsOfGrad, 2};
constexpr Validator gatherIndices{checkGatherIndices, 1};
constexpr Validator scatterIndices{checkScatterIndices, 1};
constexpr Validator oneHotIndices{checkOneHotIndices, 0};
}  // namespace validators

}  // namespace nabla
