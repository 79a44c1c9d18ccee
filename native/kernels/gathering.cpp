// Gather and scatter along an axis behind the first, and by coordinates of several axes.
#include <cstring>

#include "axes.hpp"
#include "chosen-rows.hpp"
#include "kernels.hpp"
#include "row-totals.hpp"

namespace nabla::NABLA_ISA {
namespace {

// ---- along an axis: x [outer, rows, inner], y [outer, indices, inner]

/// The outer slices of `part`: parts cut the leading axis, which is one of them.
Range outerOf(const View& view, int axis, Part part) {
  const std::int64_t each = sizeOfAxes(view, 1, axis);
  const Range rows = rowsOf(view.dims[0], part);
  return {rows.begin * each, rows.end * each};
}

void gatherAlong(const Operands& operands, Part part) {
  const View &x = operands.input(0), &indices = operands.input(1), &y = operands.output();
  const int axis = operands.axis(0);
  const std::int64_t inner = sizeOfAxes(x, axis + 1, x.rank), rows = x.dims[axis];
  if (y.size == 0) return;
  const Range outer = outerOf(x, axis, part);
  withType(x.dtype, [&](auto zero) {
    using T = decltype(zero);
    T* to = y.as<T>() + outer.begin * indices.size * inner;
    for (std::int64_t slice = outer.begin; slice < outer.end; slice++) {
      const T* const from = x.as<T>() + slice * rows * inner;
      for (std::int64_t i = 0; i < indices.size; i++, to += inner) {
        const T* const row = from + indices.as<std::int32_t>()[i] * inner;
        for (std::int64_t k = 0; k < inner; k++) to[k] = row[k];
      }
    }
  });
}

void scatterAddAlong(const Operands& operands, Part part) {
  const View &updates = operands.input(0), &indices = operands.input(1), &y = operands.output();
  const int axis = operands.axis(0);
  const std::int64_t inner = sizeOfAxes(y, axis + 1, y.rank), rows = y.dims[axis];
  if (y.size == 0) return;
  const Range outer = outerOf(y, axis, part);
  withFloat(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    Sum<T>* const totals = static_cast<Sum<T>*>(part.workspace);
    for (std::int64_t slice = outer.begin; slice < outer.end; slice++) {
      clearTotals(totals, rows * inner);
      for (std::int64_t i = 0; i < indices.size; i++) {
        takeRow(totals + indices.as<std::int32_t>()[i] * inner,
                updates.as<T>() + (slice * indices.size + i) * inner, inner);
      }
      writeTotals(totals, y.as<T>() + slice * rows * inner, rows * inner);
    }
  });
}

// ---- by coordinates: x [dims, row], indices [..., dims], y [..., row]

/// The row of `x` that coordinates name.
std::int64_t rowAt(const std::int32_t* coordinates, const Type& x, int count) {
  std::int64_t row = 0;
  for (int axis = 0; axis < count; axis++) row = row * x.dims[axis] + coordinates[axis];
  return row;
}

int coordinatesOf(const Type& indices) { return static_cast<int>(indices.dims[indices.rank - 1]); }

void gatherND(const Operands& operands, Part part) {
  const View &x = operands.input(0), &indices = operands.input(1), &y = operands.output();
  if (y.size == 0) return;
  const int count = coordinatesOf(indices);
  const std::int64_t rowSize = sizeOfAxes(x, count, x.rank);
  const bool isOne = indices.rank == 1;  // a single row, which the last part takes
  const std::int64_t last = part.index == part.count - 1 ? 1 : 0;
  const Range elements = elementsOf(indices, part);
  const Range range = isOne ? Range{0, last} : Range{elements.begin / count, elements.end / count};
  withType(x.dtype, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = range.begin; i < range.end; i++) {
      const std::int64_t row = rowAt(indices.as<std::int32_t>() + i * count, x, count);
      std::memcpy(y.as<T>() + i * rowSize, x.as<T>() + row * rowSize,
                  static_cast<std::size_t>(rowSize) * sizeof(T));
    }
  });
}

