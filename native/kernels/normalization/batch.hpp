// Batch normalisation of rows [rows, channels] by the statistics of all of them.
//
// The rows are cut into fixed shares whose statistics are taken one by one and then merged in
// order, so that results do not depend on how many threads take them.
#pragma once

#include "kernels/normalization/channels.hpp"

namespace nabla::NABLA_ISA {

/// Into how many shares rows are cut: enough for many threads, each of many rows.
inline std::int64_t sharesOfRows(std::int64_t rows) {
  constexpr std::int64_t kMost = 16, kRows = 256;
  const std::int64_t shares = rows / kRows;
  return shares < 1 ? 1 : shares > kMost ? kMost : shares;
}

/// Shares of two numbers a channel each, and of how many rows they tell: [shares, 2 channels + 1].
struct Shares {
  double* numbers;
  std::int64_t count, channels;

  static std::int64_t width(std::int64_t channels) { return 2 * channels + 1; }

  double* first(std::int64_t share) const { return numbers + share * width(channels); }
  double* second(std::int64_t share) const { return first(share) + channels; }
  double& rows(std::int64_t share) const { return first(share)[2 * channels]; }

  Range rowsOf(std::int64_t share, std::int64_t rows) const {
    return {rows * share / count, rows * (share + 1) / count};
  }
};

/// The moments of shares `own` of x.
template <typename T>
inline void shareMoments(const T* x, std::int64_t rows, Range own, const Shares& shares) {
  for (std::int64_t share = own.begin; share < own.end; share++) {
    const Range some = shares.rowsOf(share, rows);
    channelMoments(x, shares.channels, some, Moments{shares.first(share), shares.second(share)});
    shares.rows(share) = static_cast<double>(some.end - some.begin);
  }
}

/// Mean and biased variance of a channel.
struct Statistics {
  double mean = 0, variance = 0;

  double inverse(double epsilon) const { return 1 / std::sqrt(variance + epsilon); }
};

/// Of all rows, from their shares. There is at least one row.
inline Statistics mergedMoments(const Shares& shares, std::int64_t channel) {
  double count = 0, mean = 0, squares = 0;
  for (std::int64_t share = 0; share < shares.count; share++) {
    const double more = shares.rows(share);
    if (more == 0) continue;
    mergeMoments(count, more, shares.first(share)[channel], shares.second(share)[channel], mean,
                 squares);
    count += more;
  }
  return {mean, squares / count};
}

/// Sums of a channel over all rows, from their shares: of the gradients, and of their products with
/// the deviations from the mean.
struct ChannelGradient {
  double gradients = 0, products = 0, rows = 0;
};

inline ChannelGradient mergedGradient(const Shares& sums, std::int64_t channel) {
  ChannelGradient result;
  for (std::int64_t share = 0; share < sums.count; share++) {
    result.gradients += sums.first(share)[channel];
    result.products += sums.second(share)[channel];
    result.rows += sums.rows(share);
  }
  return result;
}

/// The gradient's sums of shares `own`; `mean` holds those of the channels.
template <typename T>
inline void shareGradientSums(const T* x, const T* dy, std::int64_t rows, const T* mean, Range own,
                              const Shares& sums) {
  for (std::int64_t share = own.begin; share < own.end; share++) {
    const Range some = sums.rowsOf(share, rows);
    channelGradientSums(x, dy, sums.channels, some, mean,
                        GradientSums{sums.first(share), sums.second(share)});
    sums.rows(share) = static_cast<double>(some.end - some.begin);
  }
}

/// What normalisation takes of each channel, in the type of the rows.
template <typename T>
struct ChannelScales {
  T *mean, *scale, *offset, *slope;

  static std::int64_t bytes(std::int64_t channels) {
    return 4 * channels * static_cast<std::int64_t>(sizeof(T));
  }

  ChannelScales(std::int64_t channels, void* memory)
      : mean(static_cast<T*>(memory)),
        scale(mean + channels),
        offset(scale + channels),
        slope(offset + channels) {}

  /// (x - mean) * scale, by statistics.
  void set(std::int64_t channel, const Statistics& statistics, T gamma, double epsilon) const {
    mean[channel] = static_cast<T>(statistics.mean);
    scale[channel] = static_cast<T>(static_cast<double>(gamma) * statistics.inverse(epsilon));
  }

  /// See normalizeRowsGradient: statistics that depend on the rows take part of the gradient.
  void setGradient(std::int64_t channel, const Statistics& statistics,
                   const ChannelGradient& gradient, double epsilon) const {
    const double inverse = statistics.inverse(epsilon);
    offset[channel] = static_cast<T>(gradient.gradients / gradient.rows);
    slope[channel] = static_cast<T>(gradient.products * inverse * inverse / gradient.rows);
  }
};

}  // namespace nabla::NABLA_ISA
