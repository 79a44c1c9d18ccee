// Where a part's pieces find the temporaries of their phase.
//
// A temporary that nobody touches outside of one phase, and each of whose slices one part alone
// touches, is of no use to a part once a piece of it is done. So all pieces of a part use the same
// memory for it, the start of the part's own share: it stays in the cache, where each piece at its
// own place would write to memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "plan/graph.hpp"

namespace nabla {

/// Storage of a temporary that is of use within one phase alone, part by part.
struct PassingStorage {
  int root;
  std::int64_t slices;
};

/// By the number of their phase.
using PassingStorages = std::map<int, std::vector<PassingStorage>>;
PassingStorages passingStorages(const Graph& graph);

/// What one part of a phase sees of the operands of its steps, piece by piece.
class PieceViews {
 public:
  /// Of steps [begin, end). The graph stays in place, its temporaries have theirs.
  PieceViews(const Graph& graph, int begin, int end, const std::vector<PassingStorage>& passing);
  // Views point into their object's own lists, which keep their places when they move.
  PieceViews(PieceViews&&) = default;
  PieceViews(const PieceViews&) = delete;

  /// From here on for piece `piece` of `part`, which has `pieces` of them.
  void moveTo(Part part, int piece, int pieces);

  const Operands& operandsOf(int step) const { return operands_[at(step - begin_)]; }
  /// What a slot is seen by.
  const View& of(int slot) const;

 private:
  struct Passing {
    const View* whole;  // where the graph has it
    View view;          // where the piece has it
    std::int64_t slices;
  };
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }

  const Graph& graph_;
  const int begin_;
  std::map<int, Passing> passing_;     // by slot
  std::vector<const View*> pointers_;  // to what steps touch, inputs before outputs
  std::vector<Operands> operands_;     // of each step
};

}  // namespace nabla
