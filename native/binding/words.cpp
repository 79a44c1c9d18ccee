#include "binding/words.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "table/registry.hpp"

namespace nabla {
namespace {

constexpr int kMany = 1 << 24;                     // more slots or steps than any plan has
constexpr double kMaxElements = 35184372088832.0;  // 2^45: their bytes still fit an int64

bool readSlots(Words& words, const Handles& handles, Graph& graph) {
  const int count = words.integer(0, kMany);
  graph.slots.reserve(words.atMost(count));
  for (int i = 0; i < count && !words.bad(); i++) {
    Slot slot;
    slot.kind = static_cast<SlotKind>(words.integer(0, 3));
    const int which = words.integer(-1, kMany);
    slot.view = viewOf(words.type());
    slot.root = i;
    if (slot.kind == SlotKind::Input) slot.input = which;
    if (slot.kind == SlotKind::Input && (which < 0 || which >= graph.inputCount)) return false;
    if (slot.kind == SlotKind::Held || slot.kind == SlotKind::Variable) {
      const View* held = handles.find(which);
      if (held == nullptr || !sameType(*held, slot.view)) return false;
      slot.buffer = handles.bufferOf(which);
    }
    graph.slots.push_back(std::move(slot));
  }
  return !words.bad();
}

std::vector<int> readSlotNumbers(Words& words, const Graph& graph, int count) {
  std::vector<int> numbers;
  numbers.reserve(words.atMost(count));
  for (int i = 0; i < count && !words.bad(); i++) {
    numbers.push_back(words.integer(0, static_cast<int>(graph.slots.size()) - 1));
  }
  return numbers;
}

/// Only Variables are written in place, only temporaries are written as outputs; what may not run
/// has no outputs, which others would miss.
bool mayStand(const Graph& graph, const Step& step) {
  for (std::size_t i = 0; i < step.inputs.size(); i++) {
    if (step.writes(i) && graph.at(step.inputs[i]).kind != SlotKind::Variable) return false;
  }
  for (int slot : step.outputs) {
    if (graph.at(slot).kind != SlotKind::Temp) return false;
  }
  if (step.predicate < 0) return true;
  return graph.at(step.predicate).view.rank == 0 && step.outputs.empty();
}

bool readSteps(Words& words, Graph& graph) {
  const int count = words.integer(0, kMany);
  graph.steps.reserve(words.atMost(count));
  for (int i = 0; i < count && !words.bad(); i++) {
    Step step;
    step.op = words.integer(0, recordedOpCount() - 1);
    step.predicate = words.integer(-1, static_cast<int>(graph.slots.size()) - 1);
    const int nIn = words.integer(0, kMany);
    const int nOut = words.integer(0, kMaxOutputs);
    step.inputs = readSlotNumbers(words, graph, nIn);
    step.outputs = readSlotNumbers(words, graph, nOut);
    const OpRow& row = step.row();
    step.attrs.resize(static_cast<std::size_t>(row.attributeCount));
    for (Attribute& attribute : step.attrs) words.attribute(attribute);
    if (words.bad() || !row.takes(nIn) || !mayStand(graph, step)) return false;
    graph.steps.push_back(std::move(step));
  }
  return !words.bad();
}

/// Every argument has one slot.
bool bindsEachInput(const Graph& graph) {
  std::vector<bool> bound(static_cast<std::size_t>(graph.inputCount));
  for (const Slot& slot : graph.slots) {
    if (slot.kind != SlotKind::Input) continue;
    const auto input = static_cast<std::size_t>(slot.input);
    if (bound[input]) return false;
    bound[input] = true;
  }
  return std::find(bound.begin(), bound.end(), false) == bound.end();
}

/// A Variable's storage has one slot: passes tell storages apart by their slots.
bool separatesVariables(const Graph& graph) {
  std::vector<std::pair<const Buffer*, bool>> known;  // and whether it is a Variable's
  for (const Slot& slot : graph.slots) {
    if (slot.buffer) known.emplace_back(slot.buffer.get(), slot.kind == SlotKind::Variable);
  }
  std::sort(known.begin(), known.end());
  // A Variable stands behind what else has its storage.
  return std::adjacent_find(known.begin(), known.end(), [](const auto& a, const auto& b) {
           return a.first == b.first && b.second;
         }) == known.end();
}

/// Every temporary is written exactly once before it is read; nothing else is returned.
bool isWellFormed(const Graph& graph) {
  std::vector<bool> known(graph.slots.size());
  for (std::size_t i = 0; i < graph.slots.size(); i++) {
    known[i] = graph.slots[i].kind != SlotKind::Temp;
  }
  for (const Step& step : graph.steps) {
    bool isKnown = true;
    step.forReads([&](int slot) { isKnown = isKnown && known[static_cast<std::size_t>(slot)]; });
    if (!isKnown) return false;
    for (int slot : step.outputs) {
      if (known[static_cast<std::size_t>(slot)]) return false;
      known[static_cast<std::size_t>(slot)] = true;
    }
  }
  for (int slot : graph.outputs) {
    if (graph.at(slot).kind != SlotKind::Temp || !known[static_cast<std::size_t>(slot)]) {
      return false;
    }
  }
  return bindsEachInput(graph) && separatesVariables(graph);
}

}  // namespace

int Words::integer(int low, int high) {
  const double value = number();
  const int whole = value >= low && value <= high ? static_cast<int>(value) : low;
  if (whole != value) bad_ = true;
  return whole;
}

double Words::number() {
  if (bad_ || next_ >= size_) {
    bad_ = true;
    return 0;
  }
  return data_[next_++];
}

Type Words::type(bool allowsUnknown) {
  Type type;
  type.dtype = static_cast<DType>(integer(0, kDTypeCount - 1));
  type.rank = integer(0, kMaxRank);
  double product = 1;  // of the dims that are not 0: kernels multiply some without the others
  for (int axis = 0; axis < type.rank; axis++) {
    const double dim = number();
    const bool isUnknown = allowsUnknown && dim == kUnknown;
    product *= dim > 0 ? dim : 1;
    if (!((dim >= 0 && product <= kMaxElements) || isUnknown) || dim != std::floor(dim)) {
      bad_ = true;
      return Type{};
    }
    type.dims[axis] = static_cast<std::int64_t>(dim);
  }
  return type;
}

void Words::attribute(Attribute& attribute) {
  attribute.count = integer(kNotGiven, kMaxRank);
  for (int i = 0; i < attribute.count; i++) attribute.values[i] = number();
}

bool readGraph(Words words, const Handles& handles, Graph& graph) {
  graph.inputCount = words.integer(0, kMany);
  const bool read = readSlots(words, handles, graph) && readSteps(words, graph);
  if (read) graph.outputs = readSlotNumbers(words, graph, words.integer(0, kMany));
  return read && !words.bad() && isWellFormed(graph);
}

}  // namespace nabla
