#include "graph.hpp"

#include "dispatch.hpp"

namespace nabla {

bool Graph::isWritten(int slot) const {
  const int root = at(slot).root;
  if (at(root).kind == SlotKind::Temp) return true;
  for (const Step& step : steps) {
    for (int i = 0; i < opRow(step.op).writes; i++) {
      if (at(step.inputs[static_cast<std::size_t>(i)]).root == root) return true;
    }
  }
  return false;
}

bool Graph::isCheckedWhenRun(const Step& step) const {
  const int operand = opRow(step.op).validator.operand;
  return operand >= 0 && isWritten(step.inputs[static_cast<std::size_t>(operand)]);
}

}  // namespace nabla
