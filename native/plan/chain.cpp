#include "plan/chain.hpp"

#include <algorithm>
#include <new>
#include <unordered_map>

#include "table/registry.hpp"
#include "table/subnormals.hpp"

namespace nabla {
namespace {

constexpr std::size_t kAlignment = 64;

/// Rows that are worth a block each.
constexpr std::int64_t kLongRow = kBlockElements / 4;

/// The elements of a part, as kernels cut them: along the leading axis.
Range elementsOfPart(const View& target, Part part) {
  const std::int64_t rows = target.rank == 0 ? 1 : target.dims[0];
  const Range range = rowsOf(rows, part);
  const std::int64_t rowSize = rows == 0 ? 0 : target.size / rows;
  return {range.begin * rowSize, range.end * rowSize};
}

/// The elements of rows that are repeated while the target goes on: n of [n] beside [m, n]; 0 if
/// the operand stretches otherwise.
std::int64_t periodOf(const View& operand, const View& target) {
  int axis = 0;
  while (operand.dims[axis] == 1) axis++;
  const int own = operand.rank - axis;
  for (int i = 0; i < own; i++) {
    if (operand.dims[axis + i] != target.dims[target.rank - own + i]) return 0;
  }
  return operand.size;
}

/// The element of an operand that lies beside a row of the target, counted in elements of its own.
std::int64_t besideRow(std::int64_t row, const View& operand, const View& target) {
  std::int64_t element = 0, stride = 1;
  int axis = operand.rank - 2;
  for (int k = target.rank - 2; axis >= 0; k--, axis--) {
    if (operand.dims[axis] != 1) element += row % target.dims[k] * stride;
    row /= target.dims[k];
    stride *= operand.dims[axis];
  }
  return element;
}

void setSize(View& view, std::int64_t size) {
  view.rank = 1;
  view.dims[0] = view.size = size;
}

}  // namespace

/// A part's workspace.
struct Chain::Scratch {
  char* const memory;
  const View** const wholes;    // the operands
  View* const views;            // what a block sees of them
  const View** const pointers;  // to them, in the order of the members' operands
  TileStep* const steps;
  char* const tiles;
};

// ---- what there is to do

class Chain::Builder {
 public:
  Builder(Chain& chain, const Graph& graph, int begin)
      : chain_(chain), graph_(graph), begin_(begin), end_(chain.end_), target_(chain.target_) {
    for (int i = begin_; i < end_; i++) {
      for (int slot : stepAt(i).inputs) lastRead_[graph_.at(slot).root] = i;
    }
    around_.isNumber = [this](int slot) {
      const Kind kind = kindOf(slot);
      return kind == Kind::Number || kind == Kind::RowNumber;
    };
    around_.goesAlong = [this](int slot) { return viewOf(slot).size == target_.size; };
    around_.operandOf = [this](int slot) { return operandOf(slot); };
    around_.storageOf = [this](int operand) {
      return graph_.at(chain_.operands_[static_cast<std::size_t>(operand)].slot).root;
    };
  }

  void run() {
    for (int i = begin_; i < end_;) {
      const int next = endOfProgram(i);
      if (next > i) {
        addProgram(i, next);
        i = next;
        continue;
      }
      const std::size_t first = chain_.members_.size();
      for (; i < end_ && !runsOnTiles(graph_, stepAt(i)); i++) addMember(stepAt(i));
      chain_.segments_.push_back({-1, first, chain_.members_.size()});
    }
    layOut();
  }

 private:
  const Step& stepAt(int i) const { return graph_.steps[static_cast<std::size_t>(i)]; }
  const View& viewOf(int slot) const { return graph_.at(slot).view; }
  DType dtypeOf(const Step& step) const { return viewOf(targetOf(step)).dtype; }

  int endOfProgram(int begin) const {
    int end = begin;
    while (end < end_ && runsOnTiles(graph_, stepAt(end)) &&
           dtypeOf(stepAt(end)) == dtypeOf(stepAt(begin))) {
      end++;
    }
    return end;
  }

  void addProgram(int begin, int end) {
    around_.isReadAfter = [this, end](int root) {
      const auto found = lastRead_.find(root);
      return found != lastRead_.end() && found->second >= end;
    };
    chain_.segments_.push_back({static_cast<int>(chain_.programs_.size())});
    chain_.programs_.emplace_back(graph_, begin, end, around_);
  }

