#include "blas.hpp"

#include <cblas.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <string>

#include "gemm-blocks.hpp"

namespace nabla {
namespace {

std::once_flag initialised;

CBLAS_TRANSPOSE flagOf(bool transposed) { return transposed ? CblasTrans : CblasNoTrans; }

blasint narrow(std::int64_t size) { return static_cast<blasint>(size); }

/// True where OpenBLAS has kernels for small matrices; see gemm-blocks.hpp.
bool hasSmallKernels() {
  const char* core = openblas_get_corename();
  for (const char* name : {"SkylakeX", "Cooperlake", "SapphireRapids"}) {
    if (std::strcmp(core, name) == 0) return true;
  }
  return false;
}

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

void initBlas() {
  std::call_once(initialised, [] { openblas_set_num_threads(1); });
}

const char* blasName() {
  static const std::string name =
      std::string(openblas_get_config()) + " (" + openblas_get_corename() + ")";
  return name.c_str();
}

void gemm(std::int64_t m, std::int64_t n, std::int64_t k, float alpha, Matrix<float> a,
          Matrix<float> b, float beta, float* c, std::int64_t ldc) {
  static const bool cutsBlocks = hasSmallKernels();
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
