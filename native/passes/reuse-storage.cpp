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
    for (std::size_t k = 0; k < step.inputs.size(); k++) {
      const std::int64_t slices = readSlices(graph, step, static_cast<int>(k));
      touch(step.inputs[k], index, step.phase, slices);
    }
    for (int slot : step.outputs) touch(slot, index, step.phase, writtenSlices(graph, step));
  }
  return all;
}

/// True if the kernel may write its output over an input of the same shape and dtype: see the rule
/// in kernels.hpp.
bool worksInPlace(const Step& step) {
  const Op op = static_cast<Op>(step.op);
  return op >= Op::neg && op <= Op::minimum;
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
  return worksInPlace(step) && isInputAlike(graph, step, storage.root);
}

void moveIn(Graph& graph, int tenant, int root) {
  for (Slot& slot : graph.slots) {
    if (slot.root == tenant) slot.root = root;
  }
}

}  // namespace

void reuseStorage(Graph& graph) {
  const std::vector<Touches> touches = touchesOf(graph);
  std::vector<Storage> storages;
  for (std::size_t i = 0; i < graph.steps.size(); i++) {
    const Step& step = graph.steps[i];
    if (step.outputs.empty()) continue;
    const int root = graph.at(step.outputs[0]).root;
    const Slot& slot = graph.at(root);
    const Touches& own = touches[static_cast<std::size_t>(root)];
    if (slot.kind != SlotKind::Temp || slot.isOutput || !own.isPrivate) continue;
    const std::size_t bytes = slot.view.bytes();
    const int index = static_cast<int>(i);
    const auto found = std::find_if(storages.begin(), storages.end(), [&](const Storage& storage) {
      return canMoveIn(graph, step, index, own, bytes, storage);
    });
    if (found == storages.end()) {
      storages.push_back({root, own.phase, own.slices, bytes, own.last});
    } else {
      moveIn(graph, root, found->root);
      found->free = own.last;
    }
  }
}

}  // namespace nabla::passes
