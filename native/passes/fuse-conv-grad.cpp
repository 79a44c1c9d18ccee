#include <algorithm>
#include <string>

#include "passes/passes.hpp"
#include "passes/uses.hpp"

namespace nabla::passes {
namespace {

const KnownOp kConvBiasInputGrad("convBiasInputGrad"), kConvInputGrad("convInputGrad"),
    kConvKernelGrad("convKernelGrad"), kConvKernelShares("convKernelShares"), kMaxPool("maxPool"),
    kMaxPoolFlooredGrad("maxPoolFlooredGrad"), kMaxPoolGrad("maxPoolGrad"), kReluGrad("reluGrad"),
    kSum("sum");

// Committed constants. More shares serve more threads, and cost more memory traffic.
constexpr std::int64_t kMostShares = 8;
/// Windows of a share: with fewer, adding up the shares would take longer than they save.
constexpr std::int64_t kWindowsOfShare = 512;

std::size_t index(int i) { return static_cast<std::size_t>(i); }

/// maxPoolGrad + reluGrad -> maxPoolFlooredGrad, if what was pooled were the results of the relu.
void fuseFlooredPools(Graph& graph) {
  const Uses uses(graph);
  std::vector<bool> dropped(graph.steps.size());
  const auto rootOf = [&](int slot) { return graph.at(slot).root; };
  for (std::size_t i = 0; i < graph.steps.size(); i++) {
    Step& grad = graph.steps[i];
    if (!is(grad, kReluGrad) || !uses.isReadOnce(grad.inputs[0])) continue;
    const int writer = uses.writerOf(grad.inputs[0]);
    const Step& unpool = graph.steps[index(writer)];
    if (!is(unpool, kMaxPoolGrad)) continue;
    if (!sameShape(graph.at(unpool.outputs[0]).view, graph.at(grad.outputs[0]).view)) continue;
    const int pooling = uses.writerOf(unpool.inputs[1]);
    if (pooling < 0) continue;
    const Step& pool = graph.steps[index(pooling)];
    if (!is(pool, kMaxPool) || rootOf(pool.inputs[0]) != rootOf(grad.inputs[1])) continue;
    const int results = pool.outputs[0];
    if (!sameShape(graph.at(results).view, graph.at(unpool.inputs[0]).view)) continue;
    const int last = static_cast<int>(i);
    const bool isStale = uses.isUpdatedBetween(grad.inputs[1], pooling, last) ||
                         uses.isUpdatedBetween(unpool.inputs[0], writer, last);
    if (isStale || grad.predicate >= 0 || unpool.predicate >= 0) continue;
    dropped[index(writer)] = true;
    noteFusion(graph, unpool, grad, kMaxPoolFlooredGrad);
    grad.inputs = {unpool.inputs[0], unpool.inputs[1], results};
    grad.attrs = unpool.attrs;
    grad.op = kMaxPoolFlooredGrad.number();
  }
  keepSteps(graph, dropped);
}

/// convKernelGrad, with the sum that is the gradient to a bias, -> convKernelShares and sums of its
/// shares: parts then read pictures of their own, and the gradients once.
class KernelSplitter {
 public:
  explicit KernelSplitter(Graph& graph)
      : graph_(graph), uses_(graph), kernelOf_(graph.steps.size(), -1) {}

  void run() {
    for (std::size_t i = 0; i < graph_.steps.size(); i++) {
      if (sharesOf(graph_.steps[i]) < 2) continue;
      const int step = static_cast<int>(i), sum = biasOf(step), kernel = count();
      kernels_.push_back({step, sum});
      kernelOf_[i] = kernel;
      if (sum >= 0) kernelOf_[index(sum)] = kernel;
    }
    if (kernels_.empty()) return;
    std::vector<Step> steps;
    for (std::size_t i = 0; i < graph_.steps.size(); i++) {
      if (kernelOf_[i] < 0) {
        steps.push_back(graph_.steps[i]);
        continue;
      }
      Kernel& kernel = kernels_[index(kernelOf_[i])];
      // Both gradients come of the first of the two steps.
      if (kernel.dw < 0) share(steps, kernel);
      const int from = static_cast<int>(i) == kernel.step ? kernel.dw : kernel.db;
      steps.push_back(sumOfShares(from, graph_.steps[i].outputs));
    }
    graph_.steps = std::move(steps);
  }

 private:
  struct Kernel {
    int step, sum;
    int dw = -1, db = -1;  // slots of the shares
  };

  int count() const { return static_cast<int>(kernels_.size()); }

  const View& viewOf(int slot) const { return graph_.at(slot).view; }

  std::int64_t sharesOf(const Step& step) const {
    if (!is(step, kConvKernelGrad) || step.predicate >= 0) return 0;
    const View& dy = viewOf(step.inputs[1]);
    if (dy.size == 0) return 0;
    const std::int64_t windows = dy.size / dy.lastDim();
    return std::min({kMostShares, windows / kWindowsOfShare, dy.dims[0]});
  }

  /// The sum of the same gradients over all but the channels; -1 if there is none.
  int biasOf(int kernel) const {
    const Step& gradient = graph_.steps[index(kernel)];
    const View& dy = viewOf(gradient.inputs[1]);
    for (int i : uses_.readersOf(gradient.inputs[1])) {
      const Step& sum = graph_.steps[index(i)];
      if (!is(sum, kSum) || sum.predicate >= 0 || kernelOf_[index(i)] >= 0) continue;
      const View& summed = viewOf(sum.inputs[0]);
      if (!sameShape(summed, dy) || viewOf(sum.outputs[0]).rank != 1) continue;
      if (viewOf(sum.outputs[0]).size != dy.lastDim() || !isOverRows(sum, dy.rank)) continue;
      const int first = std::min(kernel, i), last = std::max(kernel, i);
      const bool isStale = uses_.isUpdatedBetween(gradient.inputs[0], first, last) ||
                           uses_.isUpdatedBetween(gradient.inputs[1], first, last);
      // What the kernel's gradient reads must be there where the sum was taken.
      const bool isEarly = uses_.writerOf(gradient.inputs[0]) > first;
      if (!isStale && !isEarly) return i;
    }
    return -1;
  }