void scatterND(const Operands& operands, Part part) {
  const View &indices = operands.input(0), &updates = operands.input(1), &y = operands.output();
  const int count = coordinatesOf(indices);
  const std::int64_t rowSize = sizeOfAxes(y, count, y.rank);
  withNumeric(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    Sum<T>* const totals = static_cast<Sum<T>*>(part.workspace);
    clearTotals(totals, y.size);
    for (std::int64_t i = 0; i < indices.size / count && rowSize > 0; i++) {
      const std::int64_t row = rowAt(indices.as<std::int32_t>() + i * count, y, count);
      takeRow(totals + row * rowSize, updates.as<T>() + i * rowSize, rowSize);
    }
    writeTotals(totals, y.as<T>(), y.size);
  });
}

// ---- rules

/// An axis behind the first of a tensor of this rank.
int axisBehindFirst(TypeQuery& query, int rank) {
  const int axis = query.axis(0, rank);
  if (axis > 0) return axis;
  query.fail(ErrorKind::Range, "expected an axis behind the first but received {=0}");
}

void gatherAlongRule(TypeQuery& query) {
  const Type &x = query.input(0), &indices = query.input(1);
  expectIndices(query, 1);
  const int axis = axisBehindFirst(query, x.rank);
  Type& y = query.output();
  y.dtype = x.dtype;
  for (int i = 0; i < axis; i++) query.append(y, x.dims[i]);
  for (int i = 0; i < indices.rank; i++) query.append(y, indices.dims[i]);
  for (int i = axis + 1; i < x.rank; i++) query.append(y, x.dims[i]);
}

void scatterAddAlongRule(TypeQuery& query) {
  const Type &updates = query.input(0), &indices = query.input(1);
  query.expectFloat(0);
  expectIndices(query, 1);
  const int axis = axisBehindFirst(query, updates.rank - indices.rank + 1);
  const std::int64_t rows = query.integer(1);
  bool fits = true;
  for (int i = 0; i < indices.rank; i++) {
    fits = fits && TypeQuery::mayEqual(updates.dims[axis + i], indices.dims[i]);
  }
  if (!fits) {
    query.fail(ErrorKind::Range, "expected updates with %s from axis %d on but received {0}",
               shapeText(indices, true).text, axis);
  }
  if (rows < 0 && !(query.isSymbolic() && rows == kUnknown)) {
    query.fail(ErrorKind::Range, "expected rows >= 0 but received {=1}");
  }
  Type& y = query.output();
  y.dtype = updates.dtype;
  for (int i = 0; i < axis; i++) query.append(y, updates.dims[i]);
  query.append(y, rows);
  for (int i = axis + indices.rank; i < updates.rank; i++) query.append(y, updates.dims[i]);
}

/// Coordinates of `x`, which has at least as many axes.
int coordinates(const TypeQuery& query, int i, const Type& x) {
  const Type& indices = query.input(i);
  expectIndices(query, i);
  const std::int64_t count = indices.rank == 0 ? 0 : indices.dims[indices.rank - 1];
  if (count < 1 || count > x.rank) {
    query.fail(ErrorKind::Range,
               "expected indices with 1 to %d coordinates on the last axis but received {%d}",
               x.rank, i);
  }
  return static_cast<int>(count);
}

/// [...indices' shape without the last axis, ...x's shape behind the coordinates]
void rowsAt(const TypeQuery& query, const Type& indices, const Type& x, int count, Type& y) {
  for (int i = 0; i + 1 < indices.rank; i++) query.append(y, indices.dims[i]);
  for (int i = count; i < x.rank; i++) query.append(y, x.dims[i]);
}

void gatherNDRule(TypeQuery& query) {
  const Type& x = query.input(0);
  const int count = coordinates(query, 1, x);
  query.output().dtype = x.dtype;
  rowsAt(query, query.input(1), x, count, query.output());
}

