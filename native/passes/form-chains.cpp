#include <algorithm>
#include <string>

#include "passes/passes.hpp"
#include "passes/uses.hpp"
#include "plan/chain.hpp"
#include "plan/partition.hpp"

namespace nabla::passes {
namespace {

/// Steps that may run together block by block.
class Candidate {
 public:
  explicit Candidate(const Graph& graph) : graph_(graph) {}

  /// Takes the next step in, or says that it cannot be of this chain.
  bool takes(const Step& step) {
    if (!step.row().isElementwise || step.predicate >= 0) return false;
    const View& target = graph_.at(targetOf(step)).view;
    if (target.size < kLeastChained) return false;
    if (first_ != nullptr) {
      if (step.phase != first_->phase) return false;
      if (!sameShape(target, graph_.at(targetOf(*first_)).view)) return false;
    }
    const std::int64_t period = commonPeriod(step, target);
    if (period < 0) return false;
    period_ = period;
    if (first_ == nullptr) first_ = &step;
    return true;
  }

 private:
  /// The period of all operands that begin anew, the step's included; -1 if they differ.
  std::int64_t commonPeriod(const Step& step, const View& target) const {
    const StepSlices slices(graph_, step);
    std::int64_t common = period_;
    for (std::size_t i = 0; i < step.inputs.size(); i++) {
      const std::int64_t period = periodOf(graph_.at(step.inputs[i]).view, target);
      if (period == 0) continue;
      // All of it is read by every part, so that nothing moves into its storage in this phase.
      if (period < 0 || slices.inputs[i] != kWhole) return -1;
      if (period == 1) continue;
      if (common > 0 && common != period) return -1;
      common = period;
    }
    return common;
  }

  const Graph& graph_;
  const Step* first_ = nullptr;
  std::int64_t period_ = 0;
};

/// Marks what no step outside of its chain touches: it needs no place but in the chain's blocks.
void markLocals(Graph& graph) {
  constexpr int kNone = -1, kOutside = -2;
  std::vector<int> chainOf(graph.slots.size(), kNone);  // by root
  for (const Step& step : graph.steps) {
    auto touch = [&](int slot) {
      int& chain = chainOf[static_cast<std::size_t>(graph.at(slot).root)];
      chain = step.chain >= 0 && (chain == kNone || chain == step.chain) ? step.chain : kOutside;
    };
    step.forReads(touch);
    for (int slot : step.outputs) touch(slot);
  }
  for (std::size_t i = 0; i < graph.slots.size(); i++) {
    Slot& slot = graph.slots[i];
    if (slot.kind == SlotKind::Temp && !slot.isOutput && chainOf[i] >= 0) slot.chain = chainOf[i];
  }
}

}  // namespace

void formChains(Graph& graph) {
  int chains = 0;
  for (std::size_t begin = 0; begin < graph.steps.size();) {
    Candidate candidate(graph);
    std::size_t end = begin;
    while (end < graph.steps.size() && candidate.takes(graph.steps[end])) end++;
    const std::size_t length = end - begin;
    if (length > 1) {
      for (std::size_t i = begin; i < end; i++) graph.steps[i].chain = chains;
      noteFusion(graph, std::to_string(length) + " element-wise steps -> chain of blocks");
      chains++;
    }
    begin += std::max<std::size_t>(length, 1);
  }
  markLocals(graph);
}

}  // namespace nabla::passes
