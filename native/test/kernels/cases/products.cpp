// Matrix products, and the fused ops that contain one.

#include <cmath>

#include "table/activation.hpp"
#include "test/case.hpp"

namespace nabla::test {
namespace {

struct Sizes {
  std::int64_t m, k, n;
};

// The last ones are larger than OpenBLAS' kernels for small matrices take; see gemm-blocks.hpp.
constexpr Sizes kSizes[] = {{1, 1, 1},   {3, 1, 17},   {17, 3, 1},    {17, 17, 3},    {3, 0, 5},
                            {0, 4, 3},   {4, 3, 0},    {32, 7, 10},   {5, 100, 9},    {1, 33, 64},
                            {64, 1, 33}, {7, 64, 130}, {99, 300, 37}, {45, 130, 201}, {9, 270, 70}};

/// op(a) op(b), row by row.
Values product(const Values& a, bool transposeA, const Values& b, bool transposeB, Sizes sizes) {
  const auto [m, k, n] = sizes;
  Values y(at(m * n), 0);
  for (std::int64_t i = 0; i < m; i++) {
    for (std::int64_t j = 0; j < n; j++) {
      for (std::int64_t p = 0; p < k; p++) {
        y[at(i * n + j)] +=
            a[at(transposeA ? p * m + i : i * k + p)] * b[at(transposeB ? j * k + p : p * n + j)];
      }
    }
  }
  return y;
}

Dims shape(bool transposed, std::int64_t rows, std::int64_t columns) {
  return transposed ? Dims{columns, rows} : Dims{rows, columns};
}

double termsOf(Sizes sizes) { return 1 + static_cast<double>(sizes.k); }

Case matMulCase(DType dtype, Sizes sizes, bool ta, bool tb) {
  const auto [m, k, n] = sizes;
  return {"matMul",
          {uniform(dtype, shape(ta, m, k), -1, 1, 1), uniform(dtype, shape(tb, k, n), -1, 1, 2)},
          {double(ta), double(tb)},
          {dtype, {m, n}},
          [=](const std::vector<Values>& in) {
            return std::vector<Values>{product(in[0], ta, in[1], tb, sizes)};
          },
          termsOf(sizes),
          false};
}

Case matMulUpdateCase(DType dtype, DType rate, Sizes sizes, bool ta, bool tb) {
  const auto [m, k, n] = sizes;
  return {"matMulUpdate",
          {uniform(dtype, {m, n}, -1, 1, 1), uniform(dtype, shape(ta, m, k), -1, 1, 2),
           uniform(dtype, shape(tb, k, n), -1, 1, 3), scalar(rate, 0.25)},
          {double(ta), double(tb)},
          {dtype, {}},
          [=](const std::vector<Values>& in) {
            Values w = in[0];
            const Values gradient = product(in[1], ta, in[2], tb, sizes);
            for (std::size_t i = 0; i < w.size(); i++) w[i] -= 0.25 * gradient[i];
            return std::vector<Values>{w};
          },
          termsOf(sizes),
          false};
}

void softmaxRow(double* row, std::int64_t n) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; i++) sum += row[i] = std::exp(row[i]);
  for (std::int64_t i = 0; i < n; i++) row[i] /= sum;
}

double activated(Activation activation, double x) {
  switch (activation) {
    case Activation::Relu:
      return x > 0 ? x : 0;
    case Activation::Sigmoid:
      return 1 / (1 + std::exp(-x));
    case Activation::Tanh:
      return std::tanh(x);
    default:
      return x;
  }
}

double derivative(Activation activation, double y) {
  switch (activation) {
    case Activation::Relu:
      return y > 0 ? 1 : 0;
    case Activation::Sigmoid:
      return y * (1 - y);
    case Activation::Tanh:
      return 1 - y * y;
    default:
      return 1;
  }
}

/// f(y + b), row by row.
void activateRows(Activation activation, Values& y, const Values& b) {
  for (std::size_t i = 0; i < y.size(); i++) {
    y[i] = activated(activation, y[i] + b[i % b.size()]);
  }
  if (activation != Activation::Softmax) return;
  for (std::size_t row = 0; row < y.size(); row += b.size()) {
    softmaxRow(y.data() + row, static_cast<std::int64_t>(b.size()));
  }
}

Case denseCase(DType dtype, Sizes sizes, Activation activation) {
  const auto [m, k, n] = sizes;
  return {"dense",
          {uniform(dtype, {m, k}, -1, 1, 1), uniform(dtype, {k, n}, -1, 1, 2),
           uniform(dtype, {n}, -1, 1, 3)},
          {static_cast<double>(activation)},
          {dtype, {m, n}},
          [=](const std::vector<Values>& in) {
            Values y = product(in[0], false, in[1], false, sizes);
            activateRows(activation, y, in[2]);
            return std::vector<Values>{y};
          },
          termsOf(sizes),
          false};
}

