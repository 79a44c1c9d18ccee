// Gather, scatter and one-hot along the first axis.

#include <cstring>

#include "chosen-rows.hpp"
#include "kernels.hpp"
#include "math.hpp"
#include "rescaling.hpp"
#include "row-totals.hpp"
#include "rows.hpp"
#include "windows.hpp"

namespace nabla::NABLA_ISA {
namespace {

/// The indices whose rows are `part`'s share of an output [...indices, ...]. A single index is the
/// last part's.
Range indicesOf(const View& indices, Part part) {
  if (indices.rank > 0) return elementsOf(indices, part);
  return {0, part.index == part.count - 1 ? 1 : 0};
}

void gather(const Operands& operands, Part part) {
  const View &x = operands.input(0), &indices = operands.input(1), &y = operands.output();
  const Range range = indicesOf(indices, part);
  if (range.begin == range.end || x.size == 0) return;
  const std::int64_t rowSize = x.size / x.dims[0];
  withType(x.dtype, [&](auto from) {
    using From = decltype(from);
    if (x.dtype == y.dtype) {
      const std::size_t bytes = static_cast<std::size_t>(rowSize) * sizeof(From);
      eachChosenRow<From>(x, indices, range, {0, rowSize}, [&](std::int64_t i, const From* values) {
        std::memcpy(y.as<From>() + i * rowSize, values, bytes);
      });
      return;
    }
    withFloat(y.dtype, [&](auto to) {
      using T = decltype(to);
      eachChosenRow<From>(x, indices, range, {0, rowSize}, [&](std::int64_t i, const From* values) {
        T* const target = y.as<T>() + i * rowSize;
        NABLA_SIMD
        for (std::int64_t k = 0; k < rowSize; k++) target[k] = static_cast<T>(values[k]);
      });
    });
  });
}

void gatherRescale(const Operands& operands, Part part) {
  const View &x = operands.input(0), &indices = operands.input(1);
  const Range range = indicesOf(indices, part);
  if (x.size == 0) return;
  const std::int64_t rowSize = x.size / x.dims[0];
  withRescaling(operands, [&](auto from, auto scale, auto offset) {
    using From = decltype(from);
    auto* const y = operands.output().as<decltype(scale)>();
    eachChosenRow<From>(x, indices, range, {0, rowSize}, [&](std::int64_t i, const From* values) {
      rescaleRow(values, y + i * rowSize, rowSize, scale, offset);
    });
  });
}

/// Memory in which updates are put in the order of the rows that they are added to.
template <typename T>
struct ScatterSpace {
  std::int64_t* ends;  // where the updates of each row end
  std::int32_t* order;
  Sum<T>* totals;  // of one row
  std::size_t bytes;

  ScatterSpace(std::int64_t rows, std::int64_t updates, std::int64_t rowSize, void* memory) {
    Carver carver(memory);
    ends = carver.take<std::int64_t>(rows + 1);
    order = carver.take<std::int32_t>(updates);
    totals = carver.take<Sum<T>>(rowSize);
    bytes = carver.bytes();
  }
};

/// Puts the places of `indices` in the order of rows, those of one row as they came.
template <typename T>
void orderByRow(const ScatterSpace<T>& space, std::int64_t rows, const std::int32_t* indices,
                std::int64_t count) {
  for (std::int64_t row = 0; row <= rows; row++) space.ends[row] = 0;
  for (std::int64_t i = 0; i < count; i++) space.ends[indices[i] + 1]++;
  for (std::int64_t row = 0; row < rows; row++) space.ends[row + 1] += space.ends[row];
  // What began a row ends it once its updates are placed.
  for (std::int64_t i = 0; i < count; i++) {
    space.order[space.ends[indices[i]]++] = static_cast<std::int32_t>(i);
  }
}

std::int64_t scatterBytes(const Operands& operands) {
  const View &y = operands.output(), &indices = operands.input(1);
  if (y.size == 0) return 0;
  std::size_t bytes = 0;
  withFloat(y.dtype, [&](auto zero) {
    bytes =
        ScatterSpace<decltype(zero)>(y.dims[0], indices.size, y.size / y.dims[0], nullptr).bytes;
  });
  return static_cast<std::int64_t>(bytes);
}

void scatterAdd(const Operands& operands, Part part) {
  const View &updates = operands.input(0), &indices = operands.input(1), &y = operands.output();
  if (y.size == 0) return;
  const std::int64_t rows = y.dims[0], rowSize = y.size / rows;
  std::memset(y.data, 0, y.bytes());
  withFloat(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    const ScatterSpace<T> space(rows, indices.size, rowSize, part.workspace);
    orderByRow(space, rows, indices.as<std::int32_t>(), indices.size);
    std::int64_t i = 0;
    for (std::int64_t row = 0; row < rows; row++) {
      if (i == space.ends[row]) continue;
      clearTotals(space.totals, rowSize);
      for (; i < space.ends[row]; i++) {
        takeRow(space.totals, updates.as<T>() + space.order[i] * rowSize, rowSize);
      }
      writeTotals(space.totals, y.as<T>() + row * rowSize, rowSize);
    }
  });
}

void oneHot(const Operands& operands, Part part) {
  const View& indices = operands.input(0);
  const View& y = operands.output();
  const std::int64_t depth = y.lastDim();
  const Range range = indicesOf(indices, part);
  withType(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = range.begin; i < range.end; i++) {
      T* row = y.as<T>() + i * depth;
      for (std::int64_t k = 0; k < depth; k++) row[k] = T(0);
      row[integerAt(indices, i)] = T(1);
    }
  });
}

// ---- rules

