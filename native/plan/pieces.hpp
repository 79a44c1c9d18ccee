// How far a phase's parts are cut again, so that what one step writes is in the cache when the next
// reads it.
#pragma once

#include <cstdint>

#include "plan/graph.hpp"

namespace nabla {

/// What the steps of a phase touch.
struct PhaseMemory {
  std::int64_t sliced = 0;  // bytes of which each slice is touched by one part
  std::int64_t whole = 0;   // bytes that each part may touch all of, such as weights
  bool handsOn = false;     // a step reads slices that an earlier one, of another chain, wrote
};

/// What the steps from `begin` to before `end` touch, which are one phase; nothing if that is less
/// than a piece.
PhaseMemory memoryOf(const Graph& graph, int begin, int end);

/// Into how many pieces to cut each of `parts` parts of a phase of at most `slices` slices. A piece
/// goes through all steps of the phase before the next one begins.
int piecesFor(const PhaseMemory& memory, std::int64_t slices, int parts);

/// How many bytes make a piece. For tests: with 0 each slice is a piece of its own. Plans that ran
/// already keep their pieces until the setting of threads changes.
void setPieceBytes(double bytes);

}  // namespace nabla
