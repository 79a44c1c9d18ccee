#include "plan/piece-views.hpp"

#include "plan/partition.hpp"

namespace nabla {
namespace {

/// The touches of one temporary.
struct Touches {
  int phase = -1;
  std::int64_t slices = 0;
  bool passes = true;  // all in one phase, and cut alike

  void add(int ofPhase, std::int64_t cut) {
    if (phase < 0) {
      phase = ofPhase;
      slices = cut;
    }
    passes = passes && phase == ofPhase && slices == cut && cut > 1;
  }
};

std::vector<Touches> touchesByRoot(const Graph& graph) {
  std::vector<Touches> touches(graph.slots.size());
  StepSlices slices;
  const auto add = [&](int slot, int phase, std::int64_t cut) {
    touches[static_cast<std::size_t>(graph.at(slot).root)].add(phase, cut);
  };
  for (const Step& step : graph.steps) {
    slices.cut(graph, step);
    for (std::size_t i = 0; i < step.inputs.size(); i++) {
      add(step.inputs[i], step.phase, slices.inputs[i]);
    }
    for (std::size_t i = 0; i < step.outputs.size(); i++) {
      add(step.outputs[i], step.phase, slices.outputs[i]);
    }
    if (step.predicate >= 0) add(step.predicate, step.phase, kWhole);
  }
  return touches;
}

/// Bytes from one place to another, which may lie beyond what either is part of.
void* moved(void* data, std::int64_t bytes) {
  return reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(data) +
                                 static_cast<std::uintptr_t>(bytes));
}

}  // namespace

PassingStorages passingStorages(const Graph& graph) {
  const std::vector<Touches> touches = touchesByRoot(graph);
  PassingStorages passing;
  for (std::size_t i = 0; i < touches.size(); i++) {
    const Slot& slot = graph.slots[i];
    const bool isPlaced = slot.kind == SlotKind::Temp && !slot.isOutput && slot.chain < 0;
    if (!isPlaced || touches[i].phase < 0 || !touches[i].passes) continue;
    passing[touches[i].phase].push_back({static_cast<int>(i), touches[i].slices});
  }
  return passing;
}

PieceViews::PieceViews(const Graph& graph, int begin, int end,
                       const std::vector<PassingStorage>& passing)
    : graph_(graph), begin_(begin) {
  std::map<int, std::int64_t> slicesOf;  // by root
  for (const PassingStorage& storage : passing) slicesOf[storage.root] = storage.slices;
  const auto see = [&](int slot) {
    const View& whole = graph.at(slot).view;
    const auto found = slicesOf.find(graph.at(slot).root);
    if (found != slicesOf.end()) passing_.insert({slot, {&whole, whole, found->second}});
    pointers_.push_back(&of(slot));
  };
  for (int i = begin; i < end; i++) {
    for (int slot : graph.steps[at(i)].inputs) see(slot);
    for (int slot : graph.steps[at(i)].outputs) see(slot);
  }
  const View* const* views = pointers_.data();
  for (int i = begin; i < end; i++) {
    const Step& step = graph.steps[at(i)];
    const std::size_t inputs = step.inputs.size(), outputs = step.outputs.size();
    operands_.push_back({views, views + inputs, step.attrs.data(), static_cast<int>(inputs),
                         static_cast<int>(outputs)});
    views += inputs + outputs;
  }
}

void PieceViews::moveTo(Part part, int piece, int pieces) {
  const auto beginOf = [&](std::int64_t slices, int number) {
    return rowsOf(slices, Part{part.index * pieces + number, part.count * pieces}).begin;
  };
  for (auto& [slot, passing] : passing_) {
    const std::int64_t before = beginOf(passing.slices, piece) - beginOf(passing.slices, 0);
    const auto bytes = static_cast<std::int64_t>(passing.whole->bytes());
    passing.view.data = moved(passing.whole->data, -(bytes / passing.slices * before));
  }
}

const View& PieceViews::of(int slot) const {
  const auto found = passing_.find(slot);
  return found == passing_.end() ? graph_.at(slot).view : found->second.view;
}

}  // namespace nabla
