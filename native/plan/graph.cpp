#include "plan/graph.hpp"

#include "table/registry.hpp"

namespace nabla {

const OpRow& Step::row() const { return opRow(op); }

bool Step::writesAny() const {
  for (std::size_t i = 0; i < inputs.size(); i++) {
    if (writes(i)) return true;
  }
  return false;
}

void Graph::markUpdates() {
  for (const Step& step : steps) {
    for (std::size_t i = 0; i < step.inputs.size(); i++) {
      if (step.writes(i)) rootOf(step.inputs[i]).isUpdated = true;
    }
  }
}

std::vector<bool> Graph::returnedRoots() const {
  std::vector<bool> isReturned(slots.size());
  for (int slot : outputs) isReturned[static_cast<std::size_t>(at(slot).root)] = true;
  return isReturned;
}

bool Graph::isCheckedWhenRun(const Step& step) const {
  const IndexCheck& check = step.row().indexCheck;
  return check.what != nullptr && isWritten(step.inputs[static_cast<std::size_t>(check.operand)]);
}

int Graph::addTemp(const Type& type) {
  Slot slot;
  slot.view = viewOf(type);
  slot.root = static_cast<int>(slots.size());
  slots.push_back(slot);
  return slot.root;
}

StepOperands::StepOperands(const Graph& graph, const Step& step) {
  for (int slot : step.inputs) in_.push_back(&graph.at(slot).view);
  for (int slot : step.outputs) out_.push_back(&graph.at(slot).view);
  operands_ = {in_.data(), out_.data(), step.attrs.data(), static_cast<int>(in_.size()),
               static_cast<int>(out_.size())};
}

}  // namespace nabla
