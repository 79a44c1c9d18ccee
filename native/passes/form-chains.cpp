#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "passes/passes.hpp"
#include "passes/uses.hpp"
#include "plan/chain.hpp"

namespace nabla::passes {
namespace {

/// Chains of fewer elements gain from tiles alone: caches hold all that their kernels touch.
constexpr std::int64_t kFewest = 8 * kBlockElements;

/// To begin a chain takes longer than to pass through fewer elements.
constexpr std::int64_t kFewestAlone = kBlockElements / 4;

/// Whether a step can be of a chain of elements like those of `first`.
bool joins(const Graph& graph, const Step& first, const Step& step) {
  return step.row().isElementwise && step.phase == first.phase &&
         step.predicate == first.predicate &&
         sameShape(graph.at(targetOf(step)).view, graph.at(targetOf(first)).view);
}

/// Whether there is something to gain from running the steps [begin, end) together.
bool isWorthIt(const Graph& graph, std::size_t begin, std::size_t end) {
  if (end - begin < 2) return false;
  if (graph.at(targetOf(graph.steps[begin])).view.size >= kFewest) return true;
  for (std::size_t i = begin + 1; i < end; i++) {
    if (runsOnTiles(graph, graph.steps[i - 1]) && runsOnTiles(graph, graph.steps[i])) return true;
  }
  return false;
}

/// Where chains of the steps [begin, end) end: before steps that share no storage with those before
/// them, element by element. Such updates of several weights pass through memory of their own, and
/// are programs of their own.
std::vector<std::size_t> endsOfChains(const Graph& graph, std::size_t begin, std::size_t end) {
  const std::int64_t size = graph.at(targetOf(graph.steps[begin])).view.size;
  if (size < kFewestAlone) return {end};
  const auto eachStorage = [&](std::size_t i, auto visit) {
    const Step& step = graph.steps[i];
    for (const std::vector<int>* slots : {&step.inputs, &step.outputs}) {
      for (int slot : *slots) {
        if (graph.at(slot).view.size == size) visit(graph.at(slot).root);
      }
    }
  };
  std::unordered_map<int, std::size_t> last;  // by root: the step that touches it last
  for (std::size_t i = begin; i < end; i++) {
    eachStorage(i, [&](int root) { last[root] = i; });
  }
  std::vector<std::size_t> ends;
  std::size_t reach = begin;
  for (std::size_t i = begin; i < end; i++) {
    eachStorage(i, [&](int root) { reach = std::max(reach, last[root]); });
    if (i < reach) continue;
    ends.push_back(i + 1);
    reach = i + 1;
  }
  return ends;
}

/// Notes which storages a step of a chain reads otherwise than element by element: later blocks
/// need them after what earlier ones wrote.
void markStretched(Graph& graph, const Step& step) {
  const std::int64_t size = graph.at(targetOf(step)).view.size;
  for (int slot : step.inputs) {
    if (graph.at(slot).view.size != size) graph.rootOf(slot).isStretched = true;
  }
}

/// Makes a chain of the steps [begin, end).
void form(Graph& graph, std::size_t begin, std::size_t end, int number) {
  for (std::size_t i = begin; i < end; i++) {
    graph.steps[i].chain = number;
    markStretched(graph, graph.steps[i]);
  }
  noteFusion(graph, std::to_string(end - begin) + " element-wise steps -> chain");
}

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
  const std::vector<Step>& steps = graph.steps;
  int chains = 0;
  for (std::size_t begin = 0, end = 0; begin < steps.size(); begin = end) {
    end = begin + 1;
    if (!steps[begin].row().isElementwise) continue;
    while (end < steps.size() && joins(graph, steps[begin], steps[end])) end++;
    std::size_t first = begin;
    for (std::size_t next : endsOfChains(graph, begin, end)) {
      if (isWorthIt(graph, first, next)) form(graph, first, next, chains++);
      first = next;
    }
  }
  markLocals(graph);
}

}  // namespace nabla::passes
