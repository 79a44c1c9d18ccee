// Group normalisation: of each picture [places, channels], groups of neighbouring channels, each by
// its own statistics over all places.
#pragma once

#include "kernels/normalization/channels.hpp"

namespace nabla::NABLA_ISA {

struct GroupNorm {
  std::int64_t places, channels, groups;
  double epsilon;

  std::int64_t size() const { return places * channels; }
  std::int64_t ofGroup() const { return channels / groups; }
};

/// Memory of one thread: numbers of each channel.
template <typename T>
struct GroupSpace {
  double *first, *second;
  T *mean, *scale, *offset, *slope;

  static std::size_t bytes(std::int64_t channels) {
    return static_cast<std::size_t>(channels) * (2 * sizeof(double) + 4 * sizeof(T));
  }

  GroupSpace(std::int64_t channels, void* memory)
      : first(static_cast<double*>(memory)),
        second(first + channels),
        mean(reinterpret_cast<T*>(second + channels)),
        scale(mean + channels),
        offset(scale + channels),
        slope(offset + channels) {}
};

/// A picture's mean of each channel's group, and 1 / sqrt(variance + epsilon) as the scale.
template <typename T>
inline void groupStatistics(const GroupNorm& norm, const T* x, const GroupSpace<T>& space) {
  channelMoments(x, norm.channels, {0, norm.places}, Moments{space.first, space.second});
  for (std::int64_t group = 0; group < norm.groups; group++) {
    const std::int64_t begin = group * norm.ofGroup(), end = begin + norm.ofGroup();
    double count = 0, mean = 0, squares = 0;
    for (std::int64_t c = begin; c < end; c++) {
      const double places = static_cast<double>(norm.places);
      mergeMoments(count, places, space.first[c], space.second[c], mean, squares);
      count += places;
    }
    const double inverse = 1 / std::sqrt(squares / count + norm.epsilon);
    for (std::int64_t c = begin; c < end; c++) {
      space.mean[c] = static_cast<T>(mean);
      space.scale[c] = static_cast<T>(inverse);
    }
  }
}

/// y = (x - mean) / sqrt(variance + epsilon) * gamma + beta for some pictures.
template <typename T>
inline void groupNorm(const GroupNorm& norm, Range pictures, const T* x, const T* gamma,
                      const T* beta, T* y, void* workspace) {
  const GroupSpace<T> space(norm.channels, workspace);
  for (std::int64_t picture = pictures.begin; picture < pictures.end; picture++) {
    const std::int64_t at = picture * norm.size();
    groupStatistics(norm, x + at, space);
    for (std::int64_t c = 0; c < norm.channels; c++) space.scale[c] *= gamma[c];
    normalizeRows(x + at, norm.channels, {0, norm.places}, space.mean, space.scale, beta,
                  -math::kInfinity<T>, y + at);
  }
}

/// dx = the gradient to some pictures; `dgamma` and `dbeta` are the sums over them.
template <typename T>
inline void groupNormGradient(const GroupNorm& norm, Range pictures, const T* x, const T* dy,
                              const T* gamma, T* dx, double* dgamma, double* dbeta,
                              void* workspace) {
  const GroupSpace<T> space(norm.channels, workspace);
  const double count = static_cast<double>(norm.places * norm.ofGroup());
  for (std::int64_t c = 0; c < norm.channels; c++) dgamma[c] = dbeta[c] = 0;
  for (std::int64_t picture = pictures.begin; picture < pictures.end; picture++) {
    const std::int64_t at = picture * norm.size();
    groupStatistics(norm, x + at, space);
    channelGradientSums(x + at, Gradients<T>{dy + at}, norm.channels, {0, norm.places}, space.mean,
                        GradientSums{space.first, space.second});
    for (std::int64_t group = 0; group < norm.groups; group++) {
      const std::int64_t begin = group * norm.ofGroup(), end = begin + norm.ofGroup();
      double gradients = 0, products = 0;
      const double inverse = static_cast<double>(space.scale[begin]);
      for (std::int64_t c = begin; c < end; c++) {
        gradients += static_cast<double>(gamma[c]) * space.first[c];
        products += static_cast<double>(gamma[c]) * space.second[c];
        dbeta[c] += space.first[c];
        dgamma[c] += space.second[c] * inverse;
      }
      for (std::int64_t c = begin; c < end; c++) {
        // dx = (gamma dz - gradients / count - (x - mean) inverse^2 products / count) inverse
        space.offset[c] = static_cast<T>(gradients / count);
        space.slope[c] = static_cast<T>(products * inverse * inverse / count);
      }
    }
    for (std::int64_t row = 0; row < norm.places; row++) {
      const std::int64_t first = at + row * norm.channels;
      NABLA_SIMD
      for (std::int64_t c = 0; c < norm.channels; c++) {
        const T pulled = space.offset[c] + (x[first + c] - space.mean[c]) * space.slope[c];
        dx[first + c] = (dy[first + c] * gamma[c] - pulled) * space.scale[c];
      }
    }
  }
}

}  // namespace nabla::NABLA_ISA
