#include "plan.hpp"

#include <algorithm>

#include "dispatch.hpp"
#include "fault.hpp"
#include "passes/passes.hpp"

namespace nabla {

struct Plan::Bound {
  const OpRow* row;
  KernelFn kernel;
  std::vector<const View*> in, out;
  std::vector<double> attrs;
  Operands operands;
  // Labels and indices that come from outside the plan are validated before the first step;
  // those that a step computes or writes, right before they are used.
  bool validateFirst = false, validateInPlace = false;
};

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

bool writtenInPlan(const Graph& graph, int root) {
  for (const Step& step : graph.steps) {
    for (int i = 0; i < opRow(step.op).writes; i++) {
      if (graph.slots[at(step.inputs[at(i)])].root == root) return true;
    }
    for (int slot : step.outputs) {
      if (graph.slots[at(slot)].root == root) return true;
    }
  }
  return false;
}

/// True if the labels or indices of a step come from the plan itself.
bool checksWhatPlanWrites(const Graph& graph, const Step& step) {
  const int operand = opRow(step.op).validator.operand;
  return writtenInPlan(graph, graph.slots[at(step.inputs[at(operand)])].root);
}

std::string arityFault(const OpRow& row) {
  return std::string(row.name) + ": wrong number of inputs, outputs or attributes";
}

bool arityFits(const OpRow& row, const Operands& operands) {
  const bool inputs = row.inputs < 0 ? operands.nIn >= 1 : operands.nIn == row.inputs;
  const bool attrs = row.attrs < 0 || operands.nAttr == row.attrs;
  return inputs && attrs && operands.nOut == row.outputs;
}

}  // namespace

bool checkOperands(const OpRow& row, const Operands& operands, std::string& error) {
  if (!arityFits(row, operands)) {
    error = arityFault(row);
    return false;
  }
  const Status status = row.check(operands);
  if (status.ok()) return true;
  error = describeFault(row, operands, status);
  return false;
}

bool runStepNow(int op, const Operands& operands, std::string& error) {
  const OpRow& row = opRow(op);
  Status status = row.validator.run == nullptr ? Status{} : row.validator.run(operands);
  if (status.ok()) status = kernelOf(op)(operands, Part{0, 1});
  if (status.ok()) return true;
  error = describeFault(row, operands, status);
  return false;
}

std::unique_ptr<Plan> Plan::build(Graph graph, std::string& error) {
  std::unique_ptr<Plan> plan(new Plan(std::move(graph)));
  if (!plan->bindSteps(error) || !plan->reserveArena(error)) return nullptr;
  return plan;
}

Plan::Plan(Graph graph) : graph_(std::move(graph)) {
  passes::shareReshapes(graph_);
  for (int slot : graph_.outputs) graph_.rootOf(slot).isOutput = true;
  passes::planMemory(graph_);

  sharers_.resize(graph_.slots.size());
  inputSlots_.assign(at(graph_.inputCount), -1);
  for (std::size_t i = 0; i < graph_.slots.size(); i++) {
    const Slot& slot = graph_.slots[i];
    sharers_[at(slot.root)].push_back(static_cast<int>(i));
    if (slot.kind == SlotKind::Input) inputSlots_[at(slot.input)] = static_cast<int>(i);
  }
  for (int slot : graph_.outputs) {
    const int root = graph_.slots[at(slot)].root;
    if (std::find(outputRoots_.begin(), outputRoots_.end(), root) == outputRoots_.end()) {
      outputRoots_.push_back(root);
    }
  }
  fresh_.assign(outputRoots_.size(), nullptr);
}

Plan::~Plan() {
  for (Slot& slot : graph_.slots) releaseBuffer(slot.buffer);
  releaseBuffer(arena_);
}

const View& Plan::inputView(int input) const {
  return graph_.slots[at(inputSlots_[at(input)])].view;
}

const View& Plan::outputView(int output) const {
  return graph_.slots[at(graph_.outputs[at(output)])].view;
}