/// x [shares, m, n], the sum of its slices as a layer's product.
Case denseSumCase(DType dtype, Sizes sizes, std::int64_t shares, Activation activation) {
  const auto [m, k, n] = sizes;
  return {"denseSum",
          {uniform(dtype, {shares, m, n}, -1, 1, 1), uniform(dtype, {n}, -1, 1, 2)},
          {static_cast<double>(activation)},
          {dtype, {m, n}},
          [=](const std::vector<Values>& in) {
            Values y(at(sizes.m * sizes.n), 0);
            for (std::size_t i = 0; i < in[0].size(); i++) y[i % y.size()] += in[0][i];
            activateRows(activation, y, in[1]);
            return std::vector<Values>{y};
          },
          1 + static_cast<double>(shares)};
}

Case denseGradCase(DType dtype, Sizes sizes, Activation activation) {
  const auto [m, k, n] = sizes;
  // dz [m, n] = dy [m, k] times the transpose of w [n, k]
  return {"denseGrad",
          {uniform(dtype, {m, k}, -1, 1, 1), uniform(dtype, {n, k}, -1, 1, 2),
           uniform(dtype, {m, n}, -0.9, 0.9, 3)},
          {static_cast<double>(activation)},
          {dtype, {m, n}},
          [=](const std::vector<Values>& in) {
            Values dz = product(in[0], false, in[1], true, sizes);
            for (std::size_t i = 0; i < dz.size(); i++) dz[i] *= derivative(activation, in[2][i]);
            return std::vector<Values>{dz};
          },
          termsOf(sizes),
          false};
}

/// Rows `begin` to `end` of a matrix of `width` columns.
Values rowsOfMatrix(const Values& x, std::int64_t begin, std::int64_t end, std::int64_t width) {
  const auto first = static_cast<std::ptrdiff_t>(begin * width);
  return {x.begin() + first, x.begin() + static_cast<std::ptrdiff_t>(end * width)};
}

/// What `one` gives for each share, one after the other.
template <typename F>
std::vector<Values> eachShare(std::int64_t shares, F one) {
  Values all;
  for (std::int64_t share = 0; share < shares; share++) {
    const Values y = one(share);
    all.insert(all.end(), y.begin(), y.end());
  }
  return {all};
}

constexpr std::int64_t kShareCounts[] = {1, 3, 8};

/// a [k, m] and b [k, n], their product in shares of the k rows.
Case matMulSharesCase(DType dtype, Sizes sizes, std::int64_t shares) {
  const auto [m, k, n] = sizes;
  return {"matMulShares",
          {uniform(dtype, {k, m}, -1, 1, 1), uniform(dtype, {k, n}, -1, 1, 2)},
          {double(shares)},
          {dtype, {shares, m, n}},
          [=](const std::vector<Values>& in) {
            return eachShare(shares, [&](std::int64_t share) {
              const std::int64_t begin = sizes.k * share / shares;
              const std::int64_t end = sizes.k * (share + 1) / shares;
              return product(rowsOfMatrix(in[0], begin, end, sizes.m), true,
                             rowsOfMatrix(in[1], begin, end, sizes.n), false,
                             {sizes.m, end - begin, sizes.n});
            });
          },
          termsOf(sizes)};
}

Case sumSharesCase(DType dtype, Sizes sizes, std::int64_t shares) {
  const auto [m, k, n] = sizes;
  return {"sumShares",
          {uniform(dtype, {k, n}, -1, 1, 1)},
          {double(shares)},
          {dtype, {shares, n}},
          [=](const std::vector<Values>& in) {
            Values sums(at(shares * sizes.n), 0);
            for (std::int64_t share = 0; share < shares; share++) {
              const std::int64_t end = sizes.k * (share + 1) / shares;
              for (std::int64_t row = sizes.k * share / shares; row < end; row++) {
                for (std::int64_t i = 0; i < sizes.n; i++) {
                  sums[at(share * sizes.n + i)] += in[0][at(row * sizes.n + i)];
                }
              }
            }
            return std::vector<Values>{sums};
          },
          termsOf(sizes)};
}

