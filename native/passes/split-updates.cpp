#include <algorithm>
#include <string>

#include "passes/passes.hpp"
#include "passes/uses.hpp"

namespace nabla::passes {
namespace {

const KnownOp kMatMulUpdate("matMulUpdate"), kSumUpdate("sumUpdate"), kMatMulShares("matMulShares"),
    kSumShares("sumShares"), kSharesUpdate("sharesUpdate");

// Committed constants, calibrated on two cores that share no level-2 cache. More shares serve more
// threads, and cost more memory traffic.
constexpr std::int64_t kShares = 8;
constexpr std::int64_t kFewestMultiplications = 100000;  // fewer are not worth a part

/// Cores hand each other either x [m, k] and dy [m, n], or the shares of the gradient [k, n]. What
/// one core has read of another's memory is slow for that one to write again.
bool isCheaperInShares(std::int64_t m, std::int64_t k, std::int64_t n) {
  return m * k * n >= kFewestMultiplications && m * (k + 2 * n) >= 2 * kShares * k * n;
}

class Splitter {
 public:
  explicit Splitter(Graph& graph) : graph_(graph) {}

  void run() {
    for (const Step& step : graph_.steps) {
      if (isLongProduct(step)) split_.push_back(step.inputs[2]);
    }
    if (split_.empty()) return;
    std::vector<Step> steps;
    for (Step& step : graph_.steps) {
      if (isLongProduct(step)) {
        split(steps, step, kMatMulShares, {step.inputs[1], step.inputs[2]});
      } else if (isSumOfSplit(step)) {
        split(steps, step, kSumShares, {step.inputs[1]});
      } else {
        steps.push_back(std::move(step));
      }
    }
    graph_.steps = std::move(steps);
  }

 private:
  const View& viewOf(int slot) const { return graph_.at(slot).view; }

  bool isLongProduct(const Step& step) const {
    if (!is(step, kMatMulUpdate) || step.attrs[0] != 1.0 || step.attrs[1] != 0.0) return false;
    const View& w = viewOf(step.inputs[0]);
    return isCheaperInShares(viewOf(step.inputs[1]).dims[0], w.dims[0], w.dims[1]);
  }

  /// The gradient of a bias, from what a split product reads as well.
  bool isSumOfSplit(const Step& step) const {
    return is(step, kSumUpdate) &&
           std::find(split_.begin(), split_.end(), step.inputs[1]) != split_.end();
  }

  void split(std::vector<Step>& steps, const Step& update, const KnownOp& shares,
             std::vector<int> operands) {
    const int gradient = addGradient(viewOf(update.inputs[0]));
    noteFusion(graph_, std::string(update.row().name) + " -> " + shares.name() + " + " +
                           kSharesUpdate.name());
    steps.push_back(
        {shares.number(), std::move(operands), {gradient}, {static_cast<double>(kShares)}});
    steps.push_back({kSharesUpdate.number(),
                     {update.inputs[0], gradient, update.inputs.back()},
                     {},
                     {},
                     update.predicate});
  }

  int addGradient(const Type& weight) {
    Type gradient = weight;
    gradient.rank = weight.rank + 1;
    gradient.dims[0] = kShares;
    std::copy(weight.dims, weight.dims + weight.rank, gradient.dims + 1);
    return graph_.addTemp(gradient);
  }

  Graph& graph_;
  std::vector<int> split_;  // gradients of outputs that split products read
};

}  // namespace

void splitUpdates(Graph& graph) { Splitter(graph).run(); }

}  // namespace nabla::passes
