#include <algorithm>

#include "passes/passes.hpp"
#include "passes/uses.hpp"

namespace nabla::passes {
namespace {

const KnownOp kMaxPool("maxPool"), kMaxPoolValues("maxPoolValues");

bool isReturned(const Graph& graph, int slot) {
  const int root = graph.at(slot).root;
  return std::any_of(graph.outputs.begin(), graph.outputs.end(),
                     [&](int output) { return graph.at(output).root == root; });
}

}  // namespace

void dropIndices(Graph& graph) {
  if (!hasAny(graph, {&kMaxPool})) return;
  const Uses uses(graph);
  for (Step& step : graph.steps) {
    if (!is(step, kMaxPool)) continue;
    const int index = step.outputs[1];
    if (!uses.readersOf(index).empty() || isReturned(graph, index)) continue;
    noteFusion(graph, "maxPool whose index nobody reads -> maxPoolValues");
    step.op = kMaxPoolValues.number();
    step.outputs.pop_back();
  }
}

}  // namespace nabla::passes
