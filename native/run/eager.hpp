// Steps that run by themselves: eager ops, and constants that a pass computes.
#pragma once

#include <string>

#include "table/row.hpp"

namespace nabla {

/// Validates and runs one step whose types were inferred, large ones on the thread team.
bool runStepNow(const OpRow& row, const Operands& operands, std::string& error);

}  // namespace nabla
