#include "passes/passes.hpp"
#include "passes/uses.hpp"

namespace nabla::passes {

void fuseGatherRescale(Graph& graph) {
  const Uses uses(graph);
  std::vector<bool> dropped(graph.steps.size());
  for (std::size_t i = 0; i < graph.steps.size(); i++) {
    Step& rescale = graph.steps[i];
    if (!is(rescale, Op::rescale) || !uses.isReadOnce(rescale.inputs[0])) continue;
    const int writer = uses.writerOf(rescale.inputs[0]);
    const Step& gather = graph.steps[static_cast<std::size_t>(writer)];
    if (!is(gather, Op::gather)) continue;
    const View& x = graph.at(gather.inputs[0]).view;
    const View& indices = graph.at(gather.inputs[1]).view;
    const View& y = graph.at(rescale.outputs[0]).view;
    if (graph.at(gather.outputs[0]).view.dtype != x.dtype || x.dims[0] == 0) continue;
    if (indices.rank != 1 || y.rank == 0 || y.dims[0] != indices.size) continue;
    const int last = static_cast<int>(i);
    if (uses.isUpdatedBetween(gather.inputs[0], writer, last) ||
        uses.isUpdatedBetween(gather.inputs[1], writer, last)) {
      continue;
    }
    dropped[static_cast<std::size_t>(writer)] = true;
    noteFusion(graph, gather, rescale, Op::gatherRescale);
    rescale.op = static_cast<int>(Op::gatherRescale);
    rescale.inputs = gather.inputs;
  }
  keepSteps(graph, dropped);
}

}  // namespace nabla::passes
