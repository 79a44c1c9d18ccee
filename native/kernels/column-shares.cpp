// The first layer of a network, wide, in shares of its input's columns: a part computes all rows of
// its shares, and updates the rows of the weights that belong to them.
#include "chosen-rows.hpp"
#include "gemm-rows.hpp"

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

}  // namespace

Status gatherColumns(const Operands& operands, Part part) {
  const View& x = operands.input(0);
  const View& indices = operands.input(1);
  const View& y = operands.output();
  const std::int64_t width = y.dims[2];
  const Range own = rowsOf(y.dims[0], part);
  return withType(x, [&](auto from) {
    withFloat(y, [&](auto to) {
      using From = decltype(from);
      using T = decltype(to);
      const T scale = static_cast<T>(operands.attrs[0]), offset = static_cast<T>(operands.attrs[1]);
      const Range rows{0, indices.size}, columns{own.begin * width, own.end * width};
      eachChosenRow<From>(x, indices, rows, columns, [&](std::int64_t i, const From* values) {
        for (std::int64_t share = own.begin; share < own.end; share++, values += width) {
          rescaleRow(values, y.as<T>() + (share * y.dims[1] + i) * width, width, scale, offset);
        }
      });
    });
  });
}

Status matMulColumns(const Operands& operands, Part part) {
  const View& x = operands.input(0);
  const View& w = operands.input(1);
  const View& y = operands.output();
  const std::int64_t m = y.dims[1];
  const Range own = rowsOf(y.dims[0], part);
  return withFloat(y, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t share = own.begin; share < own.end; share++) {
      gemmRows(sliceOf<T>(x, share, m), false, rowsFrom<T>(w, share, x.dims[2]), false,
               sliceOf<T>(y, share, m), Range{0, m}, T(1), T(0));
    }
  });
}

Status columnsUpdate(const Operands& operands, Part part) {
  const View& w = operands.input(0);
  const View& x = operands.input(1);
  const View& dy = operands.input(2);
  const std::int64_t width = x.dims[2];
  const Range own = rowsOf(x.dims[0], part);
  return withFloat(w, [&](auto zero) {
    using T = decltype(zero);
    const T rate = static_cast<T>(scalarOf(operands.input(3)));
    for (std::int64_t share = own.begin; share < own.end; share++) {
      gemmRows(sliceOf<T>(x, share, dy.dims[0]), true, dy, false, rowsFrom<T>(w, share, width),
               Range{0, width}, -rate, T(1));
    }
  });
}

}  // namespace nabla::NABLA_ISA
