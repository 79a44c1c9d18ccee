#include <algorithm>
#include <string>
#include <unordered_set>

#include "passes/passes.hpp"
#include "passes/uses.hpp"
#include "table/registry.hpp"

namespace nabla::passes {
namespace {

const KnownOp kSgdUpdate("sgdUpdate"), kSgdUpdates("sgdUpdates"), kMomentumUpdate("momentumUpdate"),
    kMomentumUpdates("momentumUpdates"), kAdamUpdate("adamUpdate"), kAdamUpdates("adamUpdates");

/// An update of one weight, and the one that stands for several.
struct GroupedUpdate {
  const KnownOp &single, &grouped;

  /// Inputs that all weights share; they stand first in the grouped op, last in the single one.
  int shared() const {
    const OpRow& row = opRow(grouped.number());
    return row.inputCount - row.repeated;
  }
  int ofEach() const { return opRow(grouped.number()).repeated; }
};

const GroupedUpdate kGroupedUpdates[] = {
    {kSgdUpdate, kSgdUpdates},
    {kMomentumUpdate, kMomentumUpdates},
    {kAdamUpdate, kAdamUpdates},
};

const GroupedUpdate* updateOf(const Step& step) {
  for (const GroupedUpdate& update : kGroupedUpdates) {
    if (is(step, update.single)) return &update;
  }
  return nullptr;
}

/// Storages that some steps read and write.
class Touched {
 public:
  void add(const Graph& graph, const Step& step) {
    for (std::size_t i = 0; i < step.inputs.size(); i++) {
      (step.writes(i) ? written_ : read_).insert(graph.at(step.inputs[i]).root);
    }
    if (step.predicate >= 0) read_.insert(graph.at(step.predicate).root);
    for (int slot : step.outputs) written_.insert(graph.at(slot).root);
  }

  /// True if a step may not change places with them.
  bool conflictsWith(const Graph& graph, const Step& step) const {
    for (std::size_t i = 0; i < step.inputs.size(); i++) {
      const int root = graph.at(step.inputs[i]).root;
      if (isWritten(root) || (step.writes(i) && isRead(root))) return true;
    }
    if (step.predicate >= 0 && isWritten(graph.at(step.predicate).root)) return true;
    return std::any_of(step.outputs.begin(), step.outputs.end(), [&](int slot) {
      const int root = graph.at(slot).root;
      return isWritten(root) || isRead(root);
    });
  }

 private:
  bool isRead(int root) const { return read_.count(root) > 0; }
  bool isWritten(int root) const { return written_.count(root) > 0; }

  std::unordered_set<int> read_, written_;  // roots
};

/// True if both do the same to different weights of one dtype.
bool isAlike(const Graph& graph, const GroupedUpdate& update, const Step& a, const Step& b) {
  if (a.op != b.op || a.attrs != b.attrs || a.predicate != b.predicate) return false;
  const auto own = static_cast<std::ptrdiff_t>(update.ofEach());
  return std::equal(a.inputs.begin() + own, a.inputs.end(), b.inputs.begin() + own) &&
         graph.at(a.inputs[0]).view.dtype == graph.at(b.inputs[0]).view.dtype;
}

/// The steps that can be done together with step `first`, at the place of the last of them.
std::vector<std::size_t> groupFrom(const Graph& graph, const GroupedUpdate& update,
                                   std::size_t first, const std::vector<bool>& taken) {
  std::vector<std::size_t> group{first};
  Touched members;
  members.add(graph, graph.steps[first]);
  for (std::size_t i = first + 1; i < graph.steps.size(); i++) {
    if (taken[i]) continue;
    // Members move behind this step, which must not mind.
    if (members.conflictsWith(graph, graph.steps[i])) break;
    if (!isAlike(graph, update, graph.steps[first], graph.steps[i])) continue;
    group.push_back(i);
    members.add(graph, graph.steps[i]);
  }
  return group;
}

Step merge(const Graph& graph, const GroupedUpdate& update, const std::vector<std::size_t>& group) {
  const Step& model = graph.steps[group[0]];
  Step merged;
  merged.op = update.grouped.number();
  merged.attrs = model.attrs;
  merged.predicate = model.predicate;
  merged.inputs.assign(model.inputs.end() - update.shared(), model.inputs.end());
  for (std::size_t member : group) {
    const std::vector<int>& inputs = graph.steps[member].inputs;
    merged.inputs.insert(merged.inputs.end(), inputs.begin(), inputs.begin() + update.ofEach());
  }
  return merged;
}

}  // namespace

void groupUpdates(Graph& graph) {
  std::vector<bool> dropped(graph.steps.size());
  for (std::size_t i = 0; i < graph.steps.size(); i++) {
    const GroupedUpdate* update = updateOf(graph.steps[i]);
    if (update == nullptr || dropped[i]) continue;
    const std::vector<std::size_t> group = groupFrom(graph, *update, i, dropped);
    if (group.size() < 2) continue;
    noteFusion(graph, std::string(update->single.name()) + " of " + std::to_string(group.size()) +
                          " weights -> " + update->grouped.name());
    Step merged = merge(graph, *update, group);
    for (std::size_t member : group) dropped[member] = true;
    graph.steps[group.back()] = std::move(merged);
    dropped[group.back()] = false;
  }
  keepSteps(graph, dropped);
}

}  // namespace nabla::passes
