#include "blas/try-kernels.hpp"

#include <cblas.h>

#include <cmath>
#include <limits>
#include <vector>

namespace nabla {
namespace {

struct Size {
  int m, n, k;
};

/// Vectors with and without rests, a single row and column, and more than kernels for small
/// matrices take.
constexpr Size kSizes[] = {{1, 33, 65}, {33, 1, 65}, {5, 7, 3}, {64, 48, 96}, {105, 103, 97}};

constexpr double kAlpha = 0.5, kBeta = -2;

void multiply(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, const Size& s, const float* a, int lda,
              const float* b, int ldb, float* c) {
  cblas_sgemm(CblasRowMajor, ta, tb, s.m, s.n, s.k, static_cast<float>(kAlpha), a, lda, b, ldb,
              static_cast<float>(kBeta), c, s.n);
}
void multiply(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, const Size& s, const double* a, int lda,
              const double* b, int ldb, double* c) {
  cblas_dgemm(CblasRowMajor, ta, tb, s.m, s.n, s.k, kAlpha, a, lda, b, ldb, kBeta, c, s.n);
}

/// Values between -1 and 1 that no two rows or columns share.
template <typename T>
std::vector<T> values(int count, int seed) {
  std::vector<T> result(static_cast<std::size_t>(count));
  int value = seed;
  for (T& x : result) {
    value = (value * 137 + 71) % 1009;
    x = static_cast<T>(value - 504) / 505;
  }
  return result;
}

/// op(x)'s element at a row and column; `columns` are op(x)'s, `rows` too.
template <typename T>
double element(const std::vector<T>& x, bool transposed, int rows, int columns, int i, int j) {
  return x[static_cast<std::size_t>(transposed ? j * rows + i : i * columns + j)];
}

template <typename T>
bool agrees(const Size& s, bool transposeA, bool transposeB) {
  const std::vector<T> a = values<T>(s.m * s.k, 1), b = values<T>(s.k * s.n, 2);
  const std::vector<T> before = values<T>(s.m * s.n, 3);
  std::vector<T> c = before;
  multiply(transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans, s,
           a.data(), transposeA ? s.m : s.k, b.data(), transposeB ? s.k : s.n, c.data());
  // As many roundings as terms, each of a sum of no more than as many.
  const double tolerance = static_cast<double>(std::numeric_limits<T>::epsilon()) * (s.k + 4) * s.k;
  for (int i = 0; i < s.m; i++) {
    for (int j = 0; j < s.n; j++) {
      double sum = 0;
      for (int p = 0; p < s.k; p++) {
        sum += element(a, transposeA, s.m, s.k, i, p) * element(b, transposeB, s.k, s.n, p, j);
      }
      const std::size_t at = static_cast<std::size_t>(i * s.n + j);
      const double expected = kAlpha * sum + kBeta * before[at];
      if (!(std::abs(c[at] - expected) <= tolerance)) return false;
    }
  }
  return true;
}

template <typename T>
bool agreesInAll(const Size& size) {
  return agrees<T>(size, false, false) && agrees<T>(size, false, true) &&
         agrees<T>(size, true, false);
}

}  // namespace

bool multipliesCorrectly() {
  for (const Size& size : kSizes) {
    if (!agreesInAll<float>(size) || !agreesInAll<double>(size)) return false;
  }
  return true;
}

}  // namespace nabla
