#include <algorithm>

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
  for (std::size_t i = 0; i < graph.steps.size(); i++) {
    const Step& step = graph.steps[i];
    const int index = static_cast<int>(i);
    const StepSlices slices(graph, step);
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

/// A storage that was last read by step `free`; another temporary may move in.
struct Storage {
  int root;
  int phase;
  std::int64_t slices;
  std::size_t bytes;
  int free;
};

bool isInputAlike(const Graph& graph, const Step& step, int root) {
  const View& y = graph.at(step.outputs[0]).view;
  for (int slot : step.inputs) {
    if (graph.at(slot).root != root) continue;
    if (!sameShape(graph.at(slot).view, y) || graph.at(slot).view.dtype != y.dtype) return false;
  }
  return true;
}

bool canMoveIn(const Graph& graph, const Step& step, int index, const Touches& touches,
               std::size_t bytes, const Storage& storage) {
  if (storage.phase != touches.phase || storage.slices != touches.slices) return false;
  if (storage.bytes != bytes || storage.free > index) return false;
  if (storage.free < index) return true;
  return step.row().worksInPlace && isInputAlike(graph, step, storage.root);
}

void moveIn(Graph& graph, int tenant, int root) {
  for (Slot& slot : graph.slots) {
    if (slot.root == tenant) slot.root = root;
  }
}

/// Finds a place for the output `slot` of step `index` among the storages that are free by then.
void place(Graph& graph, int slot, int index, const Touches& own, std::vector<Storage>& storages) {
  const Step& step = graph.steps[static_cast<std::size_t>(index)];
  const int root = graph.at(slot).root;
  const Slot& storage = graph.at(root);
  if (storage.kind != SlotKind::Temp || storage.isOutput || !own.isPrivate) return;
  const std::size_t bytes = storage.view.bytes();
  const auto found = std::find_if(storages.begin(), storages.end(), [&](const Storage& other) {
    return canMoveIn(graph, step, index, own, bytes, other);
  });
  if (found == storages.end()) {
    storages.push_back({root, own.phase, own.slices, bytes, own.last});
  } else {
    moveIn(graph, root, found->root);
    found->free = own.last;
  }
}

}  // namespace

void reuseStorage(Graph& graph) {
  const std::vector<Touches> touches = touchesOf(graph);
  std::vector<Storage> storages;
  for (std::size_t i = 0; i < graph.steps.size(); i++) {
    for (int slot : graph.steps[i].outputs) {
      const Touches& own = touches[static_cast<std::size_t>(graph.at(slot).root)];
      place(graph, slot, static_cast<int>(i), own, storages);
    }
  }
}

}  // namespace nabla::passes
