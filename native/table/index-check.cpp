#include "table/index-check.hpp"

#include "table/access.hpp"

namespace nabla {

namespace {

/// The first of every `step`-th value that is not in [0, limit).
template <typename T>
IndexFault firstFault(const T* values, Range range, std::int64_t step, std::int64_t limit) {
  for (std::int64_t i = range.begin; i < range.end; i += step) {
    const std::int64_t value = values[i];
    if (value < 0 || value >= limit) return {true, value, i, limit};
  }
  return {};
}

IndexFault firstFault(const View& view, Range range, std::int64_t step, std::int64_t limit) {
  return view.dtype == DType::Uint8 ? firstFault(view.as<std::uint8_t>(), range, step, limit)
                                    : firstFault(view.as<std::int32_t>(), range, step, limit);
}

}  // namespace

IndexFault checkIndices(const OpRow& row, const Operands& operands, Part part) {
  const IndexCheck& check = row.indexCheck;
  if (check.what == nullptr) return {};
  // Where one part does all, the last one does.
  if (!row.isCut() && part.index != part.count - 1) return {};
  const View& view = operands.input(check.operand);
  const bool isShared = slicesOfInput(row, operands, check.operand) == kWhole;
  const std::int64_t rows = view.rank == 0 ? 1 : view.dims[0];
  const std::int64_t rowSize = rows == 0 ? 0 : view.size / rows;
  const Range range = rowsOf(rows, isShared ? Part{} : part);
  const Range elements = {range.begin * rowSize, range.end * rowSize};
  if (check.limitOf == nullptr) return firstFault(view, elements, 1, check.limit(operands));
  const int coordinates = static_cast<int>(view.lastDim());
  for (int i = 0; i < coordinates; i++) {
    const IndexFault fault = firstFault(view, {elements.begin + i, elements.end}, coordinates,
                                        check.limitOf(operands, i));
    if (fault.found) return fault;
  }
  return {};
}

std::string describeFault(const OpRow& row, const IndexFault& fault) {
  return std::string(row.name) + ": " + row.indexCheck.what + " " + std::to_string(fault.value) +
         " at position " + std::to_string(fault.position) + " is outside [0, " +
         std::to_string(fault.limit) + ")";
}

}  // namespace nabla
