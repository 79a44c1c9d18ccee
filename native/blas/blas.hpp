// The few things that nabla asks of OpenBLAS.
#pragma once

#include <cstdint>

namespace nabla {

/// The largest size and leading dimension that cblas takes.
constexpr std::int64_t kMaxBlasDim = 2147483647;

struct BlasStatus;  // select-kernels.hpp

/// Makes OpenBLAS ready, once a process, before its first use: it computes on the thread that calls
/// it, as nabla's own threads call it on blocks of their own, and by kernels of the processor's
/// class. What came of it.
const BlasStatus& initBlas();

/// A matrix argument of gemm, row-major: whether to take its transpose, and its row's length.
template <typename T>
struct Matrix {
  const T* data;
  std::int64_t leading;
  bool transposed;
};

/// c = alpha op(a) op(b) + beta c; op(a) is [m, k], op(b) is [k, n], c is [m, n] with rows `ldc`
/// apart. Sizes are positive and lie within kMaxBlasDim.
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, float alpha, Matrix<float> a,
          Matrix<float> b, float beta, float* c, std::int64_t ldc);
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, double alpha, Matrix<double> a,
          Matrix<double> b, double beta, double* c, std::int64_t ldc);

}  // namespace nabla
