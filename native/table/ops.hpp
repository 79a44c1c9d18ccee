// The ops by name: those of ops.def, which JavaScript records, then those of fused-ops.def, which
// only passes put into a plan.
#pragma once

namespace nabla {

enum class Op : int {
#define OP(name, ...) name,
#include "table/ops.def"
  recordedCount,
  lastRecorded = recordedCount - 1,  // the fused ops go on counting here
#include "table/fused-ops.def"
#undef OP
};

}  // namespace nabla
