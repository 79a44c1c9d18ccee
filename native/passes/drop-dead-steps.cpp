#include <algorithm>

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
    // Variables outlive the plan.
    dropped[i] = !step.writesAny() && std::none_of(step.outputs.begin(), step.outputs.end(),
                                                   [&](int slot) { return isRead[rootOf(slot)]; });
    if (dropped[i]) continue;
    step.forReads([&](int slot) { isRead[rootOf(slot)] = true; });
  }
  keepSteps(graph, dropped);
}

}  // namespace nabla::passes
