// The check of labels and indices, whose values decide what a kernel reads: see IndexCheck.
#pragma once

#include <string>

#include "table/row.hpp"

namespace nabla {

/// The first value out of range, if there is one.
struct IndexFault {
  bool found = false;
  std::int64_t value = 0, position = 0, limit = 0;
};

/// Checks the values that part `part` of a step reads. Those that it shares with other parts it
/// checks all.
IndexFault checkIndices(const OpRow& row, const Operands& operands, Part part);

/// "gather: index 3 at position 2 is outside [0, 3)"
std::string describeFault(const OpRow& row, const IndexFault& fault);

}  // namespace nabla
