// Sums whose rounding does not grow with their length: a few terms at a time in their own type,
// what those come to in double (of double, with what each addition lost). A sum of n floats errs by
// at most 4 log2(n) units of 2^-24, relative to the sum of the magnitudes.
#pragma once

#include "totals.hpp"
#include "vector.hpp"

namespace nabla::NABLA_ISA {

/// Terms that are added in their own type, one after the other.
constexpr std::int64_t kChain = 16;

/// Squares likewise: none is negative, so that sums of twice as many terms err no more.
constexpr std::int64_t kSquares = 2 * kChain;

/// Adds term(i) for i in [from, from + rows * lanes), `rows` at most kChain.
template <typename T, int kLaneCount, typename F>
inline void takeBlock(Sum<T>& total, std::int64_t from, std::int64_t rows, F& term) {
  T lanes[kLaneCount];
  NABLA_SIMD
  for (int k = 0; k < kLaneCount; k++) lanes[k] = term(from + k);
  for (std::int64_t i = 1; i < rows; i++) {
    NABLA_SIMD
    for (int k = 0; k < kLaneCount; k++) lanes[k] += term(from + i * kLaneCount + k);
  }
  for (int half = kLaneCount / 2; half > 0; half /= 2) {
    for (int k = 0; k < half; k++) lanes[k] += lanes[k + half];
  }
  total.take(lanes[0]);
}

/// Adds term(i) for i in [0, count).
template <typename T, typename F>
inline void takeTerms(Sum<T>& total, std::int64_t count, F&& term) {
  constexpr int kWide = 64, kNarrow = 16;
  std::int64_t i = 0;
  for (; i + kWide * kChain <= count; i += kWide * kChain) {
    takeBlock<T, kWide>(total, i, kChain, term);
  }
  while (count - i >= kNarrow) {
    const std::int64_t left = (count - i) / kNarrow, rows = left < kChain ? left : kChain;
    takeBlock<T, kNarrow>(total, i, rows, term);
    i += rows * kNarrow;
  }
  if (i == count) return;
  T chain = term(i);
  for (i++; i < count; i++) chain += term(i);
  total.take(chain);
}

template <typename T, typename F>
inline T sumOfTerms(std::int64_t count, F&& term) {
  Sum<T> total;
  takeTerms(total, count, term);
  return total.value();
}

/// Columns whose sums are taken at once.
constexpr std::int64_t kSummedColumns = 256;

/// totals[j] takes term(row[j], j) of `rows` rows, `stride` apart, for some columns.
template <typename T, typename F>
inline void takeRows(Sum<T>* totals, const T* from, std::int64_t rows, std::int64_t stride,
                     std::int64_t columns, F& term) {
  for (; rows >= kChain; rows -= kChain, from += kChain * stride) {
    NABLA_SIMD
    for (std::int64_t j = 0; j < columns; j++) {
      T chain = term(from[j], j);
      NABLA_UNROLL
      for (std::int64_t i = 1; i < kChain; i++) chain += term(from[i * stride + j], j);
      totals[j].take(chain);
    }
  }
  if (rows == 0) return;
  NABLA_SIMD
  for (std::int64_t j = 0; j < columns; j++) {
    T chain = term(from[j], j);
    for (std::int64_t i = 1; i < rows; i++) chain += term(from[i * stride + j], j);
    totals[j].take(chain);
  }
}

/// f(j, the sum of column j) over some rows of x [rows, width], for some columns.
template <typename T, typename F>
inline void eachColumnSum(const T* x, Range rows, std::int64_t width, Range columns, F&& f) {
  const auto term = [](T value, std::int64_t) { return value; };
  for (std::int64_t begin = columns.begin; begin < columns.end; begin += kSummedColumns) {
    const std::int64_t left = columns.end - begin;
    const std::int64_t count = left < kSummedColumns ? left : kSummedColumns;
    Sum<T> totals[kSummedColumns];
    takeRows(totals, x + rows.begin * width + begin, rows.end - rows.begin, width, count, term);
    for (std::int64_t j = 0; j < count; j++) f(begin + j, totals[j].value());
  }
}

}  // namespace nabla::NABLA_ISA
