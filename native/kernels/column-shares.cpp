// The first layer of a network, wide, in shares of its input's columns: a part computes all rows of
// its shares, and updates the rows of the weights that belong to them. One slice of x and of the
// products a share; a slice of x may have more rows than are used, r >= m. A pass makes these
// steps: see passes/split-wide-layers.cpp.
#include "activate-rows.hpp"
#include "chosen-rows.hpp"
#include "gemm-rows.hpp"
#include "product-rules.hpp"
#include "rescaling.hpp"

namespace nabla::NABLA_ISA {
namespace {

/// The first `rows` rows of slice `share` of a view [shares, rows or more, n], as a matrix.
template <typename T>
View sliceOf(const View& view, std::int64_t share, std::int64_t rows) {
  View slice;
  slice.dtype = view.dtype;
  slice.rank = 2;
  slice.dims[0] = rows;
  slice.dims[1] = view.dims[2];
  slice.size = rows * view.dims[2];
  slice.data = view.as<T>() + share * view.dims[1] * view.dims[2];
  return slice;
}

/// Rows [share * rows, (share + 1) * rows) of a matrix.
template <typename T>
View rowsFrom(const View& matrix, std::int64_t share, std::int64_t rows) {
  View block = matrix;
  block.dims[0] = rows;
  block.size = rows * matrix.dims[1];
  block.data = matrix.as<T>() + share * block.size;
  return block;
}

void gatherColumns(const Operands& operands, Part part) {
  const View& x = operands.input(0);
  const View& indices = operands.input(1);
  const View& y = operands.output();
  const std::int64_t width = y.dims[2];
  const Range own = rowsOf(y.dims[0], part);
  const Range rows{0, indices.size}, columns{own.begin * width, own.end * width};
  withRescaling(operands, [&](auto from, auto scale, auto offset) {
    using From = decltype(from);
    using T = decltype(scale);
    eachChosenRow<From>(x, indices, rows, columns, [&](std::int64_t i, const From* values) {
      for (std::int64_t share = own.begin; share < own.end; share++, values += width) {
        rescaleRow(values, y.as<T>() + (share * y.dims[1] + i) * width, width, scale, offset);
      }
    });
  });
}

void matMulColumns(const Operands& operands, Part part) {
  const View& x = operands.input(0);
  const View& w = operands.input(1);
  const View& y = operands.output();
  const std::int64_t m = y.dims[1];
  const Range own = rowsOf(y.dims[0], part);
  withFloat(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t share = own.begin; share < own.end; share++) {
      gemmRows(sliceOf<T>(x, share, m), false, rowsFrom<T>(w, share, x.dims[2]), false,
               sliceOf<T>(y, share, m), Range{0, m}, T(1), T(0));
    }
  });
}

void columnsUpdate(const Operands& operands, Part part) {
  const View& w = operands.input(0);
  const View& x = operands.input(1);
  const View& dy = operands.input(2);
  const std::int64_t width = x.dims[2];
  const Range own = rowsOf(x.dims[0], part);
  withFloat(w.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T rate = static_cast<T>(scalarOf(operands.input(3)));
    for (std::int64_t share = own.begin; share < own.end; share++) {
      gemmRows(sliceOf<T>(x, share, dy.dims[0]), true, dy, false, rowsFrom<T>(w, share, width),
               Range{0, width}, -rate, T(1));
    }
  });
}

void denseSum(const Operands& operands, Part part) {
  const View& x = operands.input(0);
  const View& y = operands.output();
  const std::int64_t n = y.dims[1];
  const Range rows = rowsOf(y.dims[0], part);
  const std::int64_t size = (rows.end - rows.begin) * n;
  if (size == 0) return;
  withFloat(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    T* const sums = y.as<T>() + rows.begin * n;
    for (std::int64_t i = 0; i < size; i++) sums[i] = 0;
    for (std::int64_t share = 0; share < x.dims[0]; share++) {
      const T* const terms = x.as<T>() + share * y.size + rows.begin * n;
      NABLA_SIMD
      for (std::int64_t i = 0; i < size; i++) sums[i] += terms[i];
    }
    activateRows(activationOf(operands), sums, operands.input(1).as<T>(), rows.end - rows.begin, n);
  });
}

// ---- rules

void gatherColumnsRule(TypeQuery& query) {
  const Type& x = query.input(0);
  const std::int64_t shares = query.integer(2), rows = query.integer(3);
  const Type& indices = query.input(1);
  query.number(0);
  query.number(1);
  query.expectDType(1, DType::Int32);
  const bool hasRows = x.rank > 0 && x.dims[0] > 0;
  const std::int64_t columns = hasRows ? query.sizeOf(x) / x.dims[0] : 0;
  const bool fits = hasRows && indices.rank == 1 && rows >= indices.dims[0] && shares > 0 &&
                    columns % shares == 0 && isFloat(query.dtype(4));
  if (!fits) query.fail(ErrorKind::Range, "shares do not fit {0} and {1}");
  Type& y = query.output();
  y.dtype = query.dtype(4);
  query.append(y, shares);
  query.append(y, rows);
  query.append(y, columns / shares);
}

