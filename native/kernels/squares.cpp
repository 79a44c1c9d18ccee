// Sums of squares, which are not stored on their way. Passes make them; see
// passes/fuse-squares.cpp.
#include "product-rules.hpp"
#include "sums-over-axes.hpp"
#include "tails.hpp"

namespace nabla::NABLA_ISA {
namespace {

void sumSquares(const Operands& operands, Part part) {
  const View& y = operands.output();
  withFloat(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    sumOver<T>(operands.input(0), nullptr, y.as<T>(), operands.list(0), elementsOf(y, part),
               [](auto x, auto) { return x * x; });
  });
}

void meanSquares(const Operands& operands, Part part) {
  sumSquares(operands, part);
  divideByCount(operands.input(0), operands.output(), part);
}

// ---- products with squares

/// Columns whose sums are taken at once; they stay in the cache of first level.
constexpr std::int64_t kColumns = 512;

/// chains[r][j] += sum over i of a[r][i] x[i][j]^2, for some rows of x.
template <typename T, int kResults, int kRows>
inline void weighRows(T (&chains)[kResults][kColumns], const T* a, std::int64_t m, const T* x,
                      std::int64_t stride, std::int64_t columns) {
  Vector<T> weights[kResults][kRows];
  for (int r = 0; r < kResults; r++) {
    for (int i = 0; i < kRows; i++) weights[r][i] = repeat(a[r * m + i]);
  }
  for (std::int64_t j = 0; j < columns; j += kLanes<T>) {
    const std::int64_t left = columns - j;
    Vector<T> sums[kResults];
    NABLA_UNROLL
    for (int r = 0; r < kResults; r++) sums[r] = loadVector(chains[r] + j);
    NABLA_UNROLL
    for (int i = 0; i < kRows; i++) {
      const T* const from = x + i * stride + j;
      NABLA_PREFETCH(from + kRows * stride);
      const Vector<T> value = loadUpTo(from, left), square = value * value;
      NABLA_UNROLL
      for (int r = 0; r < kResults; r++) sums[r] = multiplyAdd(sums[r], weights[r][i], square);
    }
    NABLA_UNROLL
    for (int r = 0; r < kResults; r++) storeVector(chains[r] + j, sums[r]);
  }
}

/// y[r][j] = sum over i of a[r][i] x[i][j]^2; x [m, n].
template <typename T, int kResults>
void weighSquares(const T* a, const T* x, T* y, std::int64_t m, std::int64_t n) {
  constexpr int kRows = 4;
  for (std::int64_t begin = 0; begin < n; begin += kColumns) {
    const std::int64_t columns = n - begin < kColumns ? n - begin : kColumns;
    Sum<T> totals[kResults][kColumns];
    for (std::int64_t first = 0; first < m; first += kChain) {
      const std::int64_t end = m - first < kChain ? m : first + kChain;
      T chains[kResults][kColumns] = {};
      std::int64_t i = first;
      for (; i + kRows <= end; i += kRows) {
        weighRows<T, kResults, kRows>(chains, a + i, m, x + i * n + begin, n, columns);
      }
      for (; i < end; i++) {
        weighRows<T, kResults, 1>(chains, a + i, m, x + i * n + begin, n, columns);
      }
      for (int r = 0; r < kResults; r++) {
        for (std::int64_t j = 0; j < columns; j++) totals[r][j].take(chains[r][j]);
      }
    }
    for (int r = 0; r < kResults; r++) {
      for (std::int64_t j = 0; j < columns; j++) y[r * n + begin + j] = totals[r][j].value();
    }
  }
}

void matMulSquares(const Operands& operands, Part part) {
  const View &x = operands.input(1), &y = operands.output();
  const std::int64_t m = x.dims[0], n = x.dims[1];
  const Range rows = rowsOf(y.dims[0], part);
  withFloat(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* const a = operands.input(0).as<T>();
    std::int64_t row = rows.begin;
    for (; row + 2 <= rows.end; row += 2) {
      weighSquares<T, 2>(a + row * m, x.as<T>(), y.as<T>() + row * n, m, n);
    }
    if (row < rows.end) {
      weighSquares<T, 1>(a + row * m, x.as<T>(), y.as<T>() + row * n, m, n);
    }
  });
}

// ---- rules

void squaresRule(TypeQuery& query) {
  query.expectFloat(0);
  reduceRule(query);
}

void matMulSquaresRule(TypeQuery& query) { productRule(query, 0, false, 1, false, query.output()); }

// ---- rows

double squaresWork(const Operands& operands) {
  return multiplications(operands.output(), operands.input(1).dims[0]);
}

constexpr OpRow kRows[] = {
    reduction("sumSquares", "y = sum of x * x over axes", squaresRule, sumSquares).fused(),
    reduction("meanSquares", "y = mean of x * x over axes", squaresRule, meanSquares).fused(),
    OpRow("matMulSquares", "y = a (x * x); inputs a [r, m], x [m, n]; y [r, n]")
        .reads("a", Access::Rows)
        .reads("x")
        .gives("y", Access::Rows)
        .costs(Cost::Elements, squaresWork)
        .fused()
        .rule(matMulSquaresRule)
        .kernel(matMulSquares),
};

}  // namespace

NABLA_FAMILY(squares, kRows);

}  // namespace nabla::NABLA_ISA
