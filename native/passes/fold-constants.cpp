#include <utility>

#include "passes/passes.hpp"
#include "passes/uses.hpp"
#include "run/eager.hpp"

namespace nabla::passes {
namespace {

/// Larger constants cost more cache than the step costs time.
constexpr std::int64_t kMaxElements = 4096;

/// Random draws read a Variable, so what is left has one result for ever.
bool isConstant(const Graph& graph, const Step& step, const std::vector<bool>& isReturned) {
  if (step.writesAny() || step.row().indexCheck.what != nullptr) return false;
  for (int slot : step.outputs) {
    if (isReturned[static_cast<std::size_t>(graph.at(slot).root)] ||
        graph.at(slot).view.size > kMaxElements)
      return false;
  }
  for (int slot : step.inputs) {
    if (graph.rootOf(slot).kind != SlotKind::Held) return false;
  }
  return true;
}

/// A buffer for each output of a step; none if memory is out.
std::vector<BufferRef> buffersFor(const Graph& graph, const Step& step) {
  std::vector<BufferRef> buffers;
  for (int slot : step.outputs) {
    buffers.push_back(BufferRef::allocate(graph.at(slot).view.bytes()));
    if (!buffers.back()) return {};
  }
  return buffers;
}

/// Runs the step into buffers of their own; false when it cannot run, which building the plan will
/// report.
bool compute(Graph& graph, const Step& step) {
  std::vector<BufferRef> buffers = buffersFor(graph, step);
  if (buffers.size() != step.outputs.size()) return false;
  std::vector<View> views;
  for (int slot : step.inputs) {
    views.push_back(graph.at(slot).view);
    views.back().data = graph.rootOf(slot).buffer.data();
  }
  for (std::size_t i = 0; i < buffers.size(); i++) {
    views.push_back(graph.at(step.outputs[i]).view);
    views.back().data = buffers[i].data();
  }
  std::vector<const View*> all;
  for (const View& view : views) all.push_back(&view);
  const std::size_t nIn = step.inputs.size();
  const Operands operands{all.data(), all.data() + nIn, step.attrs.data(), static_cast<int>(nIn),
                          static_cast<int>(buffers.size())};
  std::string error;
  if (!runStepNow(step.row(), operands, error)) return false;
  for (std::size_t i = 0; i < buffers.size(); i++) {
    Slot& target = graph.rootOf(step.outputs[i]);
    target.kind = SlotKind::Held;
    target.buffer = std::move(buffers[i]);
  }
  return true;
}

}  // namespace

void foldConstants(Graph& graph) {
  const std::vector<bool> isReturned = graph.returnedRoots();
  std::vector<bool> dropped(graph.steps.size());
  for (std::size_t i = 0; i < graph.steps.size(); i++) {
    const Step& step = graph.steps[i];
    dropped[i] = isConstant(graph, step, isReturned) && compute(graph, step);
  }
  keepSteps(graph, dropped);
}

}  // namespace nabla::passes
