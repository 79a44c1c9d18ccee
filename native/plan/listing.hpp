// A plan in words: its steps by phases, its buffers, what passes merged.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plan/graph.hpp"

namespace nabla {

/// What a listing tells of a phase beside its steps.
struct ListedPhase {
  double nanoseconds;  // by the cost model, on one core
  int parts;
  int pieces;  // of each part
};

/// One line for each phase, each step and each buffer that is left after the passes. Slots are
/// numbered in the order in which they were captured. `workspaceBytes` are those of one thread.
std::string listPlan(const Graph& graph, const std::vector<ListedPhase>& phases,
                     std::int64_t workspaceBytes);

}  // namespace nabla
