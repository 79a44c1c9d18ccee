// Sums over axes of a function of the elements.
#pragma once

#include "reduced-axes.hpp"
#include "sums.hpp"

namespace nabla::NABLA_ISA {

/// Columns whose sums are taken at once: so many that each row is read in a long run.
constexpr std::int64_t kLongColumns = 1024;

/// chains[j] += term(row[j], j) of some rows, `stride` apart, one after the other.
template <int kRows, typename T, typename F>
inline void addRows(T* chains, const T* from, std::int64_t stride, std::int64_t columns, F& term) {
  NABLA_SIMD
  for (std::int64_t j = 0; j < columns; j++) {
    T chain = chains[j];
    NABLA_UNROLL
    for (std::int64_t i = 0; i < kRows; i++) chain += term(from[i * stride + j], j);
    chains[j] = chain;
  }
}

/// What takeRows does, for rows so long that processors foresee what is read of few at once.
template <typename T, typename F>
void takeLongRows(Sum<T>* totals, const T* from, std::int64_t rows, std::int64_t stride,
                  std::int64_t columns, F& term) {
  constexpr int kTogether = 4;
  T chains[kLongColumns];
  for (std::int64_t first = 0; first < rows; first += kChain) {
    const std::int64_t end = rows - first < kChain ? rows : first + kChain;
    for (std::int64_t j = 0; j < columns; j++) chains[j] = 0;
    std::int64_t row = first;
    for (; row + kTogether <= end; row += kTogether) {
      addRows<kTogether>(chains, from + row * stride, stride, columns, term);
    }
    for (; row < end; row++) addRows<1>(chains, from + row * stride, stride, columns, term);
    NABLA_SIMD
    for (std::int64_t j = 0; j < columns; j++) totals[j].take(chains[j]);
  }
}

/// The centers of some columns; 0 for all where there are none.
template <typename T>
void fillCenters(T* centers, const T* means, std::int64_t columns, std::int64_t count) {
  for (std::int64_t j = 0; j < count; j++)
    centers[j] = means == nullptr ? T(0) : means[j % columns];
}

/// y[j] = the sum over the rows of f(x[row][j], means[j]), for results that lie side by side.
template <typename T, typename F>
void sumColumns(const T* x, const T* means, T* y, const Reduction& reduction, Range range, F f) {
  T centers[kLongColumns];
  const std::int64_t stride = reduction.reduced.innerStride(0);
  for (std::int64_t begin = range.begin; begin < range.end; begin += kLongColumns) {
    const std::int64_t left = range.end - begin;
    const std::int64_t columns = left < kLongColumns ? left : kLongColumns;
    Sum<T> totals[kLongColumns];
    fillCenters(centers, means == nullptr ? nullptr : means + begin, columns, columns);
    const auto term = [&centers, f](T value, std::int64_t j) { return f(value, centers[j]); };
    reduction.reduced.forRuns({0, reduction.count},
                              [&](std::int64_t, std::int64_t count, const std::int64_t* offsets) {
                                const T* const from = x + offsets[0] + begin;
                                if (columns > kSummedColumns) {
                                  takeLongRows(totals, from, count, stride, columns, term);
                                } else {
                                  takeRows(totals, from, count, stride, columns, term);
                                }
                              });
    for (std::int64_t j = 0; j < columns; j++) y[begin + j] = totals[j].value();
  }
}

/// Likewise of all columns of rows that lie one behind the other and are short: several rows count
/// as one, whose parts are put together in the end.
template <typename T, typename F>
void sumNarrowColumns(const T* x, const T* means, T* y, std::int64_t rows, std::int64_t columns,
                      F f) {
  constexpr std::int64_t kWidth = 64;
  const std::int64_t together = kWidth / columns, width = together * columns;
  T centers[kWidth];
  fillCenters(centers, means, columns, width);
  const auto term = [&centers, f](T value, std::int64_t j) { return f(value, centers[j]); };
  Sum<T> totals[kWidth];
  takeRows(totals, x, rows / together, width, width, term);
  const std::int64_t done = rows / together * together;
  takeRows(totals, x + done * columns, rows - done, columns, columns, term);
  for (std::int64_t j = columns; j < width; j++) totals[j % columns].take(totals[j]);
  for (std::int64_t j = 0; j < columns; j++) y[j] = totals[j].value();
}

constexpr int kWide = 64;

/// What is read so much later is fetched already.
constexpr int kElementsAhead = 1024;

/// Takes f(x, mean) of rows of kWide elements, one behind the other, at most kChain, and of so many
/// registers after them, fewer than a row's.
template <typename T, typename F>
inline void takeWideRows(Sum<T>& total, const T* from, std::int64_t rows, int rest, T mean, F f) {
  constexpr int kVectors = kWide / kLanes<T>, kTogether = kVectors < 8 ? kVectors : 8;
  Vector<T> chains[kVectors];
  const Vector<T> means = repeat(mean);
  NABLA_UNROLL
  for (int first = 0; first < kVectors; first += kTogether) {
    const T* next = from + first * kLanes<T>;
    const auto term = [&next, means, f](int i) {
      NABLA_PREFETCH(next + i * kLanes<T> + kElementsAhead);
      return f(loadVector(next + i * kLanes<T>), means);
    };
    Vector<T> together[kTogether];
    NABLA_UNROLL
    for (int i = 0; i < kTogether; i++) together[i] = term(i);
    for (std::int64_t row = 1; row < rows; row++) {
      next += kWide;
      NABLA_UNROLL
      for (int i = 0; i < kTogether; i++) together[i] = together[i] + term(i);
    }
    NABLA_UNROLL
    for (int i = 0; i < kTogether; i++) chains[first + i] = together[i];
  }
  const T* const after = from + rows * kWide;
  NABLA_UNROLL
  for (int i = 0; i + 1 < kVectors; i++) {
    if (i < rest) chains[i] = chains[i] + f(loadVector(after + i * kLanes<T>), means);
  }
  NABLA_UNROLL
  for (int half = kVectors / 2; half > 0; half /= 2) {
    NABLA_UNROLL
    for (int i = 0; i < half; i++) chains[i] = chains[i] + chains[i + half];
  }
  total.take(sumOfLanes(chains[0]));
}

/// Takes f(x, mean) of elements that lie side by side.
template <typename T, typename F>
inline void takeRun(Sum<T>& total, const T* run, std::int64_t count, T mean, F f) {
  while (count >= kWide) {
    const std::int64_t left = count / kWide, rows = left < kChain ? left : kChain;
    const bool isLast = rows == left;
    const int rest = isLast ? static_cast<int>(count % kWide) / kLanes<T> : 0;
    takeWideRows(total, run, rows, rest, mean, f);
    const std::int64_t taken = rows * kWide + rest * kLanes<T>;
    run += taken;
    count -= taken;
  }
  takeTerms(total, count, [run, mean, f](std::int64_t k) { return f(run[k], mean); });
}

/// The sum over the reduced axes of f(x, mean), the mean being that of the result; 0 without means.
/// f takes elements and vectors of them.
template <typename T, typename F>
void sumOver(const View& input, const T* means, T* y, const Attribute& axes, Range range, F f) {
  const T* const x = input.as<T>();
  const Reduction reduction = reductionOf(input, maskOf(axes));
  const Walk<1>&kept = reduction.kept, &reduced = reduction.reduced;
  const std::int64_t stride = reduced.innerStride(0), keptStride = kept.innerStride(0);
  if (kept.rank == 1 && keptStride == 1 && reduction.count > 0) {
    const std::int64_t columns = kept.dims[0];
    const bool isWhole = range.begin == 0 && range.end == columns;
    constexpr std::int64_t kManyRows = 4096;
    const bool isNarrow = columns <= 32 && reduction.count >= kManyRows;
    if (isWhole && isNarrow && reduced.rank == 1 && stride == columns) {
      return sumNarrowColumns(x, means, y, reduction.count, columns, f);
    }
    return sumColumns(x, means, y, reduction, range, f);
  }
  kept.forRuns(range, [&](std::int64_t position, std::int64_t count, const std::int64_t* offsets) {
    for (std::int64_t i = 0; i < count; i++) {
      const T* from = x + offsets[0] + i * keptStride;
      const T mean = means == nullptr ? T(0) : means[position + i];
      Sum<T> total;
      reduced.forRuns({0, reduction.count},
                      [&](std::int64_t, std::int64_t length, const std::int64_t* at) {
                        const T* const run = from + at[0];
                        if (stride == 1) {
                          takeRun(total, run, length, mean, f);
                        } else {
                          takeTerms(total, length, [run, mean, stride, f](std::int64_t k) {
                            return f(run[k * stride], mean);
                          });
                        }
                      });
      y[position + i] = total.value();
    }
  });
}

/// Sums of x become means. An empty mean is 0 / 0: NaN.
inline void divideByCount(const View& x, const View& sums, Part part) {
  const Range range = elementsOf(sums, part);
  withFloat(sums.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T count = sums.size == 0 ? T(0) : static_cast<T>(x.size / sums.size);
    T* const y = sums.as<T>();
    for (std::int64_t i = range.begin; i < range.end; i++) y[i] /= count;
  });
}

}  // namespace nabla::NABLA_ISA