bool Plan::bindSteps(std::string& error) {
  steps_.reserve(graph_.steps.size());
  for (const Step& step : graph_.steps) {
    Bound& bound = steps_.emplace_back();
    bound.row = &opRow(step.op);
    bound.kernel = kernelOf(step.op);
    for (int slot : step.inputs) bound.in.push_back(&graph_.slots[at(slot)].view);
    for (int slot : step.outputs) bound.out.push_back(&graph_.slots[at(slot)].view);
    bound.attrs = step.attrs;
    bound.operands = {bound.in.data(),
                      bound.out.data(),
                      bound.attrs.data(),
                      static_cast<int>(bound.in.size()),
                      static_cast<int>(bound.out.size()),
                      static_cast<int>(bound.attrs.size())};
    if (!checkOperands(*bound.row, bound.operands, error)) return false;
    if (bound.row->validator.run == nullptr) continue;
    bound.validateInPlace = checksWhatPlanWrites(graph_, step);
    bound.validateFirst = !bound.validateInPlace;
  }
  return true;
}

bool Plan::reserveArena(std::string& error) {
  arena_ = allocateBuffer(graph_.arenaBytes);
  if (arena_ == nullptr) {
    error = "out of memory: a plan needs " + std::to_string(graph_.arenaBytes) + " bytes";
    return false;
  }
  for (std::size_t i = 0; i < graph_.slots.size(); i++) {
    const Slot& slot = graph_.slots[i];
    if (slot.root != static_cast<int>(i)) continue;
    if (slot.buffer != nullptr) bindRoot(slot.root, slot.buffer->data);
    if (slot.kind == SlotKind::Temp && !slot.isOutput) {
      bindRoot(slot.root, static_cast<char*>(arena_->data) + slot.offset);
    }
  }
  return true;
}

void Plan::bindRoot(int root, void* data) {
  for (int slot : sharers_[at(root)]) graph_.slots[at(slot)].view.data = data;
}

bool Plan::allocateOutputs(std::string& error) {
  for (std::size_t i = 0; i < outputRoots_.size(); i++) {
    const std::size_t bytes = graph_.slots[at(outputRoots_[i])].view.bytes();
    fresh_[i] = allocateBuffer(bytes);
    if (fresh_[i] == nullptr) {
      error = "out of memory: an output needs " + std::to_string(bytes) + " bytes";
      dropOutputs();
      return false;
    }
    bindRoot(outputRoots_[i], fresh_[i]->data);
  }
  return true;
}

void Plan::dropOutputs() {
  for (Buffer*& buffer : fresh_) {
    releaseBuffer(buffer);
    buffer = nullptr;
  }
}

bool Plan::validateArguments(std::string& error) const {
  for (const Bound& step : steps_) {
    if (!step.validateFirst) continue;
    const Status status = step.row->validator.run(step.operands);
    if (status.ok()) continue;
    error = describeFault(*step.row, step.operands, status);
    return false;
  }
  return true;
}

bool Plan::execute(std::string& error) const {
  for (const Bound& step : steps_) {
    Status status = step.validateInPlace ? step.row->validator.run(step.operands) : Status{};
    if (status.ok()) status = step.kernel(step.operands, Part{0, 1});
    if (status.ok()) continue;
    error = describeFault(*step.row, step.operands, status);
    return false;
  }
  return true;
}

bool Plan::run(void* const* inputs, std::vector<Buffer*>& outputs, std::string& error) {
  for (int i = 0; i < graph_.inputCount; i++) bindRoot(inputSlots_[at(i)], inputs[i]);
  if (!validateArguments(error) || !allocateOutputs(error)) return false;
  if (!execute(error)) {
    dropOutputs();
    return false;
  }
  outputs.clear();
  for (int slot : graph_.outputs) {
    const int root = graph_.slots[at(slot)].root;
    const auto found = std::find(outputRoots_.begin(), outputRoots_.end(), root);
    Buffer* buffer = fresh_[static_cast<std::size_t>(found - outputRoots_.begin())];
    retainBuffer(buffer);
    outputs.push_back(buffer);
  }
  dropOutputs();
  return true;
}

std::string Plan::describe() const {
  std::string text;
  for (std::size_t i = 0; i < graph_.steps.size(); i++) {
    const Step& step = graph_.steps[i];
    text += std::to_string(i) + " " + steps_[i].row->name;
    for (int slot : step.inputs) text += " %" + std::to_string(slot);
    for (int slot : step.outputs) {
      text += " -> %" + std::to_string(slot) + " " + describeView(graph_.slots[at(slot)].view);
    }
    text += "  # " + std::string(steps_[i].row->doc) + "\n";
  }
  return text + "arena: " + std::to_string(graph_.arenaBytes) + " bytes\n";
}

}  // namespace nabla
