#include "table/access.hpp"

#include <algorithm>

#include "table/subnormals.hpp"

namespace nabla {
namespace {

std::int64_t leadingDim(const View& view) { return view.rank == 0 ? 1 : view.dims[0]; }

/// Slices of something that the step writes.
std::int64_t slicesOfTarget(const OpRow& row, const Operands& operands, const View& target) {
  if (!row.isCut()) return 1;
  return row.sliceCount != nullptr ? row.sliceCount(operands) : leadingDim(target);
}

/// What parts of input `input` are cut by: the first output, or the first input that is written, of
/// its own group where inputs repeat.
const View& targetOf(const OpRow& row, const Operands& operands, int input) {
  if (operands.nOut > 0) return operands.output();
  const int first = row.inputCount - row.repeated;
  const bool isOfGroup = row.repeated > 0 && input >= first;
  int i = isOfGroup ? input - (input - first) % row.repeated : 0;
  while (i + 1 < operands.nIn && !row.inputSpec(i).written) i++;
  return operands.input(i);
}

/// Slices of an input that stretches to the target, or that keeps its leading axis.
std::int64_t alongLeadingAxis(const View& input, const View& target) {
  const bool isAligned = input.rank == target.rank && leadingDim(input) == leadingDim(target);
  return isAligned ? leadingDim(target) : kWhole;
}

}  // namespace

std::int64_t slicesOfOutput(const OpRow& row, const Operands& operands, int i) {
  return slicesOfTarget(row, operands, operands.output(i));
}

std::int64_t slicesOfInput(const OpRow& row, const Operands& operands, int i) {
  const InputSpec& spec = row.inputSpec(i);
  const View& input = operands.input(i);
  if (spec.written) return slicesOfTarget(row, operands, input);
  if (!row.isCut()) return kWhole;
  switch (row.accessOf != nullptr ? row.accessOf(operands, i) : spec.access) {
    case Access::Elements:
      return alongLeadingAxis(input, targetOf(row, operands, i));
    case Access::Rows:
      return slicesOfTarget(row, operands, targetOf(row, operands, i));
    case Access::Whole:
      break;
  }
  return kWhole;
}

std::int64_t slicesOfStep(const OpRow& row, const Operands& operands) {
  std::int64_t slices = 1;
  for (int i = 0; i < operands.nOut; i++) {
    slices = std::max(slices, slicesOfOutput(row, operands, i));
  }
  for (int i = 0; i < operands.nIn; i++) {
    if (row.inputSpec(i).written) slices = std::max(slices, slicesOfInput(row, operands, i));
  }
  return slices;
}

void runPart(const OpRow& row, const Operands& operands, Part part) {
  if (!row.isCut() && part.index != part.count - 1) return;
  const FlushSubnormals flush;
  if (row.isCut()) {
    row.compute(operands, part);
  } else {
    row.compute(operands, Part{0, 1, part.workspace});
  }
}

}  // namespace nabla
