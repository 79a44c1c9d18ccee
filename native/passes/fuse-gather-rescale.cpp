#include "passes/passes.hpp"
#include "passes/uses.hpp"

namespace nabla::passes {
namespace {

const KnownOp kGather("gather"), kGatherRescale("gatherRescale"), kRescale("rescale");

Attribute shapeOf(const Type& type) {
  Attribute shape = Attribute::list({});
  for (int axis = 0; axis < type.rank; axis++) {
    shape.values[shape.count++] = static_cast<double>(type.dims[axis]);
  }
  return shape;
}

}  // namespace

void fuseGatherRescale(Graph& graph) {
  if (!hasAny(graph, {&kRescale})) return;
  const Uses uses(graph);
  std::vector<bool> dropped(graph.steps.size());
  for (std::size_t i = 0; i < graph.steps.size(); i++) {
    Step& rescale = graph.steps[i];
    if (!is(rescale, kRescale) || !uses.isReadOnce(rescale.inputs[0])) continue;
    const int writer = uses.writerOf(rescale.inputs[0]);
    const Step& gather = graph.steps[static_cast<std::size_t>(writer)];
    if (!is(gather, kGather)) continue;
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
    noteFusion(graph, gather, rescale, kGatherRescale);
    rescale.op = kGatherRescale.number();
    rescale.inputs = gather.inputs;
    // A reshape may lie between the two.
    rescale.attrs = {rescale.attrs[0], rescale.attrs[1], shapeOf(y), rescale.attrs[2]};
  }
  keepSteps(graph, dropped);
}

}  // namespace nabla::passes
