#include "plan/listing.hpp"

#include <algorithm>
#include <sstream>

#include "table/activation.hpp"
#include "table/type-query.hpp"

namespace nabla {
namespace {

/// "phase 0: about 25 us, 2 parts", or "... of 5 pieces each"
std::string phaseLine(std::size_t number, const ListedPhase& phase) {
  std::ostringstream line;
  line.precision(2);
  line << "phase " << number << ": about " << std::fixed << phase.nanoseconds / 1000 << " us, "
       << phase.parts << (phase.parts == 1 ? " part" : " parts");
  if (phase.pieces > 1)
    line << " of " << phase.pieces << " pieces" << (phase.parts == 1 ? "" : " each");
  line << "\n";
  return line.str();
}

/// "  2 dense %6 %7 %9 {activation: relu} -> %11 float32[32, 32]  # y = ..."
std::string stepLine(const Graph& graph, std::size_t number) {
  const Step& step = graph.steps[number];
  const OpRow& row = step.row();
  std::ostringstream line;
  line << "  " << number << " " << row.name;
  for (int slot : step.inputs) line << " %" << slot;
  for (std::size_t i = 0; i < step.attrs.size(); i++) {
    const AttributeSpec& spec = row.attributes[i];
    line << (i == 0 ? " {" : ", ") << spec.name << ": " << describeAttribute(spec, step.attrs[i]);
  }
  if (!step.attrs.empty()) line << "}";
  if (step.predicate >= 0) line << " if %" << step.predicate;
  for (std::size_t i = 0; i < step.outputs.size(); i++) {
    const int slot = step.outputs[i];
    line << (i == 0 ? " -> %" : ", %") << slot << " " << describeType(graph.at(slot).view);
  }
  line << "  # " << row.doc << "\n";
  return line.str();
}

std::string placeOf(const Graph& graph, const Slot& slot) {
  const Slot& storage = graph.at(slot.root);
  switch (storage.kind) {
    case SlotKind::Input:
      return "argument " + std::to_string(storage.input);
    case SlotKind::Held:
      return "tensor";
    case SlotKind::Variable:
      return graph.isWritten(slot.root) ? "Variable, written" : "Variable";
    case SlotKind::Temp:
      break;
  }
  if (storage.isOutput) return "result";
  if (storage.chain >= 0) return "within chain " + std::to_string(storage.chain);
  return "at byte " + std::to_string(storage.offset) + " of the arena";
}

/// "  %6 float32[32, 784], 100352 bytes, at byte 0 of the arena"
std::string bufferLines(const Graph& graph) {
  std::vector<int> used = graph.outputs;
  for (const Step& step : graph.steps) {
    step.forReads([&](int slot) { used.push_back(slot); });
    used.insert(used.end(), step.outputs.begin(), step.outputs.end());
  }
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  std::string text;
  for (int number : used) {
    const Slot& slot = graph.at(number);
    text += "  %" + std::to_string(number) + " " + describeType(slot.view) + ", " +
            std::to_string(slot.view.bytes()) + " bytes, " + placeOf(graph, slot) + "\n";
  }
  return text;
}

/// "  dense + relu -> dense, 3 times", in the order in which they were made.
std::string fusionLines(const Graph& graph) {
  std::vector<std::string> distinct;
  for (const std::string& fusion : graph.fusions) {
    if (std::find(distinct.begin(), distinct.end(), fusion) == distinct.end()) {
      distinct.push_back(fusion);
    }
  }
  std::string text;
  for (const std::string& fusion : distinct) {
    const auto times = std::count(graph.fusions.begin(), graph.fusions.end(), fusion);
    text += "  " + fusion + (times > 1 ? ", " + std::to_string(times) + " times\n" : "\n");
  }
  return text;
}

}  // namespace

std::string listPlan(const Graph& graph, const std::vector<ListedPhase>& phases,
                     std::int64_t workspaceBytes) {
  std::string text;
  std::size_t next = 0;
  for (std::size_t i = 0; i < graph.steps.size(); i++) {
    if (i == 0 || graph.steps[i].phase != graph.steps[i - 1].phase) {
      text += phaseLine(next, phases[next]);
      next++;
    }
    text += stepLine(graph, i);
  }
  text += "buffers\n" + bufferLines(graph);
  if (!graph.fusions.empty()) text += "fused\n" + fusionLines(graph);
  text += "workspace: " + std::to_string(workspaceBytes) + " bytes a thread\n";
  return text + "arena: " + std::to_string(graph.arenaBytes) + " bytes\n";
}

}  // namespace nabla
