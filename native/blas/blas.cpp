#include "blas/blas.hpp"

#include <cblas.h>

#include <algorithm>

#include "blas/gemm-blocks.hpp"
#include "blas/select-kernels.hpp"

namespace nabla {
namespace {

CBLAS_TRANSPOSE flagOf(bool transposed) { return transposed ? CblasTrans : CblasNoTrans; }

blasint narrow(std::int64_t size) { return static_cast<blasint>(size); }

void gemmWhole(std::int64_t m, std::int64_t n, std::int64_t k, float alpha, Matrix<float> a,
               Matrix<float> b, float beta, float* c, std::int64_t ldc) {
  cblas_sgemm(CblasRowMajor, flagOf(a.transposed), flagOf(b.transposed), narrow(m), narrow(n),
              narrow(k), alpha, a.data, narrow(a.leading), b.data, narrow(b.leading), beta, c,
              narrow(ldc));
}

/// op(x) from row or column `first` on.
Matrix<float> rowsFrom(Matrix<float> x, std::int64_t first) {
  return {x.data + first * (x.transposed ? 1 : x.leading), x.leading, x.transposed};
}
Matrix<float> columnsFrom(Matrix<float> x, std::int64_t first) {
  return {x.data + first * (x.transposed ? x.leading : 1), x.leading, x.transposed};
}

}  // namespace

const BlasStatus& initBlas() {
  static const BlasStatus status = [] {
    openblas_set_num_threads(1);
    return selectKernels(processorFeatures());
  }();
  return status;
}

void gemm(std::int64_t m, std::int64_t n, std::int64_t k, float alpha, Matrix<float> a,
          Matrix<float> b, float beta, float* c, std::int64_t ldc) {
  // OpenBLAS has kernels for small matrices there; see gemm-blocks.hpp.
  static const bool cutsBlocks = initBlas().kernelClass == KernelClass::avx512;
  if (!cutsBlocks) return gemmWhole(m, n, k, alpha, a, b, beta, c, ldc);
  const GemmBlocks block = gemmBlocks(m, n, k, b.transposed);
  // A block of columns of the right operand stays in cache while the rows pass.
  for (std::int64_t column = 0; column < n; column += block.columns) {
    const std::int64_t columns = std::min(block.columns, n - column);
    for (std::int64_t row = 0; row < m; row += block.rows) {
      gemmWhole(std::min(block.rows, m - row), columns, k, alpha, rowsFrom(a, row),
                columnsFrom(b, column), beta, c + row * ldc + column, ldc);
    }
  }
}

void gemm(std::int64_t m, std::int64_t n, std::int64_t k, double alpha, Matrix<double> a,
          Matrix<double> b, double beta, double* c, std::int64_t ldc) {
  cblas_dgemm(CblasRowMajor, flagOf(a.transposed), flagOf(b.transposed), narrow(m), narrow(n),
              narrow(k), alpha, a.data, narrow(a.leading), b.data, narrow(b.leading), beta, c,
              narrow(ldc));
}

}  // namespace nabla