/// Inputs x [shares, r, k / shares] and w [k, n]: share by share BLAS multiplies them.
void columnSharesRule(TypeQuery& query, int x, int w) {
  query.expectFloat(w);
  query.expectSameDType(x, w);
  const Type &slices = query.input(x), &weight = query.input(w);
  const bool fits = slices.rank == 3 && weight.rank == 2 && fitsBlas(slices.dims[1]) &&
                    fitsBlas(slices.dims[2]) && fitsBlas(weight.dims[1]) &&
                    weight.dims[0] == slices.dims[0] * slices.dims[2];
  if (!fits) query.fail(ErrorKind::Range, "shares do not fit: {%d} and {%d}", x, w);
}

void matMulColumnsRule(TypeQuery& query) {
  columnSharesRule(query, 0, 1);
  const Type& x = query.input(0);
  const std::int64_t rows = query.integer(0);
  if (rows < 0 || rows > x.dims[1]) query.fail(ErrorKind::Range, "expected rows of {0}");
  Type& y = query.output();
  y.dtype = x.dtype;
  query.append(y, x.dims[0]);
  query.append(y, rows);
  query.append(y, query.input(1).dims[1]);
}

void denseSumRule(TypeQuery& query) {
  activationRule(query, 0, Activation::Softmax);
  query.expectFloat(0);
  const Type& x = query.input(0);
  if (x.rank != 3) query.fail(ErrorKind::Range, "expected shares but received {0}");
  Type& y = query.output();
  y.dtype = x.dtype;
  query.append(y, x.dims[1]);
  query.append(y, x.dims[2]);
  Type bias = y;
  bias.rank = 1;
  bias.dims[0] = x.dims[2];
  query.expectType(1, bias);
}

void columnsUpdateRule(TypeQuery& query) {
  columnSharesRule(query, 1, 0);
  const Type &w = query.input(0), &x = query.input(1), &dy = query.input(2);
  query.expectSameDType(2, 0);
  const bool fits = dy.rank == 2 && dy.dims[0] <= x.dims[1] && dy.dims[1] == w.dims[1];
  if (!fits) query.fail(ErrorKind::Range, "shares do not fit: {0}, {1} and {2}");
  query.expectFloatScalar(3);
}

// ---- rows

/// Spare rows cost nothing.
double gatheredElements(const Operands& operands) {
  const View& y = operands.output();
  return static_cast<double>(operands.input(1).size * y.dims[0] * y.dims[2]);
}

double productWork(const Operands& operands) {
  return multiplications(operands.output(), operands.input(0).dims[2]);
}

double updateWork(const Operands& operands) {
  return multiplications(operands.input(0), operands.input(2).dims[0]);
}

std::int64_t rowsOfTable(const Operands& operands) { return operands.input(0).dims[0]; }

std::int64_t sharesOfUpdate(const Operands& operands) { return operands.input(1).dims[0]; }

constexpr OpRow kRows[] = {
    OpRow(
        "gatherColumns",
        "y[s, i] = share s of x[indices[i], ...] * scale + offset as float; inputs x [rows, ...], "
        "indices [m]; y [shares, r, k / shares]")
        .reads("x")
        .reads("indices")
        .gives("y", Access::Rows)
        .number("scale")
        .number("offset")
        .number("shares")
        .number("rows")
        .dtype("dtype")
        .costs(Cost::Elements, gatheredElements)
        .indices(1, rowsOfTable)
        .fused()
        .rule(gatherColumnsRule)
        .kernel(gatherColumns),
    OpRow("matMulColumns",
          "y[s] = x[s] times share s of w's rows; inputs x [shares, r, k / shares], w [k, n]; "
          "y [shares, m, n]")
        .reads("x", Access::Rows)
        .reads("w", Access::Rows)
        .gives("y", Access::Rows)
        .number("rows")
        .costs(Cost::Products, productWork)
        .fused()
        .rule(matMulColumnsRule)
        .kernel(matMulColumns),
    OpRow("denseSum",
          "y = f(sum over s of x[s] + b); inputs x [shares, m, n], b [n]; attribute activation f")
        .reads("x")
        .reads("b")
        .gives("y", Access::Rows)
        .activation("activation")
        .fused()
        .rule(denseSumRule)
        .kernel(denseSum),
    OpRow("columnsUpdate",
          "share s of w's rows -= lr * x[s]^T dy; inputs w [k, n], x [shares, r, k / shares], "
          "dy [m, n], lr")
        .writes("w", Access::Rows)
        .reads("x", Access::Rows)
        .reads("dy")
        .reads("lr")
        .costs(Cost::Products, updateWork)
        .slices(sharesOfUpdate)
        .fused()
        .rule(columnsUpdateRule)
        .kernel(columnsUpdate),
};

}  // namespace

NABLA_FAMILY(columnShares, kRows);

}  // namespace nabla::NABLA_ISA
