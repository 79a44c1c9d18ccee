#include "passes/uses.hpp"

#include <algorithm>

namespace nabla::passes {
namespace {

const KnownOp kReluGrad("reluGrad"), kSigmoidGrad("sigmoidGrad"), kTanhGrad("tanhGrad");

std::size_t at(int i) { return static_cast<std::size_t>(i); }

}  // namespace

Uses::Uses(const Graph& graph)
    : graph_(graph),
      writer_(graph.slots.size(), -1),
      reads_(graph.slots.size(), 0),
      readers_(graph.slots.size()),
      updates_(graph.slots.size()) {
  for (std::size_t i = 0; i < graph.steps.size(); i++) {
    const Step& step = graph.steps[i];
    const int index = static_cast<int>(i);
    step.forReads([&](int slot) {
      const std::size_t root = at(graph.at(slot).root);
      reads_[root]++;
      if (readers_[root].empty() || readers_[root].back() != index) readers_[root].push_back(index);
    });
    for (std::size_t k = 0; k < step.inputs.size(); k++) {
      if (step.writes(k)) updates_[at(graph.at(step.inputs[k]).root)].push_back(index);
    }
    for (int slot : step.outputs) writer_[at(graph.at(slot).root)] = index;
  }
  // What is returned counts as read by the caller and by another one.
  for (int slot : graph.outputs) reads_[at(graph.at(slot).root)] += 2;
}

int Uses::writerOf(int slot) const { return writer_[at(graph_.at(slot).root)]; }

bool Uses::isReadOnce(int slot) const {
  return graph_.rootOf(slot).kind == SlotKind::Temp && reads_[at(graph_.at(slot).root)] == 1;
}

const std::vector<int>& Uses::readersOf(int slot) const {
  return readers_[at(graph_.at(slot).root)];
}

bool Uses::isUpdatedBetween(int slot, int first, int last) const {
  const std::vector<int>& updates = updates_[at(graph_.at(slot).root)];
  const auto next = std::upper_bound(updates.begin(), updates.end(), first);
  return next != updates.end() && *next < last;
}

Activation differentiatedBy(const Step& step) {
  if (is(step, kReluGrad)) return Activation::Relu;
  if (is(step, kSigmoidGrad)) return Activation::Sigmoid;
  return is(step, kTanhGrad) ? Activation::Tanh : Activation::Linear;
}

void noteFusion(Graph& graph, const std::string& what) { graph.fusions.push_back(what); }

void noteFusion(Graph& graph, const Step& first, const Step& second, const KnownOp& fused) {
  noteFusion(graph,
             std::string(first.row().name) + " + " + second.row().name + " -> " + fused.name());
}

void keepSteps(Graph& graph, const std::vector<bool>& dropped) {
  std::vector<Step> kept;
  kept.reserve(graph.steps.size());
  for (std::size_t i = 0; i < graph.steps.size(); i++) {
    if (!dropped[i]) kept.push_back(std::move(graph.steps[i]));
  }
  graph.steps = std::move(kept);
}

}  // namespace nabla::passes
