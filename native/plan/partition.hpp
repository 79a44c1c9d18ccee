// Which slices of its operands a part of a step touches, in a graph; see table/access.hpp.
#pragma once

#include "plan/graph.hpp"
#include "table/access.hpp"

namespace nabla {

/// Slices of all that a step touches, in the order of its inputs and outputs.
struct StepSlices {
  std::vector<std::int64_t> inputs, outputs;

  /// Those of a step from here on, in the memory of the step before.
  void cut(const Graph& graph, const Step& step);
};

}  // namespace nabla
