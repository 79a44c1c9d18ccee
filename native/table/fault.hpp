// The wording of faults.
#pragma once

#include <string>

#include "table/op.hpp"

namespace nabla {

/// "float32[32, 784]"
std::string describeView(const View& view);

/// One sentence for a fault of `row` on `operands`: the op, what was expected and what came.
std::string describeFault(const OpRow& row, const Operands& operands, const Status& status);

}  // namespace nabla
