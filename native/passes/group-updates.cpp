#include <algorithm>
#include <string>

#include "passes/passes.hpp"
#include "passes/uses.hpp"
#include "table/dispatch.hpp"
#include "table/grouped-updates.hpp"

namespace nabla::passes {
namespace {

const GroupedUpdate* updateOf(const Step& step) {
  for (const GroupedUpdate& update : kGroupedUpdates) {
    if (is(step, update.single)) return &update;
  }
  return nullptr;
}

bool contains(const std::vector<int>& roots, int root) {
  return std::find(roots.begin(), roots.end(), root) != roots.end();
}

/// Storages that steps read and write.
struct Touched {
  std::vector<int> read, written;

  void add(const Graph& graph, const Step& step) {
    const int writes = Graph::writesOf(step);
    for (std::size_t i = 0; i < step.inputs.size(); i++) {
      const int root = graph.at(step.inputs[i]).root;
      (static_cast<int>(i) < writes ? written : read).push_back(root);
    }
    for (int slot : step.outputs) written.push_back(graph.at(slot).root);
  }

  /// True if steps of one side may not change places with those of the other.
  bool conflictsWith(const Touched& other) const {
    auto meets = [](const std::vector<int>& a, const std::vector<int>& b) {
      return std::any_of(a.begin(), a.end(), [&b](int root) { return contains(b, root); });
    };
    return meets(written, other.written) || meets(written, other.read) ||
           meets(read, other.written);
  }
};

/// True if both do the same to different weights of one dtype.
bool isAlike(const Graph& graph, const GroupedUpdate& update, const Step& a, const Step& b) {
  if (a.op != b.op || a.attrs != b.attrs) return false;
  const auto own = static_cast<std::ptrdiff_t>(update.roles());
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
    Touched own;
    own.add(graph, graph.steps[i]);
    // Members move behind this step, which must not mind.
    if (own.conflictsWith(members)) break;
    if (!isAlike(graph, update, graph.steps[first], graph.steps[i])) continue;
    group.push_back(i);
    members.add(graph, graph.steps[i]);
  }
  return group;
}

Step merge(const Graph& graph, const GroupedUpdate& update, const std::vector<std::size_t>& group) {
  const Step& model = graph.steps[group[0]];
  Step merged;
  merged.op = static_cast<int>(update.grouped);
  merged.attrs = model.attrs;
  for (std::size_t role = 0; role < static_cast<std::size_t>(update.roles()); role++) {
    for (std::size_t member : group) merged.inputs.push_back(graph.steps[member].inputs[role]);
  }
  merged.inputs.insert(merged.inputs.end(), model.inputs.end() - update.shared, model.inputs.end());
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
    noteFusion(graph, std::string(opRow(static_cast<int>(update->single)).name) + " of " +
                          std::to_string(group.size()) + " weights -> " +
                          opRow(static_cast<int>(update->grouped)).name);
    Step merged = merge(graph, *update, group);
    for (std::size_t member : group) dropped[member] = true;
    graph.steps[group.back()] = std::move(merged);
    dropped[group.back()] = false;
  }
  keepSteps(graph, dropped);
}

}  // namespace nabla::passes
