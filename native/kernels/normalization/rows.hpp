// Layer normalisation: each row by its own statistics. By its squares alone, without a mean, it is
// RMS normalisation.
#pragma once

#include "kernels/normalization/channels.hpp"

namespace nabla::NABLA_ISA {

/// The sum of f(i) for i in [begin, end). Halves of long ones are summed on their own, for
/// precision.
template <typename T, typename F>
inline T sumOver(std::int64_t begin, std::int64_t end, F&& f) {
  constexpr std::int64_t kShort = 1024, kLane = 32;
  if (end - begin > kShort) {
    const std::int64_t middle = begin + (end - begin) / 2;
    return sumOver<T>(begin, middle, f) + sumOver<T>(middle, end, f);
  }
  T lanes[kLane] = {};
  std::int64_t i = begin;
  for (; i + kLane <= end; i += kLane) {
    NABLA_SIMD
    for (std::int64_t k = 0; k < kLane; k++) lanes[k] += f(i + k);
  }
  for (std::int64_t k = 0; i + k < end; k++) lanes[k] += f(i + k);
  for (std::int64_t half = kLane / 2; half > 0; half /= 2) {
    for (std::int64_t k = 0; k < half; k++) lanes[k] += lanes[k + half];
  }
  return lanes[0];
}

/// A row is normalised as (x - mean) * inverse.
template <typename T>
struct RowStatistics {
  T mean, inverse;
};

template <typename T>
inline RowStatistics<T> rowStatistics(const T* x, std::int64_t size, bool centers, double epsilon) {
  const T count = static_cast<T>(size);
  const T mean = centers ? sumOver<T>(0, size, [x](std::int64_t i) { return x[i]; }) / count : T(0);
  const T squares =
      sumOver<T>(0, size, [x, mean](std::int64_t i) { return (x[i] - mean) * (x[i] - mean); });
  const double variance = static_cast<double>(squares / count);
  return {mean, static_cast<T>(1 / std::sqrt(variance + epsilon))};
}

/// y = (x - mean) / sqrt(variance + epsilon) * gamma + beta for some rows; beta may be null, and is
/// with RMS normalisation (`centers` false), whose mean is 0.
template <typename T>
inline void layerNorm(const T* x, std::int64_t size, Range rows, bool centers, double epsilon,
                      const T* gamma, const T* beta, T* y) {
  for (std::int64_t row = rows.begin; row < rows.end; row++) {
    const T* const from = x + row * size;
    T* const to = y + row * size;
    const auto [mean, inverse] = rowStatistics(from, size, centers, epsilon);
    if (beta == nullptr) {
      NABLA_SIMD
      for (std::int64_t i = 0; i < size; i++) to[i] = (from[i] - mean) * inverse * gamma[i];
    } else {
      NABLA_SIMD
      for (std::int64_t i = 0; i < size; i++) {
        to[i] = (from[i] - mean) * inverse * gamma[i] + beta[i];
      }
    }
  }
}

/// dx = the gradient to some rows.
template <typename T>
inline void layerNormGradient(const T* x, const T* dy, std::int64_t size, Range rows, bool centers,
                              double epsilon, const T* gamma, T* dx) {
  const T count = static_cast<T>(size);
  for (std::int64_t row = rows.begin; row < rows.end; row++) {
    const T* const from = x + row * size;
    const T* const gradient = dy + row * size;
    T* const to = dx + row * size;
    const auto statistics = rowStatistics(from, size, centers, epsilon);
    const T mean = statistics.mean, inverse = statistics.inverse;
    const T offset =
        centers
            ? sumOver<T>(0, size, [=](std::int64_t i) { return gradient[i] * gamma[i]; }) / count
            : T(0);
    const T slope = sumOver<T>(0, size,
                               [=](std::int64_t i) {
                                 return gradient[i] * gamma[i] * ((from[i] - mean) * inverse);
                               }) /
                    count;
    NABLA_SIMD
    for (std::int64_t i = 0; i < size; i++) {
      to[i] = (gradient[i] * gamma[i] - offset - (from[i] - mean) * inverse * slope) * inverse;
    }
  }
}

/// Sums over some rows of the gradients to gamma and beta, in double. `few` has room for two rows.
template <typename T>
inline void layerNormSums(const T* x, const T* dy, std::int64_t size, Range rows, bool centers,
                          double epsilon, T* few, double* dgamma, double* dbeta) {
  T* const products = few;
  T* const gradients = few + size;
  for (std::int64_t i = 0; i < size; i++) dgamma[i] = dbeta[i] = 0;
  eachFewRows(rows, [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t i = 0; i < size; i++) products[i] = gradients[i] = 0;
    for (std::int64_t row = first; row < first + count; row++) {
      const T* const from = x + row * size;
      const T* const gradient = dy + row * size;
      const auto statistics = rowStatistics(from, size, centers, epsilon);
      const T mean = statistics.mean, inverse = statistics.inverse;
      NABLA_SIMD
      for (std::int64_t i = 0; i < size; i++) {
        products[i] += gradient[i] * ((from[i] - mean) * inverse);
        gradients[i] += gradient[i];
      }
    }
    for (std::int64_t i = 0; i < size; i++) {
      dgamma[i] += static_cast<double>(products[i]);
      dbeta[i] += static_cast<double>(gradients[i]);
    }
  });
}

}  // namespace nabla::NABLA_ISA