/// [...indices' shape, ...x's shape from axis `from` on]
void rowsAt(const TypeQuery& query, const Type& indices, const Type& x, int from, Type& y) {
  for (int axis = 0; axis < indices.rank; axis++) query.append(y, indices.dims[axis]);
  for (int axis = from; axis < x.rank; axis++) query.append(y, x.dims[axis]);
}

void gatherRule(TypeQuery& query) {
  const Type& x = query.input(0);
  const DType dtype = query.dtype(0);
  expectIndices(query, 1);
  if (x.rank == 0) {
    query.fail(ErrorKind::Range, "expected a tensor with rows for x but received {0}");
  }
  if (dtype != x.dtype && !isFloat(dtype)) {
    query.fail(ErrorKind::Type, "expected %s or a float dtype but received {=0}",
               textOf(x.dtype).text);
  }
  query.output().dtype = dtype;
  rowsAt(query, query.input(1), x, 1, query.output());
}

void gatherRescaleRule(TypeQuery& query) {
  const Type &x = query.input(0), &indices = query.input(1);
  query.number(0);
  query.number(1);
  expectIndices(query, 1);
  Type& y = query.output();
  query.shape(2, y);
  y.dtype = query.dtype(3);
  const bool fits = isFloat(y.dtype) && x.rank > 0 && x.dims[0] > 0 && indices.rank == 1 &&
                    y.rank > 0 && y.dims[0] == indices.dims[0] &&
                    query.sizeOf(y) == query.sizeOf(x) / x.dims[0] * indices.dims[0];
  if (!fits) query.fail(ErrorKind::Range, "expected the shape of rows of {0} but received {=2}");
}

void scatterAddRule(TypeQuery& query) {
  const Type &updates = query.input(0), &indices = query.input(1);
  query.expectFloat(0);
  expectIndices(query, 1);
  const std::int64_t rows = query.integer(0);
  bool fits = updates.rank >= indices.rank;
  for (int axis = 0; axis < indices.rank && fits; axis++) {
    fits = TypeQuery::mayEqual(updates.dims[axis], indices.dims[axis]);
  }
  if (!fits) {
    query.fail(ErrorKind::Range, "expected updates %s for the indices but received {0}",
               shapeText(indices, true).text);
  }
  if (rows < 0 && !(query.isSymbolic() && rows == kUnknown)) {
    query.fail(ErrorKind::Range, "expected rows >= 0 but received {=0}");
  }
  query.output().dtype = updates.dtype;
  query.append(query.output(), rows);
  for (int axis = indices.rank; axis < updates.rank; axis++) {
    query.append(query.output(), updates.dims[axis]);
  }
}

void oneHotRule(TypeQuery& query) {
  const std::int64_t depth = query.integer(0);
  if (depth < 1) {
    query.fail(ErrorKind::Range, "expected a depth of at least 1 but received {=0}");
  }
  const Type& indices = query.input(0);
  if (isFloat(indices.dtype)) {
    query.fail(ErrorKind::Type, "expected uint8 or int32 indices but received {0}; use cast");
  }
  Type& y = query.output();
  y = indices;
  y.dtype = query.dtype(1);
  query.append(y, depth);
}

// ---- rows

std::int64_t rowsOfTable(const Operands& operands) { return operands.input(0).dims[0]; }
std::int64_t rowsOfResult(const Operands& operands) { return operands.output().dims[0]; }
std::int64_t depthOf(const Operands& operands) { return operands.output().lastDim(); }

/// A single index has one row, which one part takes.
std::int64_t slicesOf(const Operands& operands, const View& indices) {
  return indices.rank == 0 ? 1 : operands.output().dims[0];
}
std::int64_t slicesOfGather(const Operands& operands) {
  return slicesOf(operands, operands.input(1));
}
std::int64_t slicesOfOneHot(const Operands& operands) {
  return slicesOf(operands, operands.input(0));
}

/// The table is read in places.
double gathered(const Operands& operands) { return static_cast<double>(operands.output().size); }

constexpr OpRow kRows[] = {
    OpRow("gather",
          "y[i...] = x[indices[i...]], in x's dtype or as float; inputs x [rows, ...], indices")
        .reads("x")
        .reads("indices", Access::Rows)
        .gives("y", Access::Rows)
        .slices(slicesOfGather)
        .dtype("dtype")
        .costs(Cost::Elements, gathered)
        .indices(1, rowsOfTable)
        .rule(gatherRule)
        .kernel(gather),
    OpRow("gatherRescale",
          "y[i, ...] = x[indices[i], ...] * scale + offset as float; inputs x [rows, ...], indices "
          "[n]")
        .reads("x")
        .reads("indices", Access::Rows)
        .gives("y", Access::Rows)
        .number("scale")
        .number("offset")
        .shape("shape")
        .dtype("dtype")
        .costs(Cost::Elements, gathered)
        .indices(1, rowsOfTable)
        .fused()
        .rule(gatherRescaleRule)
        .kernel(gatherRescale),
    OpRow("scatterAdd", "y = zeros [rows, ...]; y[indices[i]] += updates[i]")
        .reads("updates")
        .reads("indices")
        .gives("y")
        .number("rows")
        .workspace(scatterBytes)
        .indices(1, rowsOfResult)
        .rule(scatterAddRule)
        .kernel(scatterAdd),
    OpRow("oneHot", "y[..., c] = 1 where c = index, else 0; uint8 or int32 indices, y of any dtype")
        .reads("indices", Access::Rows)
        .gives("y", Access::Rows)
        .slices(slicesOfOneHot)
        .number("depth")
        .dtype("dtype")
        .indices(0, depthOf)
        .rule(oneHotRule)
        .kernel(oneHot),
};

}  // namespace

NABLA_FAMILY(indexing, kRows);

}  // namespace nabla::NABLA_ISA