Case sharesUpdateCase(DType dtype, DType rate, Dims dims, std::int64_t shares) {
  Dims all{shares};
  all.insert(all.end(), dims.begin(), dims.end());
  return {"sharesUpdate",
          {uniform(dtype, dims, -1, 1, 1), uniform(dtype, all, -1, 1, 2), scalar(rate, 0.25)},
          {},
          {dtype, {}},
          [](const std::vector<Values>& in) {
            Values w = in[0];
            for (std::size_t i = 0; i < in[1].size(); i++) w[i % w.size()] -= 0.25 * in[1][i];
            return std::vector<Values>{w};
          },
          1 + static_cast<double>(shares)};
}

/// Slice `share` of x [shares, rows, columns].
Values sliceOf(const Values& x, std::int64_t share, std::int64_t rows, std::int64_t columns) {
  return rowsOfMatrix(x, share * rows, (share + 1) * rows, columns);
}

/// x [shares, m + spare, k], of which m rows a share are used, times w [shares * k, n].
Case matMulColumnsCase(DType dtype, Sizes sizes, std::int64_t shares, std::int64_t spare) {
  const auto [m, k, n] = sizes;
  return {
      "matMulColumns",
      {uniform(dtype, {shares, m + spare, k}, -1, 1, 1), uniform(dtype, {shares * k, n}, -1, 1, 2)},
      {double(m)},
      {dtype, {shares, m, n}},
      [=](const std::vector<Values>& in) {
        return eachShare(shares, [&](std::int64_t share) {
          return product(sliceOf(in[0], share, sizes.m + spare, sizes.k), false,
                         sliceOf(in[1], share, sizes.k, sizes.n), false, sizes);
        });
      },
      termsOf(sizes)};
}

/// w [shares * m, n] -= 0.25 x^T dy for x [shares, k + spare, m], dy [k, n]
Case columnsUpdateCase(DType dtype, DType rate, Sizes sizes, std::int64_t shares,
                       std::int64_t spare) {
  const auto [m, k, n] = sizes;
  return {
      "columnsUpdate",
      {uniform(dtype, {shares * m, n}, -1, 1, 1), uniform(dtype, {shares, k + spare, m}, -1, 1, 2),
       uniform(dtype, {k, n}, -1, 1, 3), scalar(rate, 0.25)},
      {},
      {dtype, {}},
      [=](const std::vector<Values>& in) {
        Values w = in[0];
        const std::int64_t size = sizes.m * sizes.n;
        for (std::int64_t share = 0; share < shares; share++) {
          const Values gradient =
              product(sliceOf(in[1], share, sizes.k + spare, sizes.m), true, in[2], false, sizes);
          for (std::int64_t i = 0; i < size; i++) {
            w[at(share * size + i)] -= 0.25 * gradient[at(i)];
          }
        }
        return std::vector<Values>{w};
      },
      termsOf(sizes)};
}

Cases sharesCases(DType dtype, Sizes sizes) {
  Cases cases;
  for (std::int64_t shares : kShareCounts) {
    cases.push_back(matMulSharesCase(dtype, sizes, shares));
    cases.push_back(sumSharesCase(dtype, sizes, shares));
    for (std::int64_t spare : {0, 3}) {
      cases.push_back(matMulColumnsCase(dtype, sizes, shares, spare));
    }
    for (DType rate : kFloats) {
      for (std::int64_t spare : {0, 3}) {
        cases.push_back(columnsUpdateCase(dtype, rate, sizes, shares, spare));
      }
      cases.push_back(sharesUpdateCase(dtype, rate, {sizes.m, sizes.n}, shares));
      cases.push_back(sharesUpdateCase(dtype, rate, {sizes.n}, shares));
    }
  }
  return cases;
}

}  // namespace

Cases productCases() {
  Cases cases;
  for (const Sizes& sizes : kSizes) {
    for (DType dtype : kFloats) {
      for (int flags = 0; flags < 4; flags++) {
        const bool ta = (flags & 1) != 0, tb = (flags & 2) != 0;
        cases.push_back(matMulCase(dtype, sizes, ta, tb));
        for (DType rate : kFloats) {
          cases.push_back(matMulUpdateCase(dtype, rate, sizes, ta, tb));
        }
      }
      for (const Case& item : sharesCases(dtype, sizes)) cases.push_back(item);
      for (int activation = 0; activation <= static_cast<int>(Activation::Softmax); activation++) {
        cases.push_back(denseCase(dtype, sizes, static_cast<Activation>(activation)));
        for (std::int64_t shares : kShareCounts) {
          cases.push_back(denseSumCase(dtype, sizes, shares, static_cast<Activation>(activation)));
        }
        if (static_cast<Activation>(activation) == Activation::Softmax) continue;
        cases.push_back(denseGradCase(dtype, sizes, static_cast<Activation>(activation)));
      }
    }
  }
  return cases;
}

}  // namespace nabla::test
