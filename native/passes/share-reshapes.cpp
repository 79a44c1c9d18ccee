#include "passes/passes.hpp"
#include "passes/uses.hpp"

namespace nabla::passes {
namespace {

const KnownOp kReshape("reshape");

}  // namespace

void shareReshapes(Graph& graph) {
  // By slot: no slot shares its storage yet.
  const std::vector<bool> isReturned = graph.returnedRoots();
  auto sharesStorage = [&](const Step& step) {
    if (!is(step, kReshape)) return false;
    const SlotKind source = graph.rootOf(step.inputs[0]).kind;
    if (source == SlotKind::Variable) return false;
    // What a run returns is the caller's own: it cannot share an argument's storage.
    if (source != SlotKind::Temp && isReturned[static_cast<std::size_t>(step.outputs[0])])
      return false;
    graph.slots[static_cast<std::size_t>(step.outputs[0])].root =
        graph.slots[static_cast<std::size_t>(step.inputs[0])].root;
    return true;
  };
  // In order, one by one: a reshape of a reshape finds its root already set.
  std::vector<Step> kept;
  kept.reserve(graph.steps.size());
  for (Step& step : graph.steps) {
    if (!sharesStorage(step)) kept.push_back(std::move(step));
  }
  graph.steps = std::move(kept);
}

}  // namespace nabla::passes
