#include "plan/plan.hpp"

#include <algorithm>

#include "passes/passes.hpp"
#include "plan/listing.hpp"
#include "plan/partition.hpp"
#include "run/callers.hpp"
#include "run/eager.hpp"
#include "table/cost.hpp"
#include "table/dispatch.hpp"
#include "table/fault.hpp"

namespace nabla {

struct Plan::Bound {
  const OpRow* row;
  KernelFn kernel;
  std::vector<const View*> in, out;
  std::vector<double> attrs;
  Operands operands;
  // Labels and indices that come from outside the plan are validated before the first step; those
  // that a step computes or writes, right before they are used.
  bool validateFirst = false, validateWhenRun = false;
};

struct Plan::Phase {
  int begin, end;              // steps
  double cost = 0;             // nanoseconds, estimated
  std::int64_t maxSlices = 1;  // more parts than this would find nothing to do
  int parts = 1;
};

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

bool checkStep(const Graph& graph, const Step& step, std::string& error) {
  std::vector<const View*> in, out;
  for (int slot : step.inputs) in.push_back(&graph.at(slot).view);
  for (int slot : step.outputs) out.push_back(&graph.at(slot).view);
  return checkOperands(opRow(step.op),
                       {in.data(), out.data(), step.attrs.data(), static_cast<int>(in.size()),
                        static_cast<int>(out.size()), static_cast<int>(step.attrs.size())},
                       error);
}

/// Passes rely on steps that fit their operands.
bool checkSteps(const Graph& graph, std::string& error) {
  for (const Step& step : graph.steps) {
    if (!checkStep(graph, step, error)) return false;
  }
  return true;
}

void runPasses(Graph& graph, const PlanOptions& options) {
  passes::shareReshapes(graph);
  if (options.fuse) {
    passes::foldConstants(graph);
    passes::dropDeadSteps(graph);
    passes::fuseGatherRescale(graph);
    passes::fuseDense(graph);
    passes::fuseSoftmaxCrossentropy(graph);
    passes::fuseDenseGrad(graph);
    passes::fuseUpdates(graph);
    passes::splitUpdates(graph);
    passes::splitWideLayers(graph);
    passes::groupUpdates(graph);
  }
  for (int slot : graph.outputs) graph.rootOf(slot).isOutput = true;
  passes::schedule(graph);
  passes::reuseStorage(graph);
  passes::planMemory(graph);
}

}  // namespace

std::unique_ptr<Plan> Plan::build(Graph graph, PlanOptions options, std::string& error) {
  if (!checkSteps(graph, error)) {
    for (Slot& slot : graph.slots) releaseBuffer(slot.buffer);
    return nullptr;
  }
  std::unique_ptr<Plan> plan(new Plan(std::move(graph), options));
  if (!plan->bindSteps(error) || !plan->reserveArena(error)) return nullptr;
  plan->formPhases();
  return plan;
}

