// Matrix multiplication by OpenBLAS. Parts take rows of the output.
#include "../blas.hpp"
#include "kernels.hpp"

namespace nabla::NABLA_ISA {
namespace {

template <typename T>
void multiplyRows(const Operands& operands, Range rows, std::int64_t n) {
  const View& a = operands.input(0);
  const View& b = operands.input(1);
  const bool transposeA = operands.attrs[0] != 0, transposeB = operands.attrs[1] != 0;
  const std::int64_t k = a.dims[transposeA ? 0 : 1];
  T* const y = operands.output().as<T>() + rows.begin * n;
  const std::int64_t m = rows.end - rows.begin;
  if (k == 0) {
    for (std::int64_t i = 0; i < m * n; i++) y[i] = 0;
    return;
  }
  // Row i of op(a) is row i of a [m, k], or column i of a [k, m].
  const T* const first = a.as<T>() + rows.begin * (transposeA ? 1 : k);
  gemm(m, n, k, T(1), Matrix<T>{first, a.dims[1], transposeA},
       Matrix<T>{b.as<T>(), b.dims[1], transposeB}, T(0), y, n);
}

}  // namespace

Status matMul(const Operands& operands, Part part) {
  const View& y = operands.output();
  const Range rows = rowsOf(y.dims[0], part);
  if (rows.begin == rows.end || y.dims[1] == 0) return {};
  withFloat(y.dtype, [&](auto zero) { multiplyRows<decltype(zero)>(operands, rows, y.dims[1]); });
  return {};
}

}  // namespace nabla::NABLA_ISA