  void addMember(const Step& step) {
    chain_.members_.push_back({&step.row(), step.attrs.data(), chain_.of_.size(),
                               static_cast<int>(step.inputs.size()),
                               static_cast<int>(step.outputs.size())});
    for (int slot : step.inputs) chain_.of_.push_back(operandOf(slot));
    for (int slot : step.outputs) chain_.of_.push_back(operandOf(slot));
  }

  int operandOf(int slot) {
    const auto next = static_cast<int>(chain_.operands_.size());
    const auto [known, isNew] = operandOf_.emplace(slot, next);
    if (isNew) chain_.operands_.push_back({slot, &viewOf(slot), kindOf(slot)});
    return known->second;
  }

  Kind kindOf(int slot) const {
    const View& view = viewOf(slot);
    if (view.size == target_.size) {
      return graph_.rootOf(slot).chain < 0 ? Kind::Along : Kind::Local;
    }
    if (view.size == 1) return Kind::Number;
    if (view.lastDim() == 1 && target_.lastDim() >= kLongRow) return Kind::RowNumber;
    return periodOf(view, target_) > 0 ? Kind::Rows : Kind::Stretched;
  }

  // ---- where it is done

  void layOut() {
    for (const Operand& operand : chain_.operands_) {
      if (operand.kind == Kind::RowNumber) chain_.row_ = target_.lastDim();
      if (operand.kind == Kind::Rows)
        chain_.period_ = std::max(chain_.period_, operand.whole->size);
    }
    for (Operand& operand : chain_.operands_) {
      if (operand.kind == Kind::Rows) operand.kind = chain_.kindOfRows(operand.whole->size);
      operand.offset = placeOf(operand);
    }
    std::size_t length = 0;
    std::size_t scratchTiles = 0;
    for (const TileProgram& program : chain_.programs_) {
      length = std::max(length, program.length());
      scratchTiles = std::max(scratchTiles, program.scratchTiles());
    }
    chain_.tiles_ = take(scratchTiles * static_cast<std::size_t>(kTileBytes));
    chain_.wholes_ = take(chain_.operands_.size() * sizeof(const View*));
    chain_.views_ = take(chain_.operands_.size() * sizeof(View));
    chain_.pointers_ = take(chain_.of_.size() * sizeof(const View*));
    chain_.steps_ = take(length * sizeof(TileStep));
  }

  /// Offset in the workspace of what lies there; -1 of what does not.
  std::int64_t placeOf(const Operand& operand) {
    const std::size_t bytes =
        static_cast<std::size_t>(kBlockElements) * bytesPerElement(operand.whole->dtype);
    if (operand.kind == Kind::Repeated || operand.kind == Kind::Stretched) return take(bytes);
    if (operand.kind != Kind::Local) return -1;
    const auto [known, isNew] = placeOfRoot_.emplace(graph_.at(operand.slot).root, 0);
    if (isNew) known->second = take(bytes);
    return known->second;
  }

  std::int64_t take(std::size_t bytes) {
    const std::int64_t offset = chain_.workspaceBytes_;
    chain_.workspaceBytes_ +=
        static_cast<std::int64_t>((bytes + kAlignment - 1) / kAlignment * kAlignment);
    return offset;
  }

