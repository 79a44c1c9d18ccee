#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "passes/passes.hpp"

namespace nabla::passes {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kEndless = std::size_t{1} << 60;
constexpr std::size_t kMostBySize = 2000;  // temporaries; these take some milliseconds

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
    if (storage.kind != SlotKind::Temp || storage.isOutput || storage.chain >= 0) return;
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

/// Gives each temporary a place in the arena.
class Arena {
 public:
  explicit Arena(Graph& graph) : graph_(graph) { graph.arenaBytes = 0; }

  /// Large ones first, each at the lowest place that is free all its life: what is small then fits
  /// into the gaps. The time grows with the square of their number.
  void placeBySize(std::vector<Lifetime> pending) {
    std::stable_sort(pending.begin(), pending.end(),
                     [](const Lifetime& a, const Lifetime& b) { return a.bytes > b.bytes; });
    std::vector<Lifetime> placed;  // ordered by offset
    for (const Lifetime& lifetime : pending) {
      std::size_t offset = 0;
      for (const Lifetime& other : placed) {
        if (!overlap(lifetime, other)) continue;
        if (offset + lifetime.bytes <= offsetOf(other)) break;
        offset = std::max(offset, offsetOf(other) + other.bytes);
      }
      if (!put(lifetime, offset)) return;
      const auto place = std::find_if(placed.begin(), placed.end(), [&](const Lifetime& other) {
        return offsetOf(other) > offset;
      });
      placed.insert(place, lifetime);
    }
  }

  /// In the order of their births, each into the smallest gap that those before it have left.
  void placeByTime(std::vector<Lifetime> pending) {
    std::stable_sort(pending.begin(), pending.end(),
                     [](const Lifetime& a, const Lifetime& b) { return a.first < b.first; });
    std::multimap<int, Lifetime> living;  // by the phase of their end
    for (const Lifetime& lifetime : pending) {
      while (!living.empty() && living.begin()->first < lifetime.first) {
        const Lifetime& dead = living.begin()->second;
        gaps_.add(offsetOf(dead), dead.bytes);
        living.erase(living.begin());
      }
      const std::size_t offset = gaps_.take(lifetime.bytes, graph_.arenaBytes);
      if (!put(lifetime, offset)) return;
      living.emplace(lifetime.last, lifetime);
    }
  }

 private:
  /// Free ranges below the arena's end, none beside another.
  class Gaps {
   public:
    void add(std::size_t offset, std::size_t bytes) {
      auto next = byOffset_.lower_bound(offset);
      if (next != byOffset_.end() && next->first == offset + bytes) {
        bytes += next->second;
        next = remove(next);
      }
      if (next != byOffset_.begin()) {
        const auto before = std::prev(next);
        if (before->first + before->second == offset) {
          offset = before->first;
          bytes += before->second;
          remove(before);
        }
      }
      insert(offset, bytes);
    }

    /// The start of a range of so many bytes: of the smallest gap, or of what comes at `end`.
    std::size_t take(std::size_t bytes, std::size_t end) {
      const auto found = bySize_.lower_bound({bytes, 0});
      if (found != bySize_.end()) {
        const auto [size, offset] = *found;
        remove(byOffset_.find(offset));
        if (size > bytes) insert(offset + bytes, size - bytes);
        return offset;
      }
      if (byOffset_.empty()) return end;
      const auto last = std::prev(byOffset_.end());
      const std::size_t offset = last->first;
      if (offset + last->second != end) return end;
      remove(last);
      return offset;  // the last gap grows beyond the end
    }

   private:
    using ByOffset = std::map<std::size_t, std::size_t>;  // offset: bytes

    void insert(std::size_t offset, std::size_t bytes) {
      byOffset_.emplace(offset, bytes);
      bySize_.emplace(bytes, offset);
    }

    ByOffset::iterator remove(ByOffset::iterator gap) {
      bySize_.erase({gap->second, gap->first});
      return byOffset_.erase(gap);
    }

    ByOffset byOffset_;
    std::set<std::pair<std::size_t, std::size_t>> bySize_;  // bytes, offset
  };

  std::size_t& offsetOf(const Lifetime& lifetime) { return graph_.at(lifetime.slot).offset; }

  /// False once the arena is larger than any machine's memory, where a sum of more such sizes could
  /// wrap: the plan will be refused.
  bool put(const Lifetime& lifetime, std::size_t offset) {
    offsetOf(lifetime) = offset;
    graph_.arenaBytes = std::max(graph_.arenaBytes, offset + lifetime.bytes);
    return graph_.arenaBytes <= kEndless;
  }

  Graph& graph_;
  Gaps gaps_;
};

}  // namespace

void planMemory(Graph& graph) {
  std::vector<Lifetime> lifetimes = lifetimesOf(graph);
  Arena arena(graph);
  if (lifetimes.size() <= kMostBySize) {
    arena.placeBySize(std::move(lifetimes));
  } else {
    arena.placeByTime(std::move(lifetimes));
  }
}

}  // namespace nabla::passes
