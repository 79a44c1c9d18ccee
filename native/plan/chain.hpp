// Consecutive element-wise steps of a plan, run together: cheap ones as programs on tiles, whose
// values stay in registers, the others by their kernels over blocks, whose values stay in cache.
// The results are those of the steps' own kernels, bit for bit.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/graph.hpp"
#include "plan/piece-views.hpp"
#include "plan/tile-program.hpp"

namespace nabla {

/// Elements of a block: so few that several blocks fit into the cache of first level, and whole
/// tiles of every instruction set.
constexpr std::int64_t kBlockElements = 1920;

/// What the step's parts cut and all its operands stretch to: its result, or what it writes.
inline int targetOf(const Step& step) {
  return step.outputs.empty() ? step.inputs[0] : step.outputs[0];
}

/// The steps [begin, end) of a graph that stays in place, marked as one chain by
/// passes::formChains.
class Chain {
 public:
  Chain(const Graph& graph, int begin, int end);

  int end() const { return end_; }
  /// Scratch memory for a part.
  std::int64_t workspaceBytes() const { return workspaceBytes_; }
  const std::vector<TileProgram>& programs() const { return programs_; }
  /// Runs a part of all the steps; of a piece, on what that sees.
  void run(Part part, const PieceViews* seen) const;

 private:
  /// How an operand lies beside the target.
  enum class Kind : std::uint8_t {
    Along,      // element by element
    Local,      // likewise, and in blocks of the workspace alone
    Number,     // one element
    RowNumber,  // one element beside each row of the target, which are long: blocks end with them
    Rows,       // rows that are repeated, longer than blocks
    Repeated,   // rows that are repeated in the workspace, once for all blocks
    Stretched,  // anything else: stretched into the workspace, block by block
  };
  struct Operand {
    int slot;
    const View* whole;
    Kind kind;
    std::int64_t offset = -1;  // in the workspace
  };
  struct Member {
    const OpRow* row;
    const Attribute* attrs;
    std::size_t first;  // of its operands among those of members
    int inputs, outputs;
  };
  /// Steps that run one after the other on a block: a program, or members with their kernels.
  struct Segment {
    int program = -1;
    std::size_t begin = 0, end = 0;  // members
  };
  struct Scratch;

  class Builder;

  Kind kindOfRows(std::int64_t size) const;
  std::int64_t skippedBefore(std::int64_t first, const Operand& operand) const;
  bool needsBlocks() const;
  std::int64_t blockAt(std::int64_t first, std::int64_t end) const;
  void begin(std::int64_t first, const PieceViews* seen, const Scratch& scratch) const;
  void place(std::int64_t first, std::int64_t size, const Scratch& scratch) const;
  void compute(std::int64_t size, const Scratch& scratch) const;

  const int end_;
  const View& target_;
  std::int64_t row_ = 0;      // elements of the target's rows where blocks end with them; else 0
  std::int64_t period_ = 0;   // of the longest rows that are repeated; 0 if there are none
  bool needsBlocks_ = false;  // or else one program does all of a part at once
  std::vector<Operand> operands_;
  std::vector<int> of_;  // operands of members, in their order
  std::vector<Member> members_;
  std::vector<TileProgram> programs_;
  std::vector<Segment> segments_;
  // Offsets in the workspace, bytes.
  std::int64_t wholes_ = 0, views_ = 0, pointers_ = 0, steps_ = 0, tiles_ = 0, workspaceBytes_ = 0;
};

}  // namespace nabla
