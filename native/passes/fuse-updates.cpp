#include "passes/passes.hpp"
#include "passes/uses.hpp"

namespace nabla::passes {
namespace {

const KnownOp kMatMul("matMul"), kMatMulUpdate("matMulUpdate"), kSgdUpdate("sgdUpdate"),
    kSum("sum"), kSumUpdate("sumUpdate");

/// True if `inputs` of the step at `writer` still hold at `index` what they held there, and none is
/// the weight itself.
bool staysValid(const Graph& graph, const Uses& uses, const std::vector<int>& inputs, int weight,
                int writer, int index) {
  for (int slot : inputs) {
    if (graph.at(slot).root == graph.at(weight).root) return false;
    if (uses.isUpdatedBetween(slot, writer, index)) return false;
  }
  return true;
}

bool isSumOfRows(const Graph& graph, const Step& step) {
  return is(step, kSum) && step.attrs[0] == Attribute::list({0}) &&
         graph.at(step.inputs[0]).view.rank == 2;
}

}  // namespace

void fuseUpdates(Graph& graph) {
  if (!hasAny(graph, {&kSgdUpdate})) return;
  const Uses uses(graph);
  std::vector<bool> dropped(graph.steps.size());
  for (std::size_t i = 0; i < graph.steps.size(); i++) {
    Step& update = graph.steps[i];
    if (!is(update, kSgdUpdate) || !uses.isReadOnce(update.inputs[1])) continue;
    const int weight = update.inputs[0], rate = update.inputs[2];
    const int writer = uses.writerOf(update.inputs[1]);
    const Step& source = graph.steps[static_cast<std::size_t>(writer)];
    const bool isProduct = is(source, kMatMul) && graph.at(source.outputs[0]).view.rank == 2;
    if (!isProduct && !isSumOfRows(graph, source)) continue;
    // A reshape may lie between the two.
    if (!sameShape(graph.at(source.outputs[0]).view, graph.at(weight).view)) continue;
    if (!staysValid(graph, uses, source.inputs, weight, writer, static_cast<int>(i))) continue;
    dropped[static_cast<std::size_t>(writer)] = true;
    const KnownOp& fused = isProduct ? kMatMulUpdate : kSumUpdate;
    noteFusion(graph, source, update, fused);
    update.op = fused.number();
    update.inputs = {weight};
    update.inputs.insert(update.inputs.end(), source.inputs.begin(), source.inputs.end());
    update.inputs.push_back(rate);
    if (isProduct) update.attrs = source.attrs;
  }
  keepSteps(graph, dropped);
}

}  // namespace nabla::passes
