// The rows of one part of a matrix product.
#pragma once

#include "blas/blas.hpp"
#include "sums.hpp"

namespace nabla::NABLA_ISA {

/// Rows `rows` of y = alpha op(a) op(b) + beta y; y is [m, n], op(x) is x or its transpose.
template <typename T>
inline void gemmRows(const View& a, bool transposeA, const View& b, bool transposeB, const View& y,
                     Range rows, T alpha, T beta) {
  const std::int64_t n = y.dims[1];
  const std::int64_t k = a.dims[transposeA ? 0 : 1];
  const std::int64_t m = rows.end - rows.begin;
  if (m == 0 || n == 0) return;
  T* const to = y.as<T>() + rows.begin * n;
  if (k == 0) {
    for (std::int64_t i = 0; i < m * n; i++) to[i] = beta == 0 ? T(0) : beta * to[i];
    return;
  }
  if (m == 1 && n == 1 && y.dims[0] == 1) {
    // Two vectors, whatever their transposition: a sum rather than a product of matrices.
    const T* const left = a.as<T>();
    const T* const right = b.as<T>();
    const T sum = sumOfTerms<T>(k, [=](std::int64_t i) { return left[i] * right[i]; });
    *to = beta == 0 ? alpha * sum : alpha * sum + beta * *to;
    return;
  }
  // Row i of op(a) is row i of a [m, k], or column i of a [k, m].
  const T* const first = a.as<T>() + rows.begin * (transposeA ? 1 : k);
  gemm(m, n, k, alpha, Matrix<T>{first, a.dims[1], transposeA},
       Matrix<T>{b.as<T>(), b.dims[1], transposeB}, beta, to, n);
}

}  // namespace nabla::NABLA_ISA
