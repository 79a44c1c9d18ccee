#include "plan/plan.hpp"

#include <algorithm>

#include "passes/passes.hpp"
#include "plan/listing.hpp"
#include "plan/piece-views.hpp"
#include "plan/pieces.hpp"
#include "run/callers.hpp"
#include "run/eager.hpp"
#include "table/access.hpp"
#include "table/compiled-programs.hpp"
#include "table/cost.hpp"
#include "table/subnormals.hpp"
#include "table/type-query.hpp"

namespace nabla {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Whether a predicate holds: a scalar of any dtype that is not 0.
bool isTrue(const View& predicate) {
  switch (predicate.dtype) {
    case DType::Float32:
      return *predicate.as<float>() != 0;
    case DType::Float64:
      return *predicate.as<double>() != 0;
    case DType::Int32:
      return *predicate.as<std::int32_t>() != 0;
    case DType::Uint8:
      return *predicate.as<std::uint8_t>() != 0;
  }
  return false;
}

/// Asks the row's rule: attributes are resolved, and the outputs must be what it infers. `in` and
/// `inferred` are memory for all steps.
bool checkStep(const Graph& graph, Step& step, std::vector<const Type*>& in, Inferred& inferred,
               std::string& error) {
  const OpRow& row = step.row();
  in.clear();
  for (int slot : step.inputs) in.push_back(&graph.at(slot).view);
  const int nIn = static_cast<int>(in.size());
  try {
    inferTypes(row, in.data(), nIn, step.attrs.data(), static_cast<int>(step.attrs.size()), false,
               inferred);
  } catch (const RuleError& fault) {
    error = describeError(fault, in.data(), nIn);
    return false;
  }
  bool fits = inferred.outputs == static_cast<int>(step.outputs.size());
  for (std::size_t i = 0; i < step.outputs.size() && fits; i++) {
    fits = sameType(graph.at(step.outputs[i]).view, inferred.types[i]);
  }
  if (!fits)
    error = std::string(row.name) + ": the plan is malformed: its results are of other types";
  return fits;
}

/// Passes rely on steps that fit their operands.
bool checkSteps(Graph& graph, std::string& error) {
  std::vector<const Type*> in;
  Inferred inferred;
  return std::all_of(graph.steps.begin(), graph.steps.end(),
                     [&](Step& step) { return checkStep(graph, step, in, inferred, error); });
}

void runPasses(Graph& graph, const PlanOptions& options) {
  passes::shareReshapes(graph);
  if (options.fuse) {
    passes::foldConstants(graph);
    passes::dropDeadSteps(graph);
    passes::fuseGatherRescale(graph);
    passes::dropIndices(graph);
    passes::fuseDense(graph);
    passes::fuseSoftmaxCrossentropy(graph);
    passes::fuseDenseGrad(graph);
    passes::fuseConvGrad(graph);
    passes::fuseSquares(graph);
    passes::fuseUpdates(graph);
    passes::splitUpdates(graph);
    passes::splitWideLayers(graph);
    passes::groupUpdates(graph);
  }
  for (int slot : graph.outputs) graph.rootOf(slot).isOutput = true;
  passes::schedule(graph);
  if (options.fuse) passes::delaySteps(graph);
  passes::orderByPhase(graph);
  if (options.fuse) passes::formChains(graph);
  passes::reuseStorage(graph);
  passes::planMemory(graph);
}

}  // namespace

struct Plan::Bound {
  Bound(const Graph& graph, const Step& step)
      : predicate(step.predicate < 0 ? nullptr : &graph.at(step.predicate).view),
        compute(step.row().compute),
        isCut(step.row().isCut()),
        row(step.row()),
        own(graph, step) {}

  const Operands& operands() const { return own.operands(); }
  bool runs() const { return predicate == nullptr || isTrue(*predicate); }

  /// Part of the step, once the mode of subnormal numbers is set. Leaves the row alone, which is
  /// seldom in the cache.
  void run(const Operands& seen, Part part) const {
    if (isCut) {
      compute(seen, part);
    } else if (part.index == part.count - 1) {
      compute(seen, Part{0, 1, part.workspace});
    }
  }

  const View* const predicate;
  const Chain* chain = nullptr;  // that it begins
  const KernelFn compute;
  const bool isCut;
  // Labels and indices that come from outside the plan are validated before the first step; those
  // that a step computes or writes, right before they are used.
  bool validateFirst = false, validateWhenRun = false;
  const OpRow& row;
  const StepOperands own;
};

struct Plan::Phase {
  explicit Phase(int step) : begin(step), end(step) {}

  int begin, end;              // steps
  double cost = 0;             // nanoseconds, estimated
  std::int64_t maxSlices = 1;  // more parts than this would find nothing to do
  PhaseMemory memory;
  std::vector<PassingStorage> passing;  // where there may be pieces
  int parts = 1;
  int pieces = 1;                      // of each part, one after the other; see plan/pieces.hpp
  std::vector<PieceViews> seenByPart;  // where pieces see something elsewhere
};

