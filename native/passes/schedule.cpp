#include <algorithm>

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
  explicit History(std::size_t slots) : written_(slots), read_(slots) {}

  int phaseToRead(int root, std::int64_t slices) const {
    return after(written_[static_cast<std::size_t>(root)], slices);
  }

  int phaseToWrite(int root, std::int64_t slices) const {
    const auto i = static_cast<std::size_t>(root);
    return std::max(after(written_[i], slices), after(read_[i], slices));
  }

  void read(int root, Access access) { note(read_[static_cast<std::size_t>(root)], access); }
  void write(int root, Access access) { note(written_[static_cast<std::size_t>(root)], access); }

 private:
  using Accesses = std::vector<Access>;

  static int after(const Accesses& accesses, std::int64_t slices) {
    int phase = 0;
    for (const Access& access : accesses) phase = std::max(phase, phaseAfter(access, slices));
    return phase;
  }

  /// Of accesses cut alike the latest is enough.
  static void note(Accesses& accesses, Access access) {
    for (Access& known : accesses) {
      if (known.slices != access.slices) continue;
      known.phase = std::max(known.phase, access.phase);
      return;
    }
    accesses.push_back(access);
  }

  std::vector<Accesses> written_, read_;
};

class Scheduler {
 public:
  explicit Scheduler(const Graph& graph) : graph_(graph), history_(graph.slots.size()) {}

  void place(Step& step) {
    const StepSlices slices(graph_, step);
    step.phase = 0;
    for (std::size_t i = 0; i < step.inputs.size(); i++) {
      const int root = rootOf(step.inputs[i]);
      atLeast(step, history_.phaseToRead(root, slices.inputs[i]));
      if (step.writes(i)) atLeast(step, history_.phaseToWrite(root, slices.inputs[i]));
    }
    // Nobody writes it in the phase where all parts read it: they agree.
    if (step.predicate >= 0) atLeast(step, history_.phaseToRead(rootOf(step.predicate), kWhole));
    // No Variable is written before the labels of earlier steps were found in range.
    if (step.writesAny()) atLeast(step, firstWritePhase_);
    if (graph_.isCheckedWhenRun(step)) {
      firstWritePhase_ = std::max(firstWritePhase_, step.phase + 1);
    }
    noteAccesses(step, slices);
  }

 private:
  static void atLeast(Step& step, int phase) { step.phase = std::max(step.phase, phase); }

  int rootOf(int slot) const { return graph_.at(slot).root; }

  void noteAccesses(const Step& step, const StepSlices& slices) {
    for (std::size_t i = 0; i < step.inputs.size(); i++) {
      history_.read(rootOf(step.inputs[i]), {step.phase, slices.inputs[i]});
      if (step.writes(i)) history_.write(rootOf(step.inputs[i]), {step.phase, slices.inputs[i]});
    }
    if (step.predicate >= 0) history_.read(rootOf(step.predicate), {step.phase, kWhole});
    for (std::size_t i = 0; i < step.outputs.size(); i++) {
      history_.write(rootOf(step.outputs[i]), {step.phase, slices.outputs[i]});
    }
  }

  const Graph& graph_;
  History history_;
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
