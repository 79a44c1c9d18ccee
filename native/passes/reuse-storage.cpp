#include <algorithm>
#include <map>
#include <tuple>

#include "passes/passes.hpp"
#include "passes/uses.hpp"
#include "plan/partition.hpp"

namespace nabla::passes {
namespace {

/// All touches of one storage, as far as they agree.
struct Touches {
  int first = -1, last = -1;  // steps
  int phase = -1;
  std::int64_t slices = 0;
  bool isPrivate = true;  // one phase, cut alike by every step: a part sees its own slices alone
};

std::vector<Touches> touchesOf(const Graph& graph) {
  std::vector<Touches> all(graph.slots.size());  // by root
  auto touch = [&](int slot, int step, int phase, std::int64_t slices) {
    Touches& touches = all[static_cast<std::size_t>(graph.at(slot).root)];
    if (touches.first < 0) touches = {step, step, phase, slices, slices != kWhole};
    if (touches.phase != phase || touches.slices != slices) touches.isPrivate = false;
    touches.last = step;
  };
  StepSlices slices;
  for (std::size_t i = 0; i < graph.steps.size(); i++) {
    const Step& step = graph.steps[i];
    const int index = static_cast<int>(i);
    slices.cut(graph, step);
    for (std::size_t k = 0; k < step.inputs.size(); k++) {
      touch(step.inputs[k], index, step.phase, slices.inputs[k]);
    }
    if (step.predicate >= 0) touch(step.predicate, index, step.phase, kWhole);
    for (std::size_t k = 0; k < step.outputs.size(); k++) {
      touch(step.outputs[k], index, step.phase, slices.outputs[k]);
    }
  }
  return all;
}

/// What a storage must have in common with one that moves in.
struct Kind {
  int phase;
  int chain;
  std::int64_t slices;
  std::size_t bytes;

  bool operator<(const Kind& other) const {
    return std::tie(phase, chain, slices, bytes) <
           std::tie(other.phase, other.chain, other.slices, other.bytes);
  }
};

/// Storages of one kind: roots, by the step that reads them last.
using Storages = std::multimap<int, int>;

/// Lets temporaries move into storages that are not read any more.
class Mover {
 public:
  explicit Mover(Graph& graph)
      : graph_(graph), touches_(touchesOf(graph)), home_(graph.slots.size()) {
    for (std::size_t i = 0; i < home_.size(); i++) home_[i] = static_cast<int>(i);
  }

  void run() {
    for (std::size_t i = 0; i < graph_.steps.size(); i++) {
      for (int slot : graph_.steps[i].outputs) place(slot, static_cast<int>(i));
    }
    for (Slot& slot : graph_.slots) slot.root = homeOf(slot.root);
  }

 private:
  int& homeOf(int root) { return home_[static_cast<std::size_t>(root)]; }

  /// Finds a place for the output `slot` of step `index` among the storages that are free by then:
  /// that which was read last, since caches still hold it.
  void place(int slot, int index) {
    const int root = graph_.at(slot).root;
    const Slot& storage = graph_.at(root);
    const Touches& own = touches_[static_cast<std::size_t>(root)];
    if (storage.kind != SlotKind::Temp || storage.isOutput || !own.isPrivate) return;
    Storages& storages = storages_[{own.phase, storage.chain, own.slices, storage.view.bytes()}];
    for (auto next = storages.upper_bound(index); next != storages.begin();) {
      --next;
      if (next->first == index && !canWorkIn(next->second, index)) continue;
      homeOf(root) = next->second;
      storages.erase(next);
      break;
    }
    if (!storage.isStretched) storages.emplace(own.last, homeOf(root));
  }

  /// True if step `index` may write its result where its operands with storage `root` stand.
  bool canWorkIn(int root, int index) {
    const Step& step = graph_.steps[static_cast<std::size_t>(index)];
    const View& y = graph_.at(step.outputs[0]).view;
    return step.row().worksInPlace &&
           std::all_of(step.inputs.begin(), step.inputs.end(), [&](int slot) {
             return homeOf(graph_.at(slot).root) != root || sameType(graph_.at(slot).view, y);
           });
  }

  Graph& graph_;
  const std::vector<Touches> touches_;
  std::vector<int> home_;  // by root: that of the storage into which it moved; itself if none
  std::map<Kind, Storages> storages_;
};

}  // namespace

void reuseStorage(Graph& graph) { Mover(graph).run(); }

}  // namespace nabla::passes
