#include "plan/partition.hpp"

#include "table/grouped-updates.hpp"
#include "table/ops.hpp"

namespace nabla {
namespace {

std::int64_t leadingDim(const View& view) { return view.rank == 0 ? 1 : view.dims[0]; }

/// Of a view whose rows are its last axis: one row is one slice.
std::int64_t leadingRows(const View& view) { return view.rank < 2 ? 1 : view.dims[0]; }

const View& viewOf(const Graph& graph, int slot) {
  return graph.slots[static_cast<std::size_t>(slot)].view;
}

/// Slices of an input that stretches to the output, or that keeps its leading axis.
std::int64_t alongLeadingAxis(const View& input, const View& output) {
  const bool aligned = input.rank == output.rank && leadingDim(input) == leadingDim(output);
  return aligned ? leadingDim(output) : kWhole;
}

bool isReduced(const Step& step, int axis) {
  return (static_cast<unsigned>(step.attrs[0]) >> axis & 1) != 0;
}

/// Slices of the input of a reduction: those of the output, unless the leading axis goes.
std::int64_t ofReduction(const Step& step, const View& x, const View& y) {
  const bool keeps = x.rank > 0 && !isReduced(step, 0) && leadingDim(y) == x.dims[0];
  return keeps || x.rank == 0 ? leadingDim(y) : kWhole;
}

std::int64_t ofArgReduction(const Step& step, const View& y) {
  return step.attrs[0] > 0 ? leadingDim(y) : kWhole;
}

/// Slices of an input whose block of the leading axis begins at the first attribute.
std::int64_t ofBlock(const Step& step, const View& x, const View& y) {
  if (x.rank == 0) return 1;
  return step.attrs[0] == 0 ? alongLeadingAxis(x, y) : kWhole;
}

}  // namespace

std::int64_t writtenSlices(const Graph& graph, const Step& step, int written) {
  const int slot =
      step.outputs.empty() ? step.inputs[static_cast<std::size_t>(written)] : step.outputs[0];
  const View& target = viewOf(graph, slot);
  switch (static_cast<Op>(step.op)) {
    case Op::concat:
    case Op::scatterAdd:
    case Op::accumulate:
    case Op::advanceRandom:
      return 1;
    case Op::softmax:
    case Op::softmaxGrad:
    case Op::logSoftmax:
    case Op::logSoftmaxGrad:
    case Op::sparseCrossentropyGrad:
    case Op::sparseCrossentropyLogitsGrad:
    case Op::softmaxCrossentropyGrad:
      return leadingRows(target);
    case Op::gather:
    case Op::oneHot: {
      const View& indices = viewOf(graph, step.inputs[static_cast<Op>(step.op) == Op::gather]);
      return indices.rank == 0 ? 1 : leadingDim(target);
    }
    case Op::columnsUpdate:
      return leadingDim(viewOf(graph, step.inputs[1]));  // shares of the weights' rows
    default:
      return leadingDim(target);
  }
}

std::int64_t readSlices(const Graph& graph, const Step& step, int input) {
  const View& x = viewOf(graph, step.inputs[static_cast<std::size_t>(input)]);
  if (const GroupedUpdate* update = groupedUpdateOf(step.op)) {
    const bool isShared = input >= static_cast<int>(step.inputs.size()) - update->shared;
    return isShared ? kWhole : leadingDim(x);
  }
  const std::int64_t written = writtenSlices(graph, step);
  switch (static_cast<Op>(step.op)) {
    case Op::concat:
    case Op::scatterAdd:
    case Op::randomUniform:
    case Op::randomNormal:
    case Op::truncatedNormal:
    case Op::dropoutMask:
      return kWhole;
    case Op::accumulate:
    case Op::advanceRandom:
      return input == 0 ? written : kWhole;
    case Op::bernoulli:
    case Op::gather:
    case Op::gatherRescale:
      return input == 1 ? written : kWhole;
    case Op::matMul:
      return input == 0 && step.attrs[0] == 0 ? written : kWhole;
    case Op::matMulUpdate:
      return input == 0 || (input == 1 && step.attrs[0] == 0) ? written : kWhole;
    case Op::matMulShares:
    case Op::sumShares:
      return kWhole;  // shares of the rows need not be parts of them
    case Op::gatherColumns:
    case Op::denseSum:
      return kWhole;
    case Op::matMulColumns:
      return written;
    case Op::columnsUpdate:
      return input < 2 ? written : kWhole;
    case Op::dense:
    case Op::sumUpdate:
    case Op::sharesUpdate:
      return input == 0 ? written : kWhole;
    case Op::denseGrad:
      return input != 1 ? written : kWhole;
    case Op::sgdUpdate:
      return input < 2 ? written : kWhole;
    case Op::momentumUpdate:
      return input < 3 ? written : kWhole;
    case Op::adamUpdate:
      return input < 4 ? written : kWhole;
    default:
      break;
  }
  if (step.outputs.empty()) return written;  // assign and its like: both of one shape
  const View& y = viewOf(graph, step.outputs[0]);
  switch (static_cast<Op>(step.op)) {
    case Op::sum:
    case Op::mean:
    case Op::max:
    case Op::min:
      return ofReduction(step, x, y);
    case Op::argMax:
    case Op::argMin:
      return ofArgReduction(step, y);
    case Op::slice:
    case Op::pad:
    case Op::transpose:
      return ofBlock(step, x, y);
    case Op::copy:
    case Op::reshape:
      return leadingDim(x) == leadingDim(y) ? written : kWhole;
    case Op::softmax:
    case Op::softmaxGrad:
    case Op::logSoftmax:
    case Op::logSoftmaxGrad:
    case Op::sparseCrossentropy:
    case Op::sparseCrossentropyGrad:
    case Op::sparseCrossentropyLogits:
    case Op::sparseCrossentropyLogitsGrad:
    case Op::softmaxCrossentropyGrad:
    case Op::oneHot:
      return written;
    default:
      return alongLeadingAxis(x, y);
  }
}

}  // namespace nabla