  static bool isOverRows(const Step& sum, int rank) {
    const Attribute& axes = sum.attrs[0];
    if (axes.count != rank - 1) return false;
    for (int axis = 0; axis < axes.count; axis++) {
      if (axes.values[axis] != axis) return false;
    }
    return true;
  }

  int addShares(const Type& of, std::int64_t shares) {
    Type type = of;
    type.rank = of.rank + 1;
    type.dims[0] = shares;
    std::copy(of.dims, of.dims + of.rank, type.dims + 1);
    return graph_.addTemp(type);
  }

  void share(std::vector<Step>& steps, Kernel& kernel) {
    const Step& gradient = graph_.steps[index(kernel.step)];
    const std::int64_t shares = sharesOf(gradient);
    Type bias;
    bias.dtype = viewOf(gradient.inputs[1]).dtype;
    bias.rank = 1;
    bias.dims[0] = viewOf(gradient.inputs[1]).lastDim();
    const Type weights = viewOf(gradient.outputs[0]);
    kernel.dw = addShares(weights, shares);
    kernel.db = addShares(bias, shares);
    noteFusion(graph_, std::string(kernel.sum < 0 ? "" : "sum + ") + kConvKernelGrad.name() +
                           " -> " + kConvKernelShares.name());
    Step step;
    step.op = kConvKernelShares.number();
    step.inputs = {gradient.inputs[0], gradient.inputs[1], gradient.inputs[1]};
    step.outputs = {kernel.dw, kernel.db};
    step.attrs = gradient.attrs;
    step.attrs.push_back(static_cast<double>(Activation::Linear));
    step.attrs.push_back(static_cast<double>(shares));
    steps.push_back(std::move(step));
  }

  static Step sumOfShares(int shares, const std::vector<int>& outputs) {
    Step sum;
    sum.op = kSum.number();
    sum.inputs = {shares};
    sum.outputs = outputs;
    sum.attrs = {Attribute::list({0}), 0.0};
    return sum;
  }

  Graph& graph_;
  const Uses uses_;
  std::vector<Kernel> kernels_;
  std::vector<int> kernelOf_;  // by step: the kernel whose gradient or bias' gradient it is; or -1
};

/// The activation of convKernelShares: its last attribute but one.
Attribute& activationOf(Step& shares) { return shares.attrs[shares.attrs.size() - 2]; }

/// Whether step `k` is a gradient of a convolution that may take the gradient of an activation,
/// step `i`, while it reads.
bool takesActivationGrad(Graph& graph, const Uses& uses, int k, int i) {
  Step& reader = graph.steps[index(k)];
  const Step& grad = graph.steps[index(i)];
  const bool isInput = is(reader, kConvInputGrad);
  const bool isKernel = is(reader, kConvKernelShares) && activationOf(reader) == 0.0;
  if ((!isInput && !isKernel) || reader.predicate >= 0) return false;
  const int root = graph.at(grad.outputs[0]).root;
  if (graph.at(reader.inputs[isInput ? 1 : 0]).root == root) return false;
  return sameShape(graph.at(reader.inputs[isInput ? 0 : 1]).view, graph.at(grad.outputs[0]).view) &&
         !uses.isUpdatedBetween(grad.inputs[0], i, k) &&
         !uses.isUpdatedBetween(grad.inputs[1], i, k);
}

/// The gradient of an activation that convolutions' gradients alone read is taken while they read.
void fuseActivationGrads(Graph& graph) {
  const Uses uses(graph);
  const std::vector<bool> returned = graph.returnedRoots();
  std::vector<bool> dropped(graph.steps.size());
  for (std::size_t i = 0; i < graph.steps.size(); i++) {
    const Step& grad = graph.steps[i];
    const Activation activation = differentiatedBy(grad);
    if (activation == Activation::Linear || grad.predicate >= 0) continue;
    if (returned[index(graph.at(grad.outputs[0]).root)]) continue;
    const StepList readers = uses.readersOf(grad.outputs[0]);
    const bool fits = std::all_of(readers.begin(), readers.end(), [&](int k) {
      return takesActivationGrad(graph, uses, k, static_cast<int>(i));
    });
    if (!fits || readers.empty()) continue;
    for (int k : readers) {
      Step& reader = graph.steps[index(k)];
      const bool isInput = is(reader, kConvInputGrad);
      noteFusion(graph, grad, reader, isInput ? kConvBiasInputGrad : kConvKernelShares);
      if (isInput) {
        reader.op = kConvBiasInputGrad.number();
        reader.inputs = {grad.inputs[0], reader.inputs[1], grad.inputs[1]};
        reader.attrs.push_back(static_cast<double>(activation));
      } else {
        reader.inputs = {reader.inputs[0], grad.inputs[0], grad.inputs[1]};
        activationOf(reader) = static_cast<double>(activation);
      }
    }
    dropped[i] = true;
  }
  keepSteps(graph, dropped);
}

}  // namespace

void fuseConvGrad(Graph& graph) {
  if (!hasAny(graph, {&kMaxPoolGrad, &kConvInputGrad, &kConvKernelGrad})) return;
  fuseFlooredPools(graph);
  KernelSplitter(graph).run();
  fuseActivationGrads(graph);
}

}  // namespace nabla::passes
