#include "passes/uses.hpp"

#include <algorithm>
#include <utility>

namespace nabla::passes {
namespace {

const KnownOp kReluGrad("reluGrad"), kSigmoidGrad("sigmoidGrad"), kTanhGrad("tanhGrad");

std::size_t at(int i) { return static_cast<std::size_t>(i); }

}  // namespace

StepsByRoot::StepsByRoot(const std::vector<Touch>& touches, std::size_t roots)
    : ends_(roots, 0), steps_(touches.size()) {
  for (const Touch& touch : touches) ends_[at(touch.root)]++;
  int begin = 0;
  for (int& end : ends_) begin += std::exchange(end, begin);
  for (const Touch& touch : touches) steps_[at(ends_[at(touch.root)]++)] = touch.step;
}

StepList StepsByRoot::of(int root) const {
  const int begin = root == 0 ? 0 : ends_[at(root - 1)];
  return {steps_.data() + begin, steps_.data() + ends_[at(root)]};
}

Uses::Uses(const Graph& graph)
    : graph_(graph), writer_(graph.slots.size(), -1), reads_(graph.slots.size(), 0) {
  std::vector<int> lastReader(graph.slots.size(), -1);  // by root
  std::vector<StepsByRoot::Touch> reads, updates;
  reads.reserve(3 * graph.steps.size());
  for (std::size_t i = 0; i < graph.steps.size(); i++) {
    const Step& step = graph.steps[i];
    const int index = static_cast<int>(i);
    step.forReads([&](int slot) {
      const int root = graph.at(slot).root;
      reads_[at(root)]++;
      if (std::exchange(lastReader[at(root)], index) != index) reads.push_back({root, index});
    });
    step.forWrites([&](int slot) { updates.push_back({graph.at(slot).root, index}); });
    for (int slot : step.outputs) writer_[at(graph.at(slot).root)] = index;
  }
  readers_ = StepsByRoot(reads, graph.slots.size());
  updates_ = StepsByRoot(updates, graph.slots.size());
  // What is returned counts as read by the caller and by another one.
  for (int slot : graph.outputs) reads_[at(graph.at(slot).root)] += 2;
}

int Uses::writerOf(int slot) const { return writer_[at(graph_.at(slot).root)]; }

bool Uses::isReadOnce(int slot) const {
  return graph_.rootOf(slot).kind == SlotKind::Temp && reads_[at(graph_.at(slot).root)] == 1;
}

StepList Uses::readersOf(int slot) const { return readers_.of(graph_.at(slot).root); }

bool Uses::isUpdatedBetween(int slot, int first, int last) const {
  const StepList updates = updates_.of(graph_.at(slot).root);
  const int* const next = std::upper_bound(updates.begin(), updates.end(), first);
  return next != updates.end() && *next < last;
}

Activation differentiatedBy(const Step& step) {
  if (is(step, kReluGrad)) return Activation::Relu;
  if (is(step, kSigmoidGrad)) return Activation::Sigmoid;
  return is(step, kTanhGrad) ? Activation::Tanh : Activation::Linear;
}

bool hasAny(const Graph& graph, std::initializer_list<const KnownOp*> ops) {
  return std::any_of(graph.steps.begin(), graph.steps.end(), [ops](const Step& step) {
    return std::any_of(ops.begin(), ops.end(), [&](const KnownOp* op) { return is(step, *op); });
  });
}

void noteFusion(Graph& graph, const std::string& what) { graph.fusions.push_back(what); }

void noteFusion(Graph& graph, const Step& first, const Step& second, const KnownOp& fused) {
  noteFusion(graph,
             std::string(first.row().name) + " + " + second.row().name + " -> " + fused.name());
}

void keepSteps(Graph& graph, const std::vector<bool>& dropped) {
  if (std::find(dropped.begin(), dropped.end(), true) == dropped.end()) return;
  std::vector<Step> kept;
  kept.reserve(graph.steps.size());
  for (std::size_t i = 0; i < graph.steps.size(); i++) {
    if (!dropped[i]) kept.push_back(std::move(graph.steps[i]));
  }
  graph.steps = std::move(kept);
}

}  // namespace nabla::passes
