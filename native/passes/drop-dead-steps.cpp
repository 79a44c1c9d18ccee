#include "passes/passes.hpp"
#include "passes/uses.hpp"

namespace nabla::passes {

void dropDeadSteps(Graph& graph) {
  std::vector<bool> isRead(graph.slots.size());  // by root
  auto rootOf = [&graph](int slot) { return static_cast<std::size_t>(graph.at(slot).root); };
  for (int slot : graph.outputs) isRead[rootOf(slot)] = true;
  std::vector<bool> dropped(graph.steps.size());
  for (std::size_t i = graph.steps.size(); i-- > 0;) {
    const Step& step = graph.steps[i];
    // A step without an output writes Variables, which outlive the plan.
    dropped[i] = !step.outputs.empty() && !isRead[rootOf(step.outputs[0])];
    if (dropped[i]) continue;
    for (int slot : step.inputs) isRead[rootOf(slot)] = true;
  }
  keepSteps(graph, dropped);
}

}  // namespace nabla::passes
