#include "plan/chain.hpp"

#include <algorithm>
#include <new>

#include "table/subnormals.hpp"

namespace nabla {
namespace {

/// Bytes of a block of the widest elements.
constexpr std::int64_t kBlockBytes = kBlockElements * 8;

/// The elements of a part, as kernels cut them: along the leading axis.
Range elementsOfPart(const View& target, Part part) {
  const std::int64_t rows = target.rank == 0 ? 1 : target.dims[0];
  const Range range = rowsOf(rows, part);
  const std::int64_t rowSize = rows == 0 ? 0 : target.size / rows;
  return {range.begin * rowSize, range.end * rowSize};
}

void setDims(View& view, std::int64_t rows, std::int64_t columns) {
  view.rank = rows > 0 ? 2 : 1;
  view.dims[0] = rows > 0 ? rows : columns;
  view.dims[1] = rows > 0 ? columns : 0;
  view.size = (rows > 0 ? rows : 1) * columns;
}

}  // namespace

std::int64_t periodOf(const View& operand, const View& target) {
  if (operand.size == target.size) return 0;
  if (operand.size == 1) return 1;
  int axis = 0;
  while (operand.dims[axis] == 1) axis++;
  const int own = operand.rank - axis;
  if (own > target.rank) return -1;
  for (int i = 0; i < own; i++) {
    if (operand.dims[axis + i] != target.dims[target.rank - own + i]) return -1;
  }
  return operand.size;
}

/// Some rows of one period each, or a stretch of elements of one row.
struct Chain::Block {
  std::int64_t first, rows, columns;

  std::int64_t size() const { return rows > 0 ? rows * columns : columns; }
};

Chain::Chain(const Graph& graph, int begin, int end)
    : end_(end), target_(graph.at(targetOf(graph.steps[static_cast<std::size_t>(begin)])).view) {
  for (int i = begin; i < end; i++) {
    const Step& step = graph.steps[static_cast<std::size_t>(i)];
    members_.push_back({&step.row(), step.attrs.data(), operands_.size(),
                        static_cast<int>(step.inputs.size()),
                        static_cast<int>(step.outputs.size())});
    for (int slot : step.inputs) addOperand(graph, slot);
    for (int slot : step.outputs) addOperand(graph, slot);
  }
}

void Chain::addOperand(const Graph& graph, int slot) {
  const View& whole = graph.at(slot).view;
  const std::int64_t period = periodOf(whole, target_);
  if (period > 1) period_ = period;
  std::int64_t offset = -1;
  if (graph.rootOf(slot).chain >= 0) {
    const auto found = std::find(local_.begin(), local_.end(), graph.at(slot).root);
    offset = (found - local_.begin()) * kBlockBytes;
    if (found == local_.end()) local_.push_back(graph.at(slot).root);
  }
  operands_.push_back({&whole, period, offset});
}

std::int64_t Chain::workspaceBytes() const {
  const auto tables = operands_.size() * (sizeof(View) + sizeof(const View*));
  return static_cast<std::int64_t>(local_.size()) * kBlockBytes + static_cast<std::int64_t>(tables);
}

void Chain::place(const Block& block, char* workspace, View* views) const {
  for (std::size_t i = 0; i < operands_.size(); i++) {
    const Operand& operand = operands_[i];
    View& view = views[i];
    if (operand.period == 1) continue;
    if (operand.period == 0) {
      setDims(view, block.rows, block.columns);
    } else {
      setDims(view, 0, block.columns);
    }
    if (operand.offset >= 0) {
      view.data = workspace + operand.offset;
      continue;
    }
    const std::int64_t skipped = operand.period == 0 ? block.first : block.first % operand.period;
    const auto bytes = static_cast<std::int64_t>(bytesPerElement(view.dtype));
    view.data = static_cast<char*>(operand.whole->data) + skipped * bytes;
  }
}

void Chain::run(Part part) const {
  const FlushSubnormals flush;
  char* const workspace = static_cast<char*>(part.workspace);
  View* const views =
      reinterpret_cast<View*>(workspace + static_cast<std::int64_t>(local_.size()) * kBlockBytes);
  const View** const pointers = reinterpret_cast<const View**>(views + operands_.size());
  for (std::size_t i = 0; i < operands_.size(); i++) {
    pointers[i] = new (views + i) View(*operands_[i].whole);
    if (operands_[i].period == 1) views[i].rank = 0;
  }
  const Range range = elementsOfPart(target_, part);
  Block block{range.begin, 0, 0};
  for (; block.first < range.end; block.first += block.size()) {
    const std::int64_t left = range.end - block.first;
    if (period_ > 0 && period_ <= kBlockElements) {
      block.rows = std::min(kBlockElements / period_, left / period_);
      block.columns = period_;
    } else {
      block.columns = std::min(kBlockElements, left);
      if (period_ > 0) {
        block.columns = std::min(block.columns, period_ - block.first % period_);
      }
    }
    place(block, workspace, views);
    for (const Member& member : members_) {
      const View* const* const in = pointers + member.first;
      member.row->compute({in, in + member.inputs, member.attrs, member.inputs, member.outputs},
                          Part{});
    }
  }
}

}  // namespace nabla
