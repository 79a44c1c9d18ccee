// Consecutive element-wise steps of a plan, run together block by block: what one computes for the
// next stays in cache. The arithmetic is that of the steps' own kernels.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/graph.hpp"

namespace nabla {

/// Elements of a block: of float32 so few that several blocks fit into the cache of first level.
constexpr std::int64_t kBlockElements = 2048;

/// Chains of fewer elements are not worth it: caches hold all that they touch.
constexpr std::int64_t kLeastChained = 8 * kBlockElements;

/// What the step's parts cut and all its operands stretch to: its result, or what it writes.
inline int targetOf(const Step& step) {
  return step.outputs.empty() ? step.inputs[0] : step.outputs[0];
}

/// Elements after which an operand begins anew while the target goes on: 0 if it goes along with
/// it, 1 for a scalar, n of [n] beside [m, n]; -1 if it does otherwise.
std::int64_t periodOf(const View& operand, const View& target);

/// The steps [begin, end) of a graph that stays in place, marked as one chain by
/// passes::formChains.
class Chain {
 public:
  Chain(const Graph& graph, int begin, int end);

  int end() const { return end_; }
  /// Scratch memory for a part.
  std::int64_t workspaceBytes() const;
  /// Runs a part of all the steps.
  void run(Part part) const;

 private:
  struct Member {
    const OpRow* row;
    const Attribute* attrs;
    std::size_t first;  // of its operands
    int inputs, outputs;
  };
  struct Operand {
    const View* whole;
    std::int64_t period;
    std::int64_t offset;  // in a part's workspace, for what lives within the chain; else -1
  };
  struct Block;

  void addOperand(const Graph& graph, int slot);
  void place(const Block& block, char* workspace, View* views) const;

  const int end_;
  const View& target_;
  std::int64_t period_ = 0;  // of the operands that begin anew, 0 if none does
  std::vector<Member> members_;
  std::vector<Operand> operands_;
  std::vector<int> local_;  // roots that live within the chain
};

}  // namespace nabla
