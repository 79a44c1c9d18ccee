// What a step costs, roughly: enough to tell work that is worth sharing from work that is not.
#pragma once

#include "table/row.hpp"

namespace nabla {

/// Nanoseconds on one core, estimated from the operands' sizes.
double costOf(const OpRow& row, const Operands& operands);

/// Into how many parts to cut work of this cost and of so many slices, for `threads` threads.
/// Depends on nothing else, so that the same plan gives the same bits however busy the machine is.
int partsFor(double cost, std::int64_t slices, int threads);

/// How many nanoseconds of work make a part worth its while. For tests: with 0 the smallest steps
/// are cut, too. Plans that ran already keep their parts until the setting of threads changes.
void setWorthAPart(double nanoseconds);

}  // namespace nabla
