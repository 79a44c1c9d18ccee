#include "blas.hpp"

#include <cblas.h>

#include <mutex>
#include <string>

namespace nabla {
namespace {

std::once_flag initialised;

CBLAS_TRANSPOSE flagOf(bool transposed) { return transposed ? CblasTrans : CblasNoTrans; }

blasint narrow(std::int64_t size) { return static_cast<blasint>(size); }

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
  cblas_sgemm(CblasRowMajor, flagOf(a.transposed), flagOf(b.transposed), narrow(m), narrow(n),
              narrow(k), alpha, a.data, narrow(a.leading), b.data, narrow(b.leading), beta, c,
              narrow(ldc));
}

void gemm(std::int64_t m, std::int64_t n, std::int64_t k, double alpha, Matrix<double> a,
          Matrix<double> b, double beta, double* c, std::int64_t ldc) {
  cblas_dgemm(CblasRowMajor, flagOf(a.transposed), flagOf(b.transposed), narrow(m), narrow(n),
              narrow(k), alpha, a.data, narrow(a.leading), b.data, narrow(b.leading), beta, c,
              narrow(ldc));
}

}  // namespace nabla
