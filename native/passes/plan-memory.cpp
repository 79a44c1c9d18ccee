#include <algorithm>

#include "passes/passes.hpp"

namespace nabla::passes {
namespace {

constexpr std::size_t kAlignment = 64;

/// Steps from the first write to the last read of a temporary, both included.
struct Lifetime {
  int slot;
  int first, last;
  std::size_t bytes;
};

std::vector<Lifetime> lifetimesOf(const Graph& graph) {
  std::vector<int> numberOf(graph.slots.size(), -1);
  std::vector<Lifetime> lifetimes;
  auto touch = [&](int slot, int step) {
    const int root = graph.slots[static_cast<std::size_t>(slot)].root;
    const Slot& storage = graph.slots[static_cast<std::size_t>(root)];
    if (storage.kind != SlotKind::Temp || storage.isOutput) return;
    int& number = numberOf[static_cast<std::size_t>(root)];
    if (number < 0) {
      number = static_cast<int>(lifetimes.size());
      const std::size_t bytes = std::max(storage.view.bytes(), std::size_t{1});
      lifetimes.push_back({root, step, step, (bytes + kAlignment - 1) / kAlignment * kAlignment});
    }
    lifetimes[static_cast<std::size_t>(number)].last = step;
  };
  for (std::size_t i = 0; i < graph.steps.size(); i++) {
    for (int slot : graph.steps[i].inputs) touch(slot, static_cast<int>(i));
    for (int slot : graph.steps[i].outputs) touch(slot, static_cast<int>(i));
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
  auto offsetOf = [&graph](const Lifetime& l) -> std::size_t& {
    return graph.slots[static_cast<std::size_t>(l.slot)].offset;
  };
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
    const auto place = std::find_if(placed.begin(), placed.end(), [&](const Lifetime& other) {
      return offsetOf(other) > offset;
    });
    placed.insert(place, lifetime);
  }
}

}  // namespace nabla::passes
