#include "passes/passes.hpp"
#include "passes/uses.hpp"

namespace nabla::passes {
namespace {

const KnownOp kCrossentropyGrad("sparseCrossentropyGrad"), kSoftmaxGrad("softmaxGrad"),
    kFused("softmaxCrossentropyGrad");

}  // namespace

void fuseSoftmaxCrossentropy(Graph& graph) {
  const Uses uses(graph);
  std::vector<bool> dropped(graph.steps.size());
  for (std::size_t i = 0; i < graph.steps.size(); i++) {
    Step& softmaxGrad = graph.steps[i];
    if (!is(softmaxGrad, kSoftmaxGrad) || !uses.isReadOnce(softmaxGrad.inputs[0])) continue;
    const int writer = uses.writerOf(softmaxGrad.inputs[0]);
    const Step& lossGrad = graph.steps[static_cast<std::size_t>(writer)];
    // The loss must have been taken of this very softmax.
    if (!is(lossGrad, kCrossentropyGrad) || lossGrad.inputs[1] != softmaxGrad.inputs[1]) {
      continue;
    }
    bool isUpdated = false;
    for (int slot : lossGrad.inputs) {
      isUpdated = isUpdated || uses.isUpdatedBetween(slot, writer, static_cast<int>(i));
    }
    if (isUpdated) continue;
    dropped[static_cast<std::size_t>(writer)] = true;
    noteFusion(graph, lossGrad, softmaxGrad, kFused);
    softmaxGrad.op = kFused.number();
    softmaxGrad.inputs = lossGrad.inputs;
  }
  keepSteps(graph, dropped);
}

}  // namespace nabla::passes
