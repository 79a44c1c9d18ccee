#include "plan/partition.hpp"

namespace nabla {

void StepSlices::cut(const Graph& graph, const Step& step) {
  const StepOperands bound(graph, step);
  const OpRow& row = step.row();
  inputs.clear();
  outputs.clear();
  for (std::size_t i = 0; i < step.inputs.size(); i++) {
    inputs.push_back(slicesOfInput(row, bound.operands(), static_cast<int>(i)));
  }
  for (std::size_t i = 0; i < step.outputs.size(); i++) {
    outputs.push_back(slicesOfOutput(row, bound.operands(), static_cast<int>(i)));
  }
}

}  // namespace nabla
