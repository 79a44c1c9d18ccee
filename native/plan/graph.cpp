#include "plan/graph.hpp"

#include "table/registry.hpp"

namespace nabla {

const OpRow& Step::row() const { return opRow(op); }

bool Step::writesAny() const {
  bool any = false;
  forWrites([&any](int) { any = true; });
  return any;
}

void Graph::markUpdates() {
  for (const Step& step : steps) {
    step.forWrites([this](int slot) { rootOf(slot).isUpdated = true; });
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
  const std::size_t inputs = step.inputs.size(), outputs = step.outputs.size();
  views_.reserve(inputs + outputs);
  for (int slot : step.inputs) views_.push_back(&graph.at(slot).view);
  for (int slot : step.outputs) views_.push_back(&graph.at(slot).view);
  operands_ = {views_.data(), views_.data() + inputs, step.attrs.data(), static_cast<int>(inputs),
               static_cast<int>(outputs)};
}

}  // namespace nabla
