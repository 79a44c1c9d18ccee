// An executable plan: checked steps over bound views, run one after the other.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "graph.hpp"

namespace nabla {

/// Arity, shapes, dtypes and attributes of one step; false with `error` set when they do not fit.
bool checkOperands(const OpRow& row, const Operands& operands, std::string& error);

/// Validates and runs one checked step, whole, on the calling thread.
bool runStepNow(int op, const Operands& operands, std::string& error);

class Plan {
 public:
  /// Checks every step, runs the passes, reserves the arena. The plan references the graph's held
  /// buffers from here on, also when it fails: null and `error` set.
  static std::unique_ptr<Plan> build(Graph graph, std::string& error);
  ~Plan();
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  int inputCount() const { return graph_.inputCount; }
  int outputCount() const { return static_cast<int>(graph_.outputs.size()); }
  const View& inputView(int input) const;
  const View& outputView(int output) const;

  /// Runs the plan once. `inputs` are the arguments' data, in order. On success `outputs` holds one
  /// referenced buffer per output, owned by the caller. On failure nothing is handed out, and
  /// `error` says why; label and index faults of arguments are found before anything is written.
  bool run(void* const* inputs, std::vector<Buffer*>& outputs, std::string& error);

  /// One line a step, for people.
  std::string describe() const;

 private:
  struct Bound;  // a step made ready to run

  explicit Plan(Graph graph);
  bool bindSteps(std::string& error);
  bool reserveArena(std::string& error);
  bool allocateOutputs(std::string& error);
  void dropOutputs();
  void bindRoot(int root, void* data);
  bool validateArguments(std::string& error) const;
  bool execute(std::string& error) const;

  Graph graph_;
  Buffer* arena_ = nullptr;
  std::vector<Bound> steps_;
  std::vector<std::vector<int>> sharers_;  // by root: the slots that share its storage
  std::vector<int> inputSlots_;            // by argument
  std::vector<int> outputRoots_;           // distinct roots of outputs
  std::vector<Buffer*> fresh_;             // this run's buffers, beside outputRoots_
};

}  // namespace nabla