std::unique_ptr<Plan> Plan::build(Graph graph, PlanOptions options, std::string& error) {
  graph.markUpdates();
  if (!checkSteps(graph, error)) return nullptr;
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
  std::vector<int> freshOf(graph_.slots.size(), -1);  // by root
  for (int slot : graph_.outputs) {
    const int root = graph_.at(slot).root;
    int& fresh = freshOf[at(root)];
    if (fresh < 0) {
      fresh = static_cast<int>(outputRoots_.size());
      outputRoots_.push_back(root);
    }
    freshOfOutput_.push_back(fresh);
  }
  fresh_.resize(outputRoots_.size());
}

Plan::~Plan() = default;

const View& Plan::inputView(int input) const { return graph_.at(inputSlots_[at(input)]).view; }

bool Plan::isWritten(const void* data) const {
  return std::find(written_.begin(), written_.end(), data) != written_.end();
}

const View& Plan::outputView(int output) const {
  return graph_.at(graph_.outputs[at(output)]).view;
}

bool Plan::bindSteps(std::string& error) {
  if (!checkSteps(graph_, error)) return false;
  for (const Step& step : graph_.steps) {
    Bound& bound = *steps_.emplace_back(std::make_unique<Bound>(graph_, step));
    if (bound.row.workspaceBytes != nullptr) {
      const std::int64_t bytes = bound.row.workspaceBytes(bound.operands());
      workspaceBytes_ = std::max(workspaceBytes_, bytes);
    }
    if (bound.row.indexCheck.what == nullptr) continue;
    bound.validateWhenRun = graph_.isCheckedWhenRun(step);
    bound.validateFirst = !bound.validateWhenRun;
  }
  bindChains();
  return true;
}

void Plan::bindChains() {
  for (std::size_t i = 0; i < steps_.size();) {
    const int number = graph_.steps[i].chain;
    std::size_t end = i + 1;
    while (number >= 0 && end < steps_.size() && graph_.steps[end].chain == number) end++;
    if (number >= 0) {
      chains_.emplace_back(graph_, static_cast<int>(i), static_cast<int>(end));
      const Chain& chain = chains_.back();
      steps_[i]->chain = &chain;
      workspaceBytes_ = std::max(workspaceBytes_, chain.workspaceBytes());
      noteCompiled(chain);
    }
    i = end;
  }
}

void Plan::noteCompiled(const Chain& chain) {
  for (const TileProgram& program : chain.programs()) {
    if (program.compiled() < 0) continue;
    const auto number = static_cast<std::size_t>(program.compiled());
    graph_.fusions.push_back("chain -> the loop compiled for " +
                             std::string(compiledPrograms()[number].name));
  }
}

void Plan::formPhases() {
  for (std::size_t i = 0; i < graph_.steps.size(); i++) {
    const Step& step = graph_.steps[i];
    const Bound& bound = *steps_[i];
    const int index = static_cast<int>(i);
    if (i == 0 || step.phase != graph_.steps[i - 1].phase) phases_.emplace_back(index);
    Phase& phase = phases_.back();
    phase.end = index + 1;
    phase.cost += costOf(bound.row, bound.operands());
    phase.maxSlices = std::max(phase.maxSlices, slicesOfStep(bound.row, bound.operands()));
  }
  for (Phase& phase : phases_) phase.memory = memoryOf(graph_, phase.begin, phase.end);
  const bool mayHavePieces = std::any_of(phases_.begin(), phases_.end(),
                                         [](const Phase& phase) { return phase.memory.handsOn; });
  if (!mayHavePieces) return;
  PassingStorages passing = passingStorages(graph_);
  for (Phase& phase : phases_) {
    phase.passing = std::move(passing[graph_.steps[at(phase.begin)].phase]);
  }
}

/// Follows the setting of threads, which may change between runs.
bool Plan::cutPhases(std::string& error) {
  const int threads = threadCount();
  if (threads_ == threads) return true;
  threads_ = 0;
  maxParts_ = 1;
  for (Phase& phase : phases_) {
    phase.parts = partsFor(phase.cost, phase.maxSlices, threads);
    phase.pieces = piecesFor(phase.memory, phase.maxSlices, phase.parts);
    maxParts_ = std::max(maxParts_, phase.parts);
    phase.seenByPart.clear();
    if (phase.pieces == 1 || phase.passing.empty()) continue;
    for (int i = 0; i < phase.parts; i++) {
      phase.seenByPart.emplace_back(graph_, phase.begin, phase.end, phase.passing);
    }
  }
  if (workspace_.reserve(maxParts_, workspaceBytes_)) {
    threads_ = threads;
    return true;
  }
  error = "out of memory: a plan's workspace needs " + std::to_string(workspaceBytes_) +
          " bytes a thread";
  return false;
}

