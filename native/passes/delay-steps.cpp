#include <algorithm>
#include <vector>

#include "passes/passes.hpp"
#include "plan/chain.hpp"
#include "plan/partition.hpp"

namespace nabla::passes {
namespace {

/// The earliest of later touches of a storage that are cut alike.
struct Touch {
  int phase;
  std::int64_t slices;
  const Step* by;
};

/// What steps behind the one that is looked at do with each storage.
class Later {
 public:
  explicit Later(std::size_t slots) : reads_(slots), writes_(slots) {}

  const std::vector<Touch>& reads(int root) const { return reads_[static_cast<std::size_t>(root)]; }
  const std::vector<Touch>& writes(int root) const {
    return writes_[static_cast<std::size_t>(root)];
  }
  void read(int root, const Touch& touch) { note(reads_[static_cast<std::size_t>(root)], touch); }
  void write(int root, const Touch& touch) { note(writes_[static_cast<std::size_t>(root)], touch); }

 private:
  static void note(std::vector<Touch>& touches, const Touch& touch) {
    for (Touch& known : touches) {
      if (known.slices != touch.slices) continue;
      if (touch.phase <= known.phase) known = touch;
      return;
    }
    touches.push_back(touch);
  }

  std::vector<std::vector<Touch>> reads_, writes_;  // by root
};

class Delayer {
 public:
  explicit Delayer(Graph& graph) : graph_(graph), later_(graph.slots.size()) {}

  void run() {
    for (auto step = graph_.steps.rbegin(); step != graph_.steps.rend(); ++step) {
      const StepSlices slices(graph_, *step);
      if (step->row().isElementwise) delay(*step, slices);
      note(*step, slices);
    }
  }

 private:
  int rootOf(int slot) const { return graph_.at(slot).root; }

  /// Moves the step to the last phase that it may have, if that lets it join a chain.
  void delay(Step& step, const StepSlices& slices) const {
    int last = -1;
    bool joins = false;
    auto meet = [&](const std::vector<Touch>& touches, std::int64_t own) {
      for (const Touch& touch : touches) {
        const bool agree = own != kWhole && own == touch.slices;
        const int phase = agree ? touch.phase : touch.phase - 1;
        if (last < 0 || phase < last) joins = false;
        if (last < 0 || phase <= last) joins = joins || (agree && joinsChain(step, *touch.by));
        last = last < 0 ? phase : std::min(last, phase);
      }
    };
    for (std::size_t i = 0; i < step.inputs.size(); i++) {
      const int root = rootOf(step.inputs[i]);
      meet(later_.writes(root), slices.inputs[i]);
      if (step.writes(i)) meet(later_.reads(root), slices.inputs[i]);
    }
    if (step.predicate >= 0) meet(later_.writes(rootOf(step.predicate)), kWhole);
    for (std::size_t i = 0; i < step.outputs.size(); i++) {
      meet(later_.reads(rootOf(step.outputs[i])), slices.outputs[i]);
      meet(later_.writes(rootOf(step.outputs[i])), slices.outputs[i]);
    }
    if (joins && last > step.phase) step.phase = last;
  }

  bool joinsChain(const Step& step, const Step& other) const {
    return other.row().isElementwise && step.predicate == other.predicate &&
           sameShape(graph_.at(targetOf(step)).view, graph_.at(targetOf(other)).view);
  }

  void note(const Step& step, const StepSlices& slices) {
    for (std::size_t i = 0; i < step.inputs.size(); i++) {
      const Touch touch{step.phase, slices.inputs[i], &step};
      later_.read(rootOf(step.inputs[i]), touch);
      if (step.writes(i)) later_.write(rootOf(step.inputs[i]), touch);
    }
    if (step.predicate >= 0) later_.read(rootOf(step.predicate), {step.phase, kWhole, &step});
    for (std::size_t i = 0; i < step.outputs.size(); i++) {
      later_.write(rootOf(step.outputs[i]), {step.phase, slices.outputs[i], &step});
    }
  }

  Graph& graph_;
  Later later_;
};

}  // namespace

void delaySteps(Graph& graph) { Delayer(graph).run(); }

}  // namespace nabla::passes
