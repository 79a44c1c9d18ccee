#include <algorithm>
#include <vector>

#include "passes/lists-by-root.hpp"
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
  explicit Later(std::size_t slots) : reads_(slots, 2 * slots), writes_(slots, slots) {}

  template <typename F>
  void forReads(int root, F f) const {
    reads_.forEach(root, f);
  }
  template <typename F>
  void forWrites(int root, F f) const {
    writes_.forEach(root, f);
  }
  void read(int root, const Touch& touch) { note(reads_, root, touch); }
  void write(int root, const Touch& touch) { note(writes_, root, touch); }

 private:
  static void note(ListsByRoot<Touch>& touches, int root, const Touch& touch) {
    const auto isAlike = [&](const Touch& other) { return other.slices == touch.slices; };
    Touch* known = touches.find(root, isAlike);
    if (known == nullptr) return touches.add(root, touch);
    if (touch.phase <= known->phase) *known = touch;
  }

  ListsByRoot<Touch> reads_, writes_;
};

class Delayer {
 public:
  explicit Delayer(Graph& graph)
      : graph_(graph), later_(graph.slots.size()), users_(graph.slots.size()) {
    for (const Step& step : graph.steps) {
      if (!step.row().isElementwise) continue;
      for (int slot : step.inputs) noteUser(step, slot);
      for (int slot : step.outputs) noteUser(step, slot);
    }
  }

  void run() {
    StepSlices slices;
    for (auto step = graph_.steps.rbegin(); step != graph_.steps.rend(); ++step) {
      slices.cut(graph_, *step);
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
    auto meet = [&](const Touch& touch, std::int64_t own) {
      const bool agree = own != kWhole && own == touch.slices;
      const int phase = agree ? touch.phase : touch.phase - 1;
      if (last < 0 || phase < last) joins = false;
      if (last < 0 || phase <= last) joins = joins || (agree && joinsChain(step, *touch.by));
      last = last < 0 ? phase : std::min(last, phase);
    };
    auto meetReads = [&](int slot, std::int64_t own) {
      later_.forReads(rootOf(slot), [&](const Touch& touch) { meet(touch, own); });
    };
    auto meetWrites = [&](int slot, std::int64_t own) {
      later_.forWrites(rootOf(slot), [&](const Touch& touch) { meet(touch, own); });
    };
    for (std::size_t i = 0; i < step.inputs.size(); i++) {
      meetWrites(step.inputs[i], slices.inputs[i]);
      if (step.writes(i)) meetReads(step.inputs[i], slices.inputs[i]);
    }
    if (step.predicate >= 0) meetWrites(step.predicate, kWhole);
    for (std::size_t i = 0; i < step.outputs.size(); i++) {
      meetReads(step.outputs[i], slices.outputs[i]);
      meetWrites(step.outputs[i], slices.outputs[i]);
    }
    if (joins && last > step.phase) step.phase = last;
    if (last < 0) step.phase = phaseOfKin(step);
  }

  void noteUser(const Step& step, int slot) {
    constexpr std::size_t kMost = 32;  // of a storage: more are not worth the search
    std::vector<const Step*>& users = users_[static_cast<std::size_t>(rootOf(slot))];
    const bool goesAlong = graph_.at(slot).view.size == graph_.at(targetOf(step)).view.size;
    if (goesAlong && users.size() < kMost) users.push_back(&step);
  }

  /// For a step after which nothing touches what it writes: the first later phase in which a chain
  /// like its own touches what this one does, or what the steps do that are linked to it.
  int phaseOfKin(const Step& step) const {
    constexpr std::size_t kMost = 32;  // steps to look at
    int phase = step.phase;
    std::vector<const Step*> linked{&step};
    auto meet = [&](const Step* user) {
      if (!joinsChain(step, *user)) return;
      const bool isNearer = phase == step.phase || user->phase < phase;
      if (user->phase > step.phase && isNearer) phase = user->phase;
      if (user->phase != step.phase || linked.size() == kMost) return;
      if (std::find(linked.begin(), linked.end(), user) == linked.end()) linked.push_back(user);
    };
    auto meetUsers = [&](int slot) {
      for (const Step* user : users_[static_cast<std::size_t>(rootOf(slot))]) meet(user);
    };
    for (std::size_t i = 0; i < linked.size(); i++) {
      const Step& next = *linked[i];
      for (int slot : next.inputs) meetUsers(slot);
      for (int slot : next.outputs) meetUsers(slot);
    }
    return phase;
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
  std::vector<std::vector<const Step*>> users_;  // by root: steps that touch it element by element
};

}  // namespace

void delaySteps(Graph& graph) {
  const auto elementwise = std::count_if(graph.steps.begin(), graph.steps.end(),
                                         [](const Step& step) { return step.row().isElementwise; });
  if (elementwise > 1) Delayer(graph).run();  // one alone makes no chain
}

}  // namespace nabla::passes