void scatterNDRule(TypeQuery& query) {
  query.expectNumeric(1);
  Type& y = query.output();
  query.shape(0, y);
  y.dtype = query.input(1).dtype;
  const int count = coordinates(query, 0, y);
  Type wanted;
  wanted.dtype = y.dtype;
  rowsAt(query, query.input(0), y, count, wanted);
  query.expectType(1, wanted);
}

// ---- limits, access, workspace

std::int64_t sizeOfAxis(const Operands& operands) {
  return operands.input(0).dims[operands.axis(0)];
}
std::int64_t sizeOfResult(const Operands& operands) {
  return operands.output().dims[operands.axis(0)];
}
std::int64_t sizeOfSource(const Operands& operands, int axis) {
  return operands.input(0).dims[axis];
}
std::int64_t sizeOfTarget(const Operands& operands, int axis) {
  return operands.output().dims[axis];
}

std::int64_t slicesOfChoice(const Operands& operands) {
  return operands.input(1).rank == 1 ? 1 : operands.output().dims[0];
}

/// The indices of gatherND; those of a single row are nobody's share.
Access accessOfChoice(const Operands& operands, int input) {
  return input == 1 && operands.input(1).rank > 1 ? Access::Rows : Access::Whole;
}

std::int64_t bytesOfTotals(const View& y, std::int64_t count) {
  const std::size_t each = y.dtype == DType::Float64   ? sizeof(Sum<double>)
                           : y.dtype == DType::Float32 ? sizeof(Sum<float>)
                                                       : sizeof(Sum<std::int32_t>);
  return count * static_cast<std::int64_t>(each);
}

std::int64_t totalsOfSlice(const Operands& operands) {
  const View& y = operands.output();
  return bytesOfTotals(y, sizeOfAxes(y, operands.axis(0), y.rank));
}

std::int64_t totalsOfAll(const Operands& operands) {
  return bytesOfTotals(operands.output(), operands.output().size);
}

/// The source is read in places.
double gathered(const Operands& operands) { return static_cast<double>(operands.output().size); }

// ---- rows

constexpr OpRow kRows[] = {
    OpRow("gatherAlong",
          "y = slices of x at indices of an axis behind the first, indices' axes in place of it "
          "(any dtype)")
        .reads("x", Access::Rows)
        .reads("indices")
        .gives("y", Access::Rows)
        .axis("axis")
        .costs(Cost::Elements, gathered)
        .indices(1, sizeOfAxis)
        .rule(gatherAlongRule)
        .kernel(gatherAlong),
    OpRow("scatterAddAlong",
          "y = zeros with `rows` slices along an axis behind the first, to which updates are added "
          "at indices")
        .reads("updates", Access::Rows)
        .reads("indices")
        .gives("y", Access::Rows)
        .axis("axis")
        .number("rows")
        .workspace(totalsOfSlice)
        .indices(1, sizeOfResult)
        .rule(scatterAddAlongRule)
        .kernel(scatterAddAlong),
    OpRow("gatherND", "y[...] = x[indices[..., 0], indices[..., 1], ...] (any dtype)")
        .reads("x")
        .reads("indices")
        .accesses(accessOfChoice)
        .gives("y", Access::Rows)
        .slices(slicesOfChoice)
        .costs(Cost::Elements, gathered)
        .coordinates(1, sizeOfSource)
        .rule(gatherNDRule)
        .kernel(gatherND),
    OpRow("scatterND",
          "y = zeros of a shape, to which updates are added at coordinates (float or int32)")
        .reads("indices")
        .reads("updates")
        .gives("y")
        .shape("shape")
        .workspace(totalsOfAll)
        .coordinates(0, sizeOfTarget)
        .rule(scatterNDRule)
        .kernel(scatterND),
};

}  // namespace

NABLA_FAMILY(gatherings, kRows);

}  // namespace nabla::NABLA_ISA
