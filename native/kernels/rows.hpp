// What kernels do to one row of logits or probabilities.
#pragma once

#include <cmath>
#include <limits>

#include "kernels.hpp"
#include "math.hpp"
#include "sums.hpp"

namespace nabla::NABLA_ISA {

/// The rows (all axes but the last, flattened) of `part` when a view is cut along its leading axis.
/// A view of one axis is one row, and the last part's.
inline Range leadingRows(const View& view, Part part) {
  const std::int64_t n = view.lastDim();
  if (view.rank < 2) return {0, n > 0 && part.index == part.count - 1 ? 1 : 0};
  const Range elements = elementsOf(view, part);
  return n == 0 ? Range{0, 0} : Range{elements.begin / n, elements.end / n};
}

/// Slices of what is cut so: rows of several axes by the leading one.
inline std::int64_t slicesOfRows(const Operands& operands) {
  const View& view = operands.output();
  return view.rank < 2 ? 1 : view.dims[0];
}

/// Calls f(zero, first, n) for the part's rows of a view of floats: `zero` tells the type, `first`
/// where the row begins, n how long it is.
template <typename F>
void eachRow(const View& view, Part part, F f) {
  const std::int64_t n = view.lastDim();
  const Range rows = leadingRows(view, part);
  withFloat(view.dtype, [&](auto zero) {
    for (std::int64_t row = rows.begin; row < rows.end; row++) f(zero, row * n, n);
  });
}

/// The greatest of a row; NaN if there is one. Without branches: in short rows no guess of them is
/// worth much.
template <typename T>
T maxOfRow(const T* x, std::int64_t n) {
  T max = x[0];
  bool hasNaN = false;
  for (std::int64_t i = 0; i < n; i++) {
    max = x[i] > max ? x[i] : max;
    hasNaN |= x[i] != x[i];
  }
  return hasNaN ? std::numeric_limits<T>::quiet_NaN() : max;
}

/// The same, and where it stands first; somewhere if there is a NaN.
template <typename T>
struct Greatest {
  T max;
  std::int64_t place = 0;

  Greatest(const T* x, std::int64_t n) : max(maxOfRow(x, n)) {
    for (std::int64_t i = n - 1; i >= 0; i--) place = x[i] == max ? i : place;
  }
};

/// y = e^(x - max); x and y may be the same.
template <typename T>
void exponentials(const T* x, T max, T* y, std::int64_t n) {
  NABLA_SIMD
  for (std::int64_t i = 0; i < n; i++) y[i] = math::exp(x[i] - max);
}

/// Makes exponentials shares of their sum, floored at the least normal number, so that ln y and 1 /
/// y stay finite.
template <typename T>
void divideBySum(T* y, std::int64_t n) {
  const T scale = 1 / sumOfTerms<T>(n, [y](std::int64_t i) { return y[i]; });
  constexpr T kFloor = math::kLeastNormal<T>;
  NABLA_SIMD
  for (std::int64_t i = 0; i < n; i++) {
    const T p = y[i] * scale;
    y[i] = p < kFloor ? kFloor : p;
  }
}

/// y = e^(x - max) / sum; x and y may be the same.
template <typename T>
void softmaxRow(const T* x, T* y, std::int64_t n) {
  exponentials(x, maxOfRow(x, n), y, n);
  divideBySum(y, n);
}

/// What e^(x - max) of a row comes to without that of the greatest, which is 1: ln(1 + others)
/// keeps the digits of those that are far smaller.
template <typename T>
T sumOfOthers(const T* x, const T* exponentials, const Greatest<T>& greatest, std::int64_t n) {
  const std::int64_t place = greatest.place;
  const T others =
      sumOfTerms<T>(n, [=](std::int64_t i) { return i == place ? T{0} : exponentials[i]; });
  return others + (x[place] - greatest.max);  // that is 0, and NaN of infinities and NaN
}

/// Rows whose exponentials are computed first, many at a time.
constexpr std::int64_t kShortRow = 64;

template <typename T>
T sumOfOthers(const T* x, const Greatest<T>& greatest, std::int64_t n) {
  if (n <= kShortRow) {
    T terms[kShortRow];
    exponentials(x, greatest.max, terms, n);
    return sumOfOthers(x, terms, greatest, n);
  }
  const std::int64_t place = greatest.place;
  const T max = greatest.max;
  const T others =
      sumOfTerms<T>(n, [=](std::int64_t i) { return i == place ? T{0} : math::exp(x[i] - max); });
  return others + (x[place] - max);
}

/// ln(sum e^x) = max + log, kept in two parts for the differences that are taken of it.
template <typename T>
struct LogSumExp {
  T max, log;
};

template <typename T>
LogSumExp<T> logSumExp(const T* x, std::int64_t n) {
  const Greatest<T> greatest(x, n);
  return {greatest.max, math::log1p(sumOfOthers(x, greatest, n))};
}

/// An element of an integer view.
inline std::int64_t integerAt(const View& view, std::int64_t i) {
  return view.dtype == DType::Uint8 ? view.as<std::uint8_t>()[i] : view.as<std::int32_t>()[i];
}

}  // namespace nabla::NABLA_ISA
