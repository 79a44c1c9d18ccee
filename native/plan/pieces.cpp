#include "plan/pieces.hpp"

#include <algorithm>
#include <atomic>
#include <map>

#include "plan/partition.hpp"

namespace nabla {
namespace {

// Of batches of a convolutional network, pieces of 4 to 8 MB ran fastest (on Zen 3, with 32 MB of
// L3 cache; on Zen 5 those of 1 to 6 MB were alike): smaller ones are products of few rows, larger
// ones leave the cache.
constexpr double kPieceBytes = 6e6;
constexpr double kSmallWhole =
    1e6;  // each piece reads weights anew: beyond this, pieces grow with them

std::atomic<double> pieceBytes{kPieceBytes};

/// Of one storage.
struct Touched {
  std::int64_t bytes = 0;
  bool isSliced = false, isWritten = false;
  int writer = -1;  // chain that wrote it last; -1 if that was a step of none
};

class Survey {
 public:
  explicit Survey(const Graph& graph) : graph_(graph) {}

  void add(const Step& step) {
    slices_.cut(graph_, step);
    for (std::size_t i = 0; i < step.inputs.size(); i++) {
      Touched* storage = touch(step.inputs[i], slices_.inputs[i]);
      if (storage == nullptr) continue;
      // A chain has what it wrote itself in registers, or in a block.
      const bool isOwn = step.chain >= 0 && storage->writer == step.chain;
      memory_.handsOn = memory_.handsOn || (storage->isWritten && !isOwn && slices_.inputs[i] > 1);
      if (step.writes(i)) write(*storage, step);
    }
    for (std::size_t i = 0; i < step.outputs.size(); i++) {
      Touched* storage = touch(step.outputs[i], slices_.outputs[i]);
      if (storage != nullptr) write(*storage, step);
    }
  }

  PhaseMemory total() {
    for (const auto& [root, storage] : storages_) {
      (storage.isSliced ? memory_.sliced : memory_.whole) += storage.bytes;
    }
    return memory_;
  }

 private:
  static void write(Touched& storage, const Step& step) {
    storage.isWritten = true;
    storage.writer = step.chain;
  }

  /// Null for what a chain keeps to itself.
  Touched* touch(int slot, std::int64_t slices) {
    const Slot& root = graph_.rootOf(slot);
    if (root.chain >= 0) return nullptr;
    Touched& storage = storages_[graph_.at(slot).root];
    storage.bytes = static_cast<std::int64_t>(root.view.bytes());
    storage.isSliced = storage.isSliced || slices > 1;
    return &storage;
  }

  const Graph& graph_;
  StepSlices slices_;                // of the step that is added
  std::map<int, Touched> storages_;  // by root
  PhaseMemory memory_;
};

/// Of all operands of the steps, each as often as they touch it: more than there can be in
/// storages.
double mostBytes(const Graph& graph, int begin, int end) {
  double bytes = 0;
  for (int i = begin; i < end; i++) {
    const Step& step = graph.steps[static_cast<std::size_t>(i)];
    for (int slot : step.inputs) bytes += static_cast<double>(graph.at(slot).view.bytes());
    for (int slot : step.outputs) bytes += static_cast<double>(graph.at(slot).view.bytes());
  }
  return bytes;
}

}  // namespace

PhaseMemory memoryOf(const Graph& graph, int begin, int end) {
  if (mostBytes(graph, begin, end) <= pieceBytes.load(std::memory_order_relaxed)) return {};
  Survey survey(graph);
  for (int i = begin; i < end; i++) survey.add(graph.steps[static_cast<std::size_t>(i)]);
  return survey.total();
}

int piecesFor(const PhaseMemory& memory, std::int64_t slices, int parts) {
  if (!memory.handsOn) return 1;
  const double bytes = pieceBytes.load(std::memory_order_relaxed) *
                       std::max(1.0, static_cast<double>(memory.whole) / kSmallWhole);
  const double most = static_cast<double>(slices) / parts;
  const double worth = static_cast<double>(memory.sliced) / parts / bytes;
  return std::max(1, static_cast<int>(std::min(worth, most)));
}

void setPieceBytes(double bytes) { pieceBytes.store(bytes); }

}  // namespace nabla
