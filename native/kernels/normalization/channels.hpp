// Statistics of channels, and normalisation by them: of rows [rows, channels], by whoever knows the
// mean and the scale of each channel.
//
// A few rows at a time are summed in registers, and then in double: sums of any length keep their
// precision. Deviations are taken from the mean of those few rows, so that a mean that is large
// beside them costs none either.
#pragma once

#include <cmath>

#include "kernels/math.hpp"
#include "kernels/tails.hpp"

namespace nabla::NABLA_ISA {

/// Rows whose sums are taken at a time.
constexpr std::int64_t kRowsAtOnce = 32;

/// f(first, count) for `rows` rows, a few at a time.
template <typename F>
inline void eachFewRows(Range rows, F&& f) {
  for (std::int64_t row = rows.begin; row < rows.end; row += kRowsAtOnce) {
    const std::int64_t left = rows.end - row;
    f(row, left < kRowsAtOnce ? left : kRowsAtOnce);
  }
}

/// Of each channel over some rows: the mean, and the sum of the squared deviations from it.
struct Moments {
  double* mean;
  double* squares;
};

/// Takes in the moments of `more` rows beside those of `count`.
inline void mergeMoments(double count, double more, double mean, double squares, double& intoMean,
                         double& intoSquares) {
  const double share = more / (count + more);
  const double difference = mean - intoMean;
  intoMean += difference * share;
  intoSquares += squares + difference * difference * share * count;
}

/// The moments of each channel over rows of x.
template <typename T>
inline void channelMoments(const T* x, std::int64_t channels, Range rows, Moments moments) {
  for (std::int64_t c = 0; c < channels; c++) moments.mean[c] = moments.squares[c] = 0;
  double count = 0;
  eachFewRows(rows, [&](std::int64_t first, std::int64_t few) {
    for (std::int64_t c = 0; c < channels; c += kLanes<T>) {
      const std::int64_t left = channels - c;
      const T* const from = x + first * channels + c;
      Vector<T> sum = zeroVector<T>(), squares = zeroVector<T>();
      for (std::int64_t i = 0; i < few; i++) sum = sum + loadUpTo(from + i * channels, left);
      const Vector<T> mean = sum * repeat(T(1) / static_cast<T>(few));
      for (std::int64_t i = 0; i < few; i++) {
        const Vector<T> deviation = loadUpTo(from + i * channels, left) - mean;
        squares = multiplyAdd(squares, deviation, deviation);
      }
      T means[kLanes<T>], sums[kLanes<T>];
      storeVector(means, mean);
      storeVector(sums, squares);
      const std::int64_t lanes = left < kLanes<T> ? left : kLanes<T>;
      for (std::int64_t i = 0; i < lanes; i++) {
        mergeMoments(count, static_cast<double>(few), static_cast<double>(means[i]),
                     static_cast<double>(sums[i]), moments.mean[c + i], moments.squares[c + i]);
      }
    }
    count += static_cast<double>(few);
  });
}

/// Of each channel over some rows: the sum of the gradients, and of their products with the
/// deviations from the channel's mean.
struct GradientSums {
  double* gradients;
  double* products;
};

template <typename T>
inline void channelGradientSums(const T* x, const T* dy, std::int64_t channels, Range rows,
                                const T* mean, GradientSums sums) {
  for (std::int64_t c = 0; c < channels; c++) sums.gradients[c] = sums.products[c] = 0;
  eachFewRows(rows, [&](std::int64_t first, std::int64_t few) {
    for (std::int64_t c = 0; c < channels; c += kLanes<T>) {
      const std::int64_t left = channels - c;
      const Vector<T> center = loadUpTo(mean + c, left);
      Vector<T> sum = zeroVector<T>(), products = zeroVector<T>();
      for (std::int64_t i = 0; i < few; i++) {
        const std::int64_t at = (first + i) * channels + c;
        const Vector<T> gradient = loadUpTo(dy + at, left);
        sum = sum + gradient;
        products = multiplyAdd(products, gradient, loadUpTo(x + at, left) - center);
      }
      T gradients[kLanes<T>], both[kLanes<T>];
      storeVector(gradients, sum);
      storeVector(both, products);
      const std::int64_t lanes = left < kLanes<T> ? left : kLanes<T>;
      for (std::int64_t i = 0; i < lanes; i++) {
        sums.gradients[c + i] += static_cast<double>(gradients[i]);
        sums.products[c + i] += static_cast<double>(both[i]);
      }
    }
  });
}

/// y = (x - mean) * scale + shift; one mean, scale and shift a channel.
template <typename T>
inline void normalizeRows(const T* x, std::int64_t channels, Range rows, const T* mean,
                          const T* scale, const T* shift, T* y) {
  for (std::int64_t row = rows.begin; row < rows.end; row++) {
    const T* const from = x + row * channels;
    T* const to = y + row * channels;
    NABLA_SIMD
    for (std::int64_t c = 0; c < channels; c++) to[c] = (from[c] - mean[c]) * scale[c] + shift[c];
  }
}

/// dx = (dy - offset - (x - mean) * slope) * scale; one of each a channel.
template <typename T>
inline void normalizeRowsGradient(const T* x, const T* dy, std::int64_t channels, Range rows,
                                  const T* mean, const T* scale, const T* offset, const T* slope,
                                  T* dx) {
  for (std::int64_t row = rows.begin; row < rows.end; row++) {
    for (std::int64_t c = 0; c < channels; c += kLanes<T>) {
      const std::int64_t left = channels - c, at = row * channels + c;
      const Vector<T> deviation = loadUpTo(x + at, left) - loadUpTo(mean + c, left);
      const Vector<T> pulled =
          multiplyAdd(loadUpTo(offset + c, left), deviation, loadUpTo(slope + c, left));
      const Vector<T> rest = loadUpTo(dy + at, left) - pulled;
      storeUpTo(dx + at, rest * loadUpTo(scale + c, left), left);
    }
  }
}

}  // namespace nabla::NABLA_ISA
