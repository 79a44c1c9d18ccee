// Who writes and reads what in a graph: what fusions ask before they merge steps.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "plan/graph.hpp"
#include "table/activation.hpp"
#include "table/known-op.hpp"

namespace nabla::passes {

/// Some steps of a graph, in their order.
class StepList {
 public:
  StepList(const int* begin, const int* end) : begin_(begin), end_(end) {}
  const int* begin() const { return begin_; }
  const int* end() const { return end_; }
  bool empty() const { return begin_ == end_; }
  int front() const { return *begin_; }

 private:
  const int *begin_, *end_;
};

/// The steps that touch each storage, one list behind the other.
class StepsByRoot {
 public:
  struct Touch {
    int root, step;
  };

  StepsByRoot() = default;
  /// @param touches in the order of the steps
  StepsByRoot(const std::vector<Touch>& touches, std::size_t roots);

  StepList of(int root) const;

 private:
  std::vector<int> ends_;  // by root, where its list ends; the next one begins there
  std::vector<int> steps_;
};

/// A view of the graph at one moment; rewriting steps in place does not update it.
class Uses {
 public:
  explicit Uses(const Graph& graph);

  /// The step whose output is this slot's storage; -1 if none is.
  int writerOf(int slot) const;

  /// True if the storage of this temporary is read once, and not returned: its writer may merge
  /// with its reader.
  bool isReadOnce(int slot) const;

  /// The steps that read this slot's storage, in order.
  StepList readersOf(int slot) const;

  /// True if some step in (first, last) writes the storage of this slot in place.
  bool isUpdatedBetween(int slot, int first, int last) const;

 private:
  const Graph& graph_;
  std::vector<int> writer_, reads_;  // by root
  StepsByRoot readers_;              // each step once
  StepsByRoot updates_;              // the steps that write it in place
};

inline bool is(const Step& step, const KnownOp& op) { return step.op == op.number(); }

/// The activation whose gradient a step takes from its output; Linear if none.
Activation differentiatedBy(const Step& step);

/// Whether there is anything to do for a pass that looks for such steps.
bool hasAny(const Graph& graph, std::initializer_list<const KnownOp*> ops);

/// For the plan's listing: what a pass merged.
void noteFusion(Graph& graph, const std::string& what);
void noteFusion(Graph& graph, const Step& first, const Step& second, const KnownOp& fused);

/// Moves the steps that are not marked in `dropped` together.
void keepSteps(Graph& graph, const std::vector<bool>& dropped);

}  // namespace nabla::passes
