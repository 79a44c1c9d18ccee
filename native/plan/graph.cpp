#include "plan/graph.hpp"

#include "table/dispatch.hpp"
#include "table/grouped-updates.hpp"

namespace nabla {

int Graph::writesOf(const Step& step) {
  return nabla::writesOf(opRow(step.op), step.op, static_cast<int>(step.inputs.size()));
}

bool Graph::isWritten(int slot) const {
  const int root = at(slot).root;
  if (at(root).kind == SlotKind::Temp) return true;
  for (const Step& step : steps) {
    for (int i = 0; i < writesOf(step); i++) {
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
