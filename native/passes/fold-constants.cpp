#include "passes/passes.hpp"
#include "passes/uses.hpp"
#include "run/eager.hpp"
#include "table/dispatch.hpp"

namespace nabla::passes {
namespace {

/// Larger constants cost more cache than the step costs time.
constexpr std::int64_t kMaxElements = 4096;

bool isReturned(const Graph& graph, int slot) {
  for (int output : graph.outputs) {
    if (graph.at(output).root == graph.at(slot).root) return true;
  }
  return false;
}

/// Random draws read a Variable, so what is left has one result for ever.
bool isConstant(const Graph& graph, const Step& step) {
  if (step.outputs.empty() || isReturned(graph, step.outputs[0])) return false;
  if (graph.at(step.outputs[0]).view.size > kMaxElements) return false;
  if (opRow(step.op).validator.run != nullptr) return false;
  for (int slot : step.inputs) {
    if (graph.rootOf(slot).kind != SlotKind::Held) return false;
  }
  return true;
}

/// Runs the step into a buffer of its own; false when it cannot run, which building the plan will
/// report.
bool compute(Graph& graph, const Step& step) {
  std::vector<View> views;
  std::vector<const View*> in;
  views.reserve(step.inputs.size());
  for (int slot : step.inputs) {
    views.push_back(graph.at(slot).view);
    views.back().data = graph.rootOf(slot).buffer->data;
    in.push_back(&views.back());
  }
  Slot& target = graph.rootOf(step.outputs[0]);
  Buffer* buffer = allocateBuffer(target.view.bytes());
  if (buffer == nullptr) return false;
  View result = graph.at(step.outputs[0]).view;
  result.data = buffer->data;
  const View* out[] = {&result};
  const Operands operands{in.data(),
                          out,
                          step.attrs.data(),
                          static_cast<int>(in.size()),
                          1,
                          static_cast<int>(step.attrs.size())};
  std::string error;
  if (!checkOperands(opRow(step.op), operands, error) || !runStepNow(step.op, operands, error)) {
    releaseBuffer(buffer);
    return false;
  }
  target.kind = SlotKind::Held;
  target.buffer = buffer;
  return true;
}

}  // namespace

void foldConstants(Graph& graph) {
  std::vector<bool> dropped(graph.steps.size());
  for (std::size_t i = 0; i < graph.steps.size(); i++) {
    const Step& step = graph.steps[i];
    dropped[i] = isConstant(graph, step) && compute(graph, step);
  }
  keepSteps(graph, dropped);
}

}  // namespace nabla::passes
