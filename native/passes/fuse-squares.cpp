#include "passes/passes.hpp"
#include "passes/uses.hpp"

namespace nabla::passes {
namespace {

const KnownOp kSquare("square"), kSum("sum"), kMean("mean"), kMatMul("matMul"),
    kSumSquares("sumSquares"), kMeanSquares("meanSquares"), kMatMulSquares("matMulSquares");

/// Rows for which a product by BLAS takes longer than to store the squares that it reads.
constexpr std::int64_t kFewRows = 4;

/// The op that squares its last input itself; null if there is none.
const KnownOp* ofSquares(const Graph& graph, const Step& step) {
  if (is(step, kSum)) return &kSumSquares;
  if (is(step, kMean)) return &kMeanSquares;
  if (!is(step, kMatMul) || step.attrs[0] != 0.0 || step.attrs[1] != 0.0) return nullptr;
  const View& y = graph.at(step.outputs[0]).view;
  return y.rank == 2 && y.dims[0] <= kFewRows ? &kMatMulSquares : nullptr;
}

}  // namespace

void fuseSquares(Graph& graph) {
  if (!hasAny(graph, {&kSquare})) return;
  const Uses uses(graph);
  std::vector<bool> dropped(graph.steps.size());
  for (std::size_t i = 0; i < graph.steps.size(); i++) {
    Step& reader = graph.steps[i];
    const KnownOp* const fused = ofSquares(graph, reader);
    if (fused == nullptr || !uses.isReadOnce(reader.inputs.back())) continue;
    int& squares = reader.inputs.back();
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
    if (fused == &kMatMulSquares) reader.attrs.clear();
  }
  keepSteps(graph, dropped);
}

}  // namespace nabla::passes