  Chain& chain_;
  const Graph& graph_;
  const int begin_, end_;
  const View& target_;
  TileProgram::Surroundings around_;
  std::unordered_map<int, int> lastRead_;              // by root: a step
  std::unordered_map<int, int> operandOf_;             // by slot
  std::unordered_map<int, std::int64_t> placeOfRoot_;  // by root: an offset
};

Chain::Chain(const Graph& graph, int begin, int end)
    : end_(end), target_(graph.at(targetOf(graph.steps[static_cast<std::size_t>(begin)])).view) {
  Builder(*this, graph, begin).run();
  needsBlocks_ = needsBlocks();
}

/// The longest rows decide where blocks end.
Chain::Kind Chain::kindOfRows(std::int64_t size) const {
  if (row_ > 0) return Kind::Rows;
  if (period_ > kBlockElements) return size == period_ ? Kind::Rows : Kind::Stretched;
  return period_ % size == 0 ? Kind::Repeated : Kind::Stretched;
}

bool Chain::needsBlocks() const {
  return segments_.size() > 1 || !members_.empty() ||
         std::any_of(operands_.begin(), operands_.end(), [](const Operand& operand) {
           return operand.kind != Kind::Along && operand.kind != Kind::Number;
         });
}

/// The next elements of a part: within a row where rows are longer than blocks, else whole rows.
std::int64_t Chain::blockAt(std::int64_t first, std::int64_t end) const {
  const std::int64_t left = end - first;
  if (!needsBlocks_) return left;
  if (row_ > 0) return std::min({kBlockElements, left, row_ - first % row_});
  if (period_ == 0) return std::min(kBlockElements, left);
  if (period_ <= kBlockElements) return std::min(kBlockElements / period_ * period_, left);
  return std::min({kBlockElements, left, period_ - first % period_});
}

// ---- a run

void Chain::run(Part part, const PieceViews* seen) const {
  const FlushSubnormals flush;
  const Range range = elementsOfPart(target_, part);
  if (range.begin == range.end) return;
  char* const memory = static_cast<char*>(part.workspace);
  const Scratch scratch{memory,
                        reinterpret_cast<const View**>(memory + wholes_),
                        reinterpret_cast<View*>(memory + views_),
                        reinterpret_cast<const View**>(memory + pointers_),
                        reinterpret_cast<TileStep*>(memory + steps_),
                        memory + tiles_};
  begin(range.begin, seen, scratch);
  for (std::int64_t first = range.begin; first < range.end;) {
    const std::int64_t size = blockAt(first, range.end);
    place(first, size, scratch);
    compute(size, scratch);
    first += size;
  }
}

/// What all blocks share. A part begins with a row.
void Chain::begin(std::int64_t first, const PieceViews* seen, const Scratch& scratch) const {
  for (std::size_t i = 0; i < operands_.size(); i++) {
    const Operand& operand = operands_[i];
    const View& whole = seen == nullptr ? *operand.whole : seen->of(operand.slot);
    scratch.wholes[i] = &whole;
    View& view = *new (scratch.views + i) View(whole);
    if (operand.offset >= 0) view.data = scratch.memory + operand.offset;
    if (operand.kind == Kind::Number || operand.kind == Kind::RowNumber) {
      view.rank = 0;
      view.size = 1;
    }
    if (operand.kind == Kind::Repeated) {
      const std::int64_t size = std::min(kBlockElements / period_ * period_, target_.size - first);
      tileKernels().stretch(whole, target_, first, size, view.data);
    }
  }
  for (std::size_t i = 0; i < of_.size(); i++) {
    scratch.pointers[i] = scratch.views + of_[i];
  }
}

void Chain::place(std::int64_t first, std::int64_t size, const Scratch& scratch) const {
  for (std::size_t i = 0; i < operands_.size(); i++) {
    const Operand& operand = operands_[i];
    View& view = scratch.views[i];
    const View& whole = *scratch.wholes[i];
    if (operand.kind == Kind::Number) continue;
    if (operand.kind == Kind::Along || operand.kind == Kind::Rows ||
        operand.kind == Kind::RowNumber) {
      view.data = whole.as<char>() + skippedBefore(first, operand) *
                                         static_cast<std::int64_t>(bytesPerElement(whole.dtype));
    }
    if (operand.kind == Kind::RowNumber) continue;
    setSize(view, size);
    if (operand.kind == Kind::Stretched) {
      tileKernels().stretch(whole, target_, first, size, view.data);
    }
  }
}

/// Elements of an operand that lie before its first one beside a block.
std::int64_t Chain::skippedBefore(std::int64_t first, const Operand& operand) const {
  if (operand.kind == Kind::Along) return first;
  if (operand.kind == Kind::Rows) return first % operand.whole->size;
  return besideRow(first / row_, *operand.whole, target_);
}

void Chain::compute(std::int64_t size, const Scratch& scratch) const {
  for (const Segment& segment : segments_) {
    if (segment.program >= 0) {
      const TileProgram& program = programs_[static_cast<std::size_t>(segment.program)];
      program.place(scratch.views, scratch.tiles, scratch.steps);
      tileKernels().run(scratch.steps, program.compiled(), size, program.dtype());
      continue;
    }
    for (std::size_t i = segment.begin; i < segment.end; i++) {
      const Member& member = members_[i];
      const View* const* const in = scratch.pointers + member.first;
      member.row->compute({in, in + member.inputs, member.attrs, member.inputs, member.outputs},
                          Part{});
    }
  }
}

}  // namespace nabla
