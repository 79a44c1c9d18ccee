#include "passes/passes.hpp"
#include "passes/uses.hpp"

namespace nabla::passes {
namespace {

const KnownOp kSquare("square"), kSum("sum"), kMean("mean"), kSumSquares("sumSquares"),
    kMeanSquares("meanSquares");

/// The op that squares its input itself; null if there is none.
const KnownOp* ofSquares(const Step& step) {
  if (is(step, kSum)) return &kSumSquares;
  return is(step, kMean) ? &kMeanSquares : nullptr;
}

}  // namespace

void fuseSquares(Graph& graph) {
  if (!hasAny(graph, {&kSquare})) return;
  const Uses uses(graph);
  std::vector<bool> dropped(graph.steps.size());
  for (std::size_t i = 0; i < graph.steps.size(); i++) {
    Step& reader = graph.steps[i];
    const KnownOp* const fused = ofSquares(reader);
    if (fused == nullptr || !uses.isReadOnce(reader.inputs[0])) continue;
    int& squares = reader.inputs[0];
    const int writer = uses.writerOf(squares);
    if (writer < 0) continue;
    const Step& square = graph.steps[static_cast<std::size_t>(writer)];
    if (!is(square, kSquare) || square.predicate != reader.predicate) continue;
    const View& x = graph.at(square.inputs[0]).view;
    // A reshape may lie between the two.
    if (!isFloat(x.dtype) || !sameShape(x, graph.at(squares).view)) continue;
    if (uses.isUpdatedBetween(square.inputs[0], writer, static_cast<int>(i))) continue;
    dropped[static_cast<std::size_t>(writer)] = true;
    noteFusion(graph, square, reader, *fused);
    squares = square.inputs[0];
    reader.op = fused->number();
  }
  keepSteps(graph, dropped);
}

}  // namespace nabla::passes
