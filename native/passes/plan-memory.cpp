#include <algorithm>

#include "passes/passes.hpp"

namespace nabla::passes {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kEndless = std::size_t{1} << 60;

/// Phases from the first write to the last read of a temporary, both included: parts of a phase run
/// side by side, so that its steps have no order that storage could rely on.
struct Lifetime {
  int slot;
  int first, last;
  std::size_t bytes;
};

std::vector<Lifetime> lifetimesOf(const Graph& graph) {
  std::vector<int> numberOf(graph.slots.size(), -1);
  std::vector<Lifetime> lifetimes;
  auto touch = [&](int slot, int phase) {
    const int root = graph.at(slot).root;
    const Slot& storage = graph.at(root);
    if (storage.kind != SlotKind::Temp || storage.isOutput) return;
    int& number = numberOf[static_cast<std::size_t>(root)];
    if (number < 0) {
      number = static_cast<int>(lifetimes.size());
      const std::size_t bytes = std::max(storage.view.bytes(), std::size_t{1});
      lifetimes.push_back({root, phase, phase, (bytes + kAlignment - 1) / kAlignment * kAlignment});
    }
    lifetimes[static_cast<std::size_t>(number)].last = phase;
  };
  for (const Step& step : graph.steps) {
    step.forReads([&](int slot) { touch(slot, step.phase); });
    for (int slot : step.outputs) touch(slot, step.phase);
  }
  return lifetimes;
}

bool overlap(const Lifetime& a, const Lifetime& b) {
  return a.first <= b.last && b.first <= a.last;
}

}  // namespace

void planMemory(Graph& graph) {
  std::vector<Lifetime> pending = lifetimesOf(graph);
  // Large ones first: what is small then fits into the gaps.
  std::stable_sort(pending.begin(), pending.end(),
                   [](const Lifetime& a, const Lifetime& b) { return a.bytes > b.bytes; });
  std::vector<Lifetime> placed;  // ordered by offset
  auto offsetOf = [&graph](const Lifetime& l) -> std::size_t& { return graph.at(l.slot).offset; };
  graph.arenaBytes = 0;
  for (const Lifetime& lifetime : pending) {
    std::size_t offset = 0;
    for (const Lifetime& other : placed) {
      if (!overlap(lifetime, other)) continue;
      if (offset + lifetime.bytes <= offsetOf(other)) break;
      offset = std::max(offset, offsetOf(other) + other.bytes);
    }
    offsetOf(lifetime) = offset;
    graph.arenaBytes = std::max(graph.arenaBytes, offset + lifetime.bytes);
    // No machine has as much, and a sum of more such sizes could wrap: the plan will be refused.
    if (graph.arenaBytes > kEndless) return;
    const auto place = std::find_if(placed.begin(), placed.end(), [&](const Lifetime& other) {
      return offsetOf(other) > offset;
    });
    placed.insert(place, lifetime);
  }
}

}  // namespace nabla::passes
