// An executable plan: checked steps over bound views, in phases, run by the thread team.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "memory/workspace.hpp"
#include "plan/chain.hpp"
#include "plan/graph.hpp"
#include "run/team.hpp"
#include "table/index-check.hpp"

namespace nabla {

struct PlanOptions {
  bool fuse = true;  // merge steps; results agree within rounding either way
};

class Plan : private Job {
 public:
  /// Checks every step, runs the passes, reserves the arena; on failure null, and `error` is set.
  static std::unique_ptr<Plan> build(Graph graph, PlanOptions options, std::string& error);
  ~Plan() override;
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  int inputCount() const { return graph_.inputCount; }
  int outputCount() const { return static_cast<int>(graph_.outputs.size()); }
  const View& inputView(int input) const;
  const View& outputView(int output) const;

  /// True if `data` is the storage of a Variable that the plan writes: it can be no argument.
  bool isWritten(const void* data) const;

  /// Runs the plan once; not from two threads at a time. `inputs` are the arguments' data, in
  /// order. On success `outputs` holds one buffer per output. On
  /// failure nothing is handed out, and `error` says why; label and index faults of arguments are
  /// found before anything is written.
  bool run(void* const* inputs, std::vector<BufferRef>& outputs, std::string& error);

  int stepCount() const { return static_cast<int>(graph_.steps.size()); }
  const char* stepName(int step) const;
  /// What a step reads and writes, while the plan lives.
  std::vector<const View*> stepInputs(int step) const;
  std::vector<const View*> stepOutputs(int step) const;

  /// For people: the steps by phases, one a line, the buffers and what was merged, cut for the
  /// present number of threads.
  std::string describe() const;

 private:
  std::vector<const View*> viewsOf(const std::vector<int>& slots) const;
  struct Bound;  // a step made ready to run
  struct Phase;
  static constexpr int kNoPhase = 1 << 30;

  Plan(Graph graph, PlanOptions options);
  bool bindSteps(std::string& error);
  void bindChains();
  void noteCompiled(const Chain& chain);
  void formPhases();
  bool cutPhases(std::string& error);
  bool reserveArena(std::string& error);
  bool allocateOutputs(std::string& error);
  void dropOutputs();
  void bindRoot(int root, void* data);
  bool validateArguments(std::string& error) const;
  bool execute(std::string& error);
  void runPart(int phase, int part) override;
  void runSteps(int phase, Part part, const PieceViews* seen);
  void noteFault(int phase, int step, const IndexFault& fault);

  Graph graph_;
  BufferRef arena_;
  Workspace workspace_;              // for each part, what the neediest step asks for
  std::int64_t workspaceBytes_ = 0;  // of one part
  std::deque<Chain> chains_;         // a deque: chains stay in place, as bound steps do
  std::vector<std::unique_ptr<Bound>> steps_;
  std::vector<Phase> phases_;
  Pace pace_;
  int threads_ = 0;  // the setting that phases are cut for
  int maxParts_ = 1;
  std::vector<std::vector<int>> sharers_;  // by root: the slots that share its storage
  std::vector<int> inputSlots_;            // by argument
  std::vector<int> outputRoots_;           // distinct roots of outputs
  std::vector<int> freshOfOutput_;         // by output: the place of its buffer in fresh_
  std::vector<BufferRef> fresh_;           // this run's buffers, beside outputRoots_
  std::vector<const void*> written_;       // storages of the Variables that steps write

  // The first fault of this run, and its phase: later phases do nothing. The parts of that phase
  // all run, so that which fault is told does not depend on their pace.
  std::atomic<int> failedPhase_{kNoPhase};
  std::mutex faultMutex_;
  int faultStep_ = -1;
  IndexFault fault_;
};

}  // namespace nabla
