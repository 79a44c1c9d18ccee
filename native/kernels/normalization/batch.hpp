// Batch normalisation of rows [rows, channels] by the statistics of all of them.
//
// The rows are cut into fixed shares whose statistics are taken one by one and then merged in
// order, so that results do not depend on how many threads take them.
#pragma once

#include "kernels/normalization/channels.hpp"

namespace nabla::NABLA_ISA {

/// Shares of so many rows: enough for many threads, few beside the rows of one.
inline std::int64_t batchShares(std::int64_t rows) {
  constexpr std::int64_t kMost = 16, kRows = 256;
  const std::int64_t shares = rows / kRows;
  return shares < 1 ? 1 : shares > kMost ? kMost : shares;
}

inline Range rowsOfShare(std::int64_t rows, std::int64_t share) {
  const std::int64_t shares = batchShares(rows);
  return {rows * share / shares, rows * (share + 1) / shares};
}

/// Numbers that a share of the statistics, or of the gradient's sums, has: two a channel.
inline Moments momentsOfShare(double* shares, std::int64_t channels, std::int64_t share) {
  return {shares + share * 2 * channels, shares + (share * 2 + 1) * channels};
}

/// The moments of shares [first, last).
template <typename T>
inline void batchMoments(const T* x, std::int64_t channels, std::int64_t rows, Range part,
                         double* shares) {
  for (std::int64_t share = part.begin; share < part.end; share++) {
    channelMoments(x, channels, rowsOfShare(rows, share), momentsOfShare(shares, channels, share));
  }
}

/// Mean and biased variance of each channel in `part`, from the shares.
template <typename T>
inline void mergeShares(const double* shares, std::int64_t channels, std::int64_t rows, Range part,
                        T* mean, T* variance) {
  for (std::int64_t c = part.begin; c < part.end; c++) {
    double count = 0, center = 0, squares = 0;
    for (std::int64_t share = 0; share < batchShares(rows); share++) {
      const Range own = rowsOfShare(rows, share);
      const double more = static_cast<double>(own.end - own.begin);
      const double* const numbers = shares + share * 2 * channels;
      mergeMoments(count, more, numbers[c], numbers[channels + c], center, squares);
      count += more;
    }
    mean[c] = static_cast<T>(center);
    variance[c] = static_cast<T>(squares / count);
  }
}

template <typename T>
inline T inverseDeviation(T variance, double epsilon) {
  return static_cast<T>(1 / std::sqrt(static_cast<double>(variance) + epsilon));
}

/// scale = gamma / sqrt(variance + epsilon)
template <typename T>
inline void batchScale(const T* variance, const T* gamma, double epsilon, std::int64_t channels,
                       T* scale) {
  for (std::int64_t c = 0; c < channels; c++) {
    scale[c] = gamma[c] * inverseDeviation(variance[c], epsilon);
  }
}

/// Sums of the gradient of shares [first, last).
template <typename T>
inline void batchGradientSums(const T* x, const Gradients<T>& dz, std::int64_t channels,
                              std::int64_t rows, const T* mean, Range part, double* shares) {
  for (std::int64_t share = part.begin; share < part.end; share++) {
    const Moments sums = momentsOfShare(shares, channels, share);
    channelGradientSums(x, dz, channels, rowsOfShare(rows, share), mean,
                        GradientSums{sums.mean, sums.squares});
  }
}

/// Gradients to gamma and beta, from the shares; and what the gradient to x takes of a channel (see
/// normalizeRowsGradient), if the statistics are the batch's own.
template <typename T>
struct BatchGradient {
  T *dgamma, *dbeta;
  T *scale, *offset, *slope;
};

template <typename T>
inline void mergeGradientSums(const double* shares, std::int64_t channels, std::int64_t rows,
                              const T* variance, const T* gamma, double epsilon,
                              const BatchGradient<T>& to) {
  for (std::int64_t c = 0; c < channels; c++) {
    double gradients = 0, products = 0;
    for (std::int64_t share = 0; share < batchShares(rows); share++) {
      gradients += shares[share * 2 * channels + c];
      products += shares[(share * 2 + 1) * channels + c];
    }
    const double inverse = 1 / std::sqrt(static_cast<double>(variance[c]) + epsilon);
    const double count = static_cast<double>(rows);
    to.dgamma[c] = static_cast<T>(products * inverse);
    to.dbeta[c] = static_cast<T>(gradients);
    to.scale[c] = static_cast<T>(static_cast<double>(gamma[c]) * inverse);
    to.offset[c] = static_cast<T>(gradients / count);
    to.slope[c] = static_cast<T>(products * inverse * inverse / count);
  }
}

}  // namespace nabla::NABLA_ISA
