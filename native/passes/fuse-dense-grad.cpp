#include "passes/passes.hpp"
#include "passes/uses.hpp"

namespace nabla::passes {
namespace {

const KnownOp kDenseGrad("denseGrad"), kMatMul("matMul");

/// dy w^T
bool isByTransposed(const Step& step) {
  return is(step, kMatMul) && step.attrs[0] == 0.0 && step.attrs[1] == 1.0;
}

}  // namespace

void fuseDenseGrad(Graph& graph) {
  if (!hasAny(graph, {&kMatMul})) return;
  const Uses uses(graph);
  std::vector<bool> dropped(graph.steps.size());
  for (std::size_t i = 0; i < graph.steps.size(); i++) {
    Step& grad = graph.steps[i];
    const Activation activation = differentiatedBy(grad);
    if (activation == Activation::Linear || !uses.isReadOnce(grad.inputs[0])) continue;
    const int writer = uses.writerOf(grad.inputs[0]);
    const Step& matMul = graph.steps[static_cast<std::size_t>(writer)];
    if (!isByTransposed(matMul)) continue;
    // A reshape may lie between the two; a product of more than two axes is one of many matrices.
    const View& product = graph.at(matMul.outputs[0]).view;
    if (product.rank != 2 || !sameShape(product, graph.at(grad.outputs[0]).view)) continue;
    const int last = static_cast<int>(i);
    if (uses.isUpdatedBetween(matMul.inputs[0], writer, last) ||
        uses.isUpdatedBetween(matMul.inputs[1], writer, last)) {
      continue;
    }
    dropped[static_cast<std::size_t>(writer)] = true;
    noteFusion(graph, matMul, grad, kDenseGrad);
    grad.op = kDenseGrad.number();
    grad.inputs = {matMul.inputs[0], matMul.inputs[1], grad.inputs[1]};
    grad.attrs = {static_cast<double>(activation)};
  }
  keepSteps(graph, dropped);
}

}  // namespace nabla::passes
