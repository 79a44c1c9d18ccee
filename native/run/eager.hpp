// Steps that run by themselves: eager ops, and constants that a pass computes.
#pragma once

#include <string>

#include "table/op.hpp"

namespace nabla {

/// Arity, shapes, dtypes and attributes of one step; false with `error` set when they do not fit.
bool checkOperands(const OpRow& row, const Operands& operands, std::string& error);

/// Validates and runs one checked step, large ones on the thread team.
bool runStepNow(int op, const Operands& operands, std::string& error);

}  // namespace nabla
