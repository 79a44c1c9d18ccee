#include <algorithm>

#include "passes/lists-by-root.hpp"
#include "passes/passes.hpp"
#include "plan/partition.hpp"

namespace nabla::passes {
namespace {

/// One touch of a storage: in which phase, and cut into how many slices.
struct Access {
  int phase;
  std::int64_t slices;
};

/// The phase from which on a step may touch a storage so cut, after `earlier`.
int phaseAfter(const Access& earlier, std::int64_t slices) {
  const bool agree = slices != kWhole && slices == earlier.slices;
  return agree ? earlier.phase : earlier.phase + 1;
}

/// What happened to each storage so far.
class History {
 public:
  explicit History(std::size_t slots) : written_(slots, slots), read_(slots, 2 * slots) {}

  int phaseToRead(int root, std::int64_t slices) const { return after(written_, root, slices); }

  int phaseToWrite(int root, std::int64_t slices) const {
    return std::max(after(written_, root, slices), after(read_, root, slices));
  }

  void read(int root, Access access) { note(read_, root, access); }
  void write(int root, Access access) { note(written_, root, access); }

 private:
  using Accesses = ListsByRoot<Access>;

  static int after(const Accesses& accesses, int root, std::int64_t slices) {
    int phase = 0;
    accesses.forEach(
        root, [&](const Access& access) { phase = std::max(phase, phaseAfter(access, slices)); });
    return phase;
  }

  /// Of accesses cut alike the latest is enough.
  static void note(Accesses& accesses, int root, Access access) {
    const auto isAlike = [&](const Access& other) { return other.slices == access.slices; };
    Access* known = accesses.find(root, isAlike);
    if (known == nullptr) return accesses.add(root, access);
    known->phase = std::max(known->phase, access.phase);
  }

  Accesses written_, read_;
};

class Scheduler {
 public:
  explicit Scheduler(const Graph& graph) : graph_(graph), history_(graph.slots.size()) {}

  void place(Step& step) {
    slices_.cut(graph_, step);
    step.phase = 0;
    for (std::size_t i = 0; i < step.inputs.size(); i++) {
      const int root = rootOf(step.inputs[i]);
      atLeast(step, history_.phaseToRead(root, slices_.inputs[i]));
      if (step.writes(i)) atLeast(step, history_.phaseToWrite(root, slices_.inputs[i]));
    }
    // Nobody writes it in the phase where all parts read it: they agree.
    if (step.predicate >= 0) atLeast(step, history_.phaseToRead(rootOf(step.predicate), kWhole));
    // No Variable is written before the labels of earlier steps were found in range.
    if (step.writesAny()) atLeast(step, firstWritePhase_);
    if (graph_.isCheckedWhenRun(step)) {
      firstWritePhase_ = std::max(firstWritePhase_, step.phase + 1);
    }
    noteAccesses(step);
  }

 private:
  static void atLeast(Step& step, int phase) { step.phase = std::max(step.phase, phase); }

  int rootOf(int slot) const { return graph_.at(slot).root; }

  void noteAccesses(const Step& step) {
    for (std::size_t i = 0; i < step.inputs.size(); i++) {
      history_.read(rootOf(step.inputs[i]), {step.phase, slices_.inputs[i]});
      if (step.writes(i)) history_.write(rootOf(step.inputs[i]), {step.phase, slices_.inputs[i]});
    }
    if (step.predicate >= 0) history_.read(rootOf(step.predicate), {step.phase, kWhole});
    for (std::size_t i = 0; i < step.outputs.size(); i++) {
      history_.write(rootOf(step.outputs[i]), {step.phase, slices_.outputs[i]});
    }
  }

  const Graph& graph_;
  History history_;
  StepSlices slices_;  // of the step that is placed
  int firstWritePhase_ = 0;
};

}  // namespace

void schedule(Graph& graph) {
  Scheduler scheduler(graph);
  for (Step& step : graph.steps) scheduler.place(step);
}

void orderByPhase(Graph& graph) {
  std::stable_sort(graph.steps.begin(), graph.steps.end(),
                   [](const Step& a, const Step& b) { return a.phase < b.phase; });
}

}  // namespace nabla::passes