bool Plan::reserveArena(std::string& error) {
  arena_ = BufferRef::allocate(graph_.arenaBytes);
  if (!arena_) {
    error = "out of memory: a plan needs " + std::to_string(graph_.arenaBytes) + " bytes";
    return false;
  }
  for (std::size_t i = 0; i < graph_.slots.size(); i++) {
    const Slot& slot = graph_.slots[i];
    if (slot.root != static_cast<int>(i)) continue;
    if (slot.buffer) bindRoot(slot.root, slot.buffer.data());
    if (slot.kind == SlotKind::Variable && graph_.isWritten(slot.root)) {
      written_.push_back(slot.buffer.data());
    }
    if (slot.kind == SlotKind::Temp && !slot.isOutput && slot.chain < 0) {
      bindRoot(slot.root, static_cast<char*>(arena_.data()) + slot.offset);
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
    fresh_[i] = BufferRef::allocate(bytes);
    if (!fresh_[i]) {
      error = "out of memory: an output needs " + std::to_string(bytes) + " bytes";
      dropOutputs();
      return false;
    }
    bindRoot(outputRoots_[i], fresh_[i].data());
  }
  return true;
}

void Plan::dropOutputs() {
  for (BufferRef& buffer : fresh_) buffer.reset();
}

bool Plan::validateArguments(std::string& error) const {
  for (const auto& step : steps_) {
    if (!step->validateFirst) continue;
    const IndexFault fault = checkIndices(step->row, step->operands(), Part{});
    if (!fault.found) continue;
    error = describeFault(step->row, fault);
    return false;
  }
  return true;
}

void Plan::noteFault(int phase, int step, const IndexFault& fault) {
  const std::lock_guard<std::mutex> lock(faultMutex_);
  const bool isEarlier = faultStep_ < 0 || step < faultStep_ ||
                         (step == faultStep_ && fault.position < fault_.position);
  if (isEarlier) {
    faultStep_ = step;
    fault_ = fault;
  }
  failedPhase_.store(phase, std::memory_order_relaxed);
}

void Plan::runSteps(int phase, Part part, const PieceViews* seen) {
  for (int i = phases_[at(phase)].begin; i < phases_[at(phase)].end; i++) {
    const Bound& step = *steps_[at(i)];
    if (step.chain != nullptr) {
      if (step.runs()) step.chain->run(part, seen);
      i = step.chain->end() - 1;
      continue;
    }
    if (!step.runs()) continue;
    const Operands& operands = seen == nullptr ? step.operands() : seen->operandsOf(i);
    if (step.validateWhenRun) {
      const IndexFault fault = checkIndices(step.row, operands, part);
      if (fault.found) return noteFault(phase, i, fault);
    }
    step.run(operands, part);
  }
}

void Plan::runPart(int phase, int part) {
  Phase& own = phases_[at(phase)];
  const int parts = own.parts, pieces = own.pieces;
  const bool failedBefore = failedPhase_.load(std::memory_order_relaxed) < phase;
  if (part >= parts || failedBefore) return;
  const FlushSubnormals flush;  // once for all steps
  PieceViews* const seen = own.seenByPart.empty() ? nullptr : &own.seenByPart[at(part)];
  for (int piece = 0; piece < pieces; piece++) {
    if (seen != nullptr) seen->moveTo(Part{part, parts}, piece, pieces);
    runSteps(phase, Part{part * pieces + piece, parts * pieces, workspace_.of(part)}, seen);
  }
}

bool Plan::execute(std::string& error) {
  if (!cutPhases(error)) return false;
  failedPhase_.store(kNoPhase, std::memory_order_relaxed);
  faultStep_ = -1;
  {
    const Caller caller;
    runOnTeam(*this, static_cast<int>(phases_.size()), maxParts_ > 1 ? threads_ : 1);
  }
  if (faultStep_ < 0) return true;
  error = describeFault(steps_[at(faultStep_)]->row, fault_);
  return false;
}

bool Plan::run(void* const* inputs, std::vector<BufferRef>& outputs, std::string& error) {
  outputs.clear();
  outputs.reserve(graph_.outputs.size());
  for (int i = 0; i < graph_.inputCount; i++) bindRoot(inputSlots_[at(i)], inputs[i]);
  if (!validateArguments(error) || !allocateOutputs(error)) return false;
  if (!execute(error)) {
    dropOutputs();
    return false;
  }
  for (int fresh : freshOfOutput_) outputs.push_back(fresh_[at(fresh)]);
  dropOutputs();
  return true;
}

const char* Plan::stepName(int step) const {
  return graph_.steps[static_cast<std::size_t>(step)].row().name;
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
    const int parts = partsFor(phase.cost, phase.maxSlices, threadCount());
    listed.push_back({phase.cost, parts, piecesFor(phase.memory, phase.maxSlices, parts)});
  }
  return listPlan(graph_, listed, workspaceBytes_);
}

}  // namespace nabla
