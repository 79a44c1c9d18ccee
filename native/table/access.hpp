// Which slices of its operands a part of a step touches.
//
// Kernels cut a step along the leading axis of what it writes. So part p of it writes the p-th
// share of so many equal slices of the storage, and of some inputs it reads just the same share.
// Steps whose shares agree need no barrier between them: part p of the later one reads what part p
// of the earlier one wrote.
#pragma once

#include "table/row.hpp"

namespace nabla {

/// Instead of a number of slices: a part may touch all of the storage.
constexpr std::int64_t kWhole = -1;

/// Slices of output `i` as parts write it; 1 where one part writes all.
std::int64_t slicesOfOutput(const OpRow& row, const Operands& operands, int i);

/// Slices of input `i` as parts read it, or write it where the op does; kWhole if all may touch
/// all.
std::int64_t slicesOfInput(const OpRow& row, const Operands& operands, int i);

/// The most slices of anything that the step writes: more parts would find nothing to do.
std::int64_t slicesOfStep(const OpRow& row, const Operands& operands);

/// Part `part` of a step; nothing but for the last one where one part does it all.
void runPart(const OpRow& row, const Operands& operands, Part part);

}  // namespace nabla