Plan::Plan(Graph graph, PlanOptions options) : graph_(std::move(graph)) {
  pace = &pace_;
  runPasses(graph_, options);
  sharers_.resize(graph_.slots.size());
  inputSlots_.assign(at(graph_.inputCount), -1);
  for (std::size_t i = 0; i < graph_.slots.size(); i++) {
    const Slot& slot = graph_.slots[i];
    sharers_[at(slot.root)].push_back(static_cast<int>(i));
    if (slot.kind == SlotKind::Input) inputSlots_[at(slot.input)] = static_cast<int>(i);
  }
  for (int slot : graph_.outputs) {
    const int root = graph_.at(slot).root;
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

const View& Plan::inputView(int input) const { return graph_.at(inputSlots_[at(input)]).view; }

bool Plan::isWritten(const void* data) const {
  return std::find(written_.begin(), written_.end(), data) != written_.end();
}

const View& Plan::outputView(int output) const {
  return graph_.at(graph_.outputs[at(output)]).view;
}

bool Plan::bindSteps(std::string& error) {
  steps_.reserve(graph_.steps.size());
  for (const Step& step : graph_.steps) {
    Bound& bound = steps_.emplace_back();
    bound.row = &opRow(step.op);
    bound.kernel = kernelOf(step.op);
    for (int slot : step.inputs) bound.in.push_back(&graph_.at(slot).view);
    for (int slot : step.outputs) bound.out.push_back(&graph_.at(slot).view);
    bound.attrs = step.attrs;
    bound.operands = {bound.in.data(),
                      bound.out.data(),
                      bound.attrs.data(),
                      static_cast<int>(bound.in.size()),
                      static_cast<int>(bound.out.size()),
                      static_cast<int>(bound.attrs.size())};
    if (!checkOperands(*bound.row, bound.operands, error)) return false;
    if (bound.row->validator.run == nullptr) continue;
    bound.validateWhenRun = graph_.isCheckedWhenRun(step);
    bound.validateFirst = !bound.validateWhenRun;
  }
  return true;
}

void Plan::formPhases() {
  for (std::size_t i = 0; i < graph_.steps.size(); i++) {
    const Step& step = graph_.steps[i];
    const int index = static_cast<int>(i);
    if (i == 0 || step.phase != graph_.steps[i - 1].phase) phases_.push_back({index, index});
    Phase& phase = phases_.back();
    phase.end = index + 1;
    phase.cost += costOf(step.op, steps_[i].operands);
    const int written = step.outputs.empty() ? Graph::writesOf(step) : 1;
    for (int k = 0; k < written; k++) {
      phase.maxSlices = std::max(phase.maxSlices, writtenSlices(graph_, step, k));
    }
  }
}

/// Follows the setting of threads, which may change between runs.
void Plan::cutPhases() {
  if (threads_ == threadCount()) return;
  threads_ = threadCount();
  maxParts_ = 1;
  for (Phase& phase : phases_) {
    phase.parts = partsFor(phase.cost, phase.maxSlices, threads_);
    maxParts_ = std::max(maxParts_, phase.parts);
  }
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
    if (slot.kind == SlotKind::Variable && graph_.isWritten(slot.root)) {
      written_.push_back(slot.buffer->data);
    }
    if (slot.kind == SlotKind::Temp && !slot.isOutput) {
      bindRoot(slot.root, static_cast<char*>(arena_->data) + slot.offset);
    }
  }
  return true;
}

void Plan::bindRoot(int root, void* data) {
  for (int slot : sharers_[at(root)]) graph_.at(slot).view.data = data;
}

bool Plan::allocateOutputs(std::string& error) {
  for (std::size_t i = 0; i < outputRoots_.size(); i++) {
    const std::size_t bytes = graph_.at(outputRoots_[i]).view.bytes();
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
    const Status status = step.row->validator.run(step.operands, Part{0, 1});
    if (status.ok()) continue;
    error = describeFault(*step.row, step.operands, status);
    return false;
  }
  return true;
}

void Plan::noteFault(int phase, int step, const Status& status) {
  const std::lock_guard<std::mutex> lock(faultMutex_);
  const bool isEarlier =
      faultStep_ < 0 || step < faultStep_ || (step == faultStep_ && status.b < fault_.b);
  if (isEarlier) {
    faultStep_ = step;
    fault_ = status;
  }
  failedPhase_.store(phase, std::memory_order_relaxed);
}

void Plan::runSteps(int phase, Part part) {
  for (int i = phases_[at(phase)].begin; i < phases_[at(phase)].end; i++) {
    const Bound& step = steps_[at(i)];
    Status status;
    if (step.validateWhenRun) status = step.row->validator.run(step.operands, part);
    if (status.ok()) status = step.kernel(step.operands, part);
    if (status.ok()) continue;
    noteFault(phase, i, status);
    return;
  }
}

void Plan::runPart(int phase, int part) {
  const int parts = phases_[at(phase)].parts;
  const bool failedBefore = failedPhase_.load(std::memory_order_relaxed) < phase;
  if (part < parts && !failedBefore) runSteps(phase, Part{part, parts});
}

bool Plan::execute(std::string& error) {
  cutPhases();
  failedPhase_.store(kNoPhase, std::memory_order_relaxed);
  faultStep_ = -1;
  {
    const Caller caller;
    runOnTeam(*this, static_cast<int>(phases_.size()), maxParts_ > 1 ? threads_ : 1);
  }
  if (faultStep_ < 0) return true;
  const Bound& step = steps_[at(faultStep_)];
  error = describeFault(*step.row, step.operands, fault_);
  return false;
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
    const int root = graph_.at(slot).root;
    const auto found = std::find(outputRoots_.begin(), outputRoots_.end(), root);
    Buffer* buffer = fresh_[static_cast<std::size_t>(found - outputRoots_.begin())];
    retainBuffer(buffer);
    outputs.push_back(buffer);
  }
  dropOutputs();
  return true;
}

const char* Plan::stepName(int step) const {
  return steps_[static_cast<std::size_t>(step)].row->name;
}

std::vector<const View*> Plan::stepInputs(int step) const {
  return viewsOf(graph_.steps[static_cast<std::size_t>(step)].inputs);
}

std::vector<const View*> Plan::stepOutputs(int step) const {
  return viewsOf(graph_.steps[static_cast<std::size_t>(step)].outputs);
}

std::vector<const View*> Plan::viewsOf(const std::vector<int>& slots) const {
  std::vector<const View*> views;
  for (int slot : slots) views.push_back(&graph_.at(slot).view);
  return views;
}

std::string Plan::describe() const {
  std::vector<ListedPhase> listed;
  for (const Phase& phase : phases_) {
    listed.push_back({phase.cost, partsFor(phase.cost, phase.maxSlices, threadCount())});
  }
  return listPlan(graph_, listed);
}

}  // namespace nabla
