#include "passes/passes.hpp"
#include "passes/uses.hpp"
#include "table/activation.hpp"

namespace nabla::passes {
namespace {

const KnownOp kAdd("add"), kConv("conv"), kConvBias("convBias"), kDense("dense"), kMatMul("matMul"),
    kRelu("relu"), kSigmoid("sigmoid"), kSoftmax("softmax"), kTanh("tanh");

/// The step that computes this slot, if nothing else reads it; -1 otherwise.
int soleProducer(const Uses& uses, int slot) {
  return uses.isReadOnce(slot) ? uses.writerOf(slot) : -1;
}

/// The activation that a step applies; Linear if it is none.
Activation activationOf(const Step& step) {
  if (is(step, kRelu)) return Activation::Relu;
  if (is(step, kSigmoid)) return Activation::Sigmoid;
  if (is(step, kTanh)) return Activation::Tanh;
  return is(step, kSoftmax) ? Activation::Softmax : Activation::Linear;
}

bool isPlainProduct(const Step& step) {
  return is(step, kMatMul) && step.attrs[0] == 0.0 && step.attrs[1] == 0.0;
}

/// Makes `add` a layer without activation if it adds a bias to a plain matrix product or to a
/// convolution. Returns the product's step, which is then not needed any more, or -1.
int fuseBias(Graph& graph, const Uses& uses, int index) {
  Step& add = graph.steps[static_cast<std::size_t>(index)];
  if (!is(add, kAdd)) return -1;
  for (int operand = 0; operand < 2; operand++) {
    const int product = add.inputs[static_cast<std::size_t>(operand)];
    const int bias = add.inputs[static_cast<std::size_t>(1 - operand)];
    const int writer = soleProducer(uses, product);
    if (writer < 0) continue;
    const Step& matMul = graph.steps[static_cast<std::size_t>(writer)];
    const bool isConvolution = is(matMul, kConv);
    if (!isConvolution && !isPlainProduct(matMul)) continue;
    const View& y = graph.at(add.outputs[0]).view;
    const View& b = graph.at(bias).view;
    // What is added to may be the product under another shape.
    const bool isProduct =
        (isConvolution || y.rank == 2) && sameShape(graph.at(matMul.outputs[0]).view, y);
    const bool fits = isProduct && b.rank == 1 && b.size == y.lastDim();
    if (!fits || uses.isUpdatedBetween(matMul.inputs[0], writer, index) ||
        uses.isUpdatedBetween(matMul.inputs[1], writer, index)) {
      continue;
    }
    const KnownOp& layer = isConvolution ? kConvBias : kDense;
    noteFusion(graph, matMul, add, layer);
    add.op = layer.number();
    add.inputs = {matMul.inputs[0], matMul.inputs[1], bias};
    add.attrs.clear();
    if (isConvolution) add.attrs = matMul.attrs;
    add.attrs.push_back(static_cast<double>(Activation::Linear));
    return writer;
  }
  return -1;
}

/// Makes an activation a layer if it activates nothing but one. Returns the layer's step,
/// which is then not needed any more, or -1.
int fuseActivation(Graph& graph, const Uses& uses, int index) {
  Step& step = graph.steps[static_cast<std::size_t>(index)];
  const Activation activation = activationOf(step);
  if (activation == Activation::Linear) return -1;
  const int writer = soleProducer(uses, step.inputs[0]);
  if (writer < 0) return -1;
  const Step& dense = graph.steps[static_cast<std::size_t>(writer)];
  const bool isConvolution = is(dense, kConvBias);
  if (!isConvolution && !is(dense, kDense)) return -1;
  // Softmax takes whole rows, of which a convolution may have some channels at a time.
  if (isConvolution && activation == Activation::Softmax) return -1;
  // A layer applies one activation: a second one stays a step of its own.
  if (dense.attrs.back() != static_cast<double>(Activation::Linear)) return -1;
  if (!sameShape(graph.at(dense.outputs[0]).view, graph.at(step.outputs[0]).view)) return -1;
  for (int slot : dense.inputs) {
    if (uses.isUpdatedBetween(slot, writer, index)) return -1;
  }
  noteFusion(graph, dense, step, isConvolution ? kConvBias : kDense);
  step.op = dense.op;
  step.inputs = dense.inputs;
  step.attrs = dense.attrs;
  step.attrs.back() = static_cast<double>(activation);
  return writer;
}

}  // namespace

void fuseDense(Graph& graph) {
  if (!hasAny(graph, {&kMatMul, &kConv})) return;
  for (auto fuse : {fuseBias, fuseActivation}) {
    const Uses uses(graph);
    std::vector<bool> dropped(graph.steps.size());
    for (std::size_t i = 0; i < graph.steps.size(); i++) {
      const int merged = fuse(graph, uses, static_cast<int>(i));
      if (merged >= 0) dropped[static_cast<std::size_t>(merged)] = true;
    }
    keepSteps(graph, dropped);
  }
}

}  // namespace nabla::passes
