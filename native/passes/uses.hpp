// Who writes and reads what in a graph: what fusions ask before they merge steps.
#pragma once

#include <string>
#include <vector>

#include "plan/graph.hpp"
#include "table/activation.hpp"
#include "table/known-op.hpp"

namespace nabla::passes {

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
  const std::vector<int>& readersOf(int slot) const;

  /// True if some step in (first, last) writes the storage of this slot in place.
  bool isUpdatedBetween(int slot, int first, int last) const;

 private:
  const Graph& graph_;
  std::vector<int> writer_, reads_;        // by root
  std::vector<std::vector<int>> readers_;  // by root, each step once
  std::vector<std::vector<int>> updates_;  // by root: the steps that write it in place, in order
};

inline bool is(const Step& step, const KnownOp& op) { return step.op == op.number(); }

/// The activation whose gradient a step takes from its output; Linear if none.
Activation differentiatedBy(const Step& step);

/// For the plan's listing: what a pass merged.
void noteFusion(Graph& graph, const std::string& what);
void noteFusion(Graph& graph, const Step& first, const Step& second, const KnownOp& fused);

/// Moves the steps that are not marked in `dropped` together.
void keepSteps(Graph& graph, const std::vector<bool>& dropped);

}  // namespace nabla::passes
