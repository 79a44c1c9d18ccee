#include <string>
#include <vector>

#include "passes/passes.hpp"
#include "passes/uses.hpp"

namespace nabla::passes {
namespace {

const KnownOp kCrossentropy("sparseCrossentropyLogits"),
    kCrossentropyGrad("sparseCrossentropyLogitsGrad"), kSoftmax("softmax"),
    kSoftmaxCrossentropy("softmaxCrossentropy"),
    kSoftmaxCrossentropyGrad("softmaxCrossentropyGrad");

std::size_t index(int i) { return static_cast<std::size_t>(i); }

/// Merges what is computed of the same logits: their softmax, the loss and its gradient.
class Merger {
 public:
  explicit Merger(Graph& graph) : graph_(graph), uses_(graph), dropped_(graph.steps.size()) {}

  void run() {
    for (int i = 0; i < count(); i++) {
      if (is(at(i), kCrossentropy) && at(i).predicate < 0) giveProbabilities(i);
    }
    for (int i = 0; i < count(); i++) {
      if (is(at(i), kCrossentropyGrad)) takeProbabilities(i);
    }
    keepSteps(graph_, dropped_);
  }

 private:
  /// The loss gives the probabilities too, for those who read the softmax, or for its gradient.
  void giveProbabilities(int place) {
    const int logits = at(place).inputs[0], softmax = softmaxOf(logits, place);
    int p;
    if (softmax < 0) {
      if (!hasGradient(logits, place)) return;
      p = graph_.addTemp(graph_.at(logits).view);
      noteFusion(graph_, std::string(kCrossentropy.name()) + " -> " + kSoftmaxCrossentropy.name());
    } else {
      p = at(softmax).outputs[0];
      const StepList readers = uses_.readersOf(p);
      if (!is(at(softmax), kSoftmax) || (!readers.empty() && readers.front() < place)) return;
      noteFusion(graph_, at(softmax), at(place), kSoftmaxCrossentropy);
      dropped_[index(softmax)] = true;
    }
    Step& loss = at(place);
    loss.op = kSoftmaxCrossentropy.number();
    loss.outputs.insert(loss.outputs.begin(), p);
  }

  /// The gradient is taken from the probabilities if there are any.
  void takeProbabilities(int place) {
    const int source = softmaxOf(at(place).inputs[1], place);
    if (source < 0) return;
    noteFusion(graph_, at(source), at(place), kSoftmaxCrossentropyGrad);
    at(place).op = kSoftmaxCrossentropyGrad.number();
    at(place).inputs[1] = at(source).outputs[0];
  }

  /// The step before `place` that gives the softmax of these very logits; -1 if there is none.
  int softmaxOf(int logits, int place) const {
    for (int i : uses_.readersOf(logits)) {
      const Step& step = graph_.steps[index(i)];
      const bool gives = is(step, kSoftmax) || is(step, kSoftmaxCrossentropy);
      if (i >= place || dropped_[index(i)] || !gives || step.predicate >= 0) continue;
      if (isSame(step.inputs[0], logits, i, place)) return i;
    }
    return -1;
  }

  bool hasGradient(int logits, int place) const {
    for (int i : uses_.readersOf(logits)) {
      const Step& step = graph_.steps[index(i)];
      if (i <= place || !is(step, kCrossentropyGrad)) continue;
      if (isSame(step.inputs[1], logits, place, i)) return true;
    }
    return false;
  }

  /// Whether two slots of one storage hold the same logits at two steps.
  bool isSame(int a, int b, int first, int last) const {
    return sameShape(graph_.at(a).view, graph_.at(b).view) &&
           !uses_.isUpdatedBetween(a, first, last);
  }

  int count() const { return static_cast<int>(graph_.steps.size()); }
  Step& at(int step) { return graph_.steps[index(step)]; }

  Graph& graph_;
  const Uses uses_;
  std::vector<bool> dropped_;
};

}  // namespace

void fuseSoftmaxCrossentropy(Graph& graph) {
  if (hasAny(graph, {&kCrossentropy, &kCrossentropyGrad})) Merger(graph).run();
}

}  // namespace nabla::passes
