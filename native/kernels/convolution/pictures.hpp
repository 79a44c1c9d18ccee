// What a convolution reads: pictures as they lie in memory, or gradients to the results of an
// activation, which become gradients to its arguments while they are read.
#pragma once

#include <cstring>

#include "kernels/windows.hpp"
#include "table/activation.hpp"

namespace nabla::NABLA_ISA {

template <typename T>
struct Pictures {
  const T* values;
  const T* activated = nullptr;  // results of the activation, if the values are gradients to them
  Activation activation = Activation::Linear;

  /// True if they can be read where they lie.
  bool arePlain() const { return activation == Activation::Linear; }

  /// Reads `count` elements from `offset` on.
  void read(std::int64_t offset, std::int64_t count, T* to) const {
    const T* const from = values + offset;
    const T* const y = arePlain() ? nullptr : activated + offset;
    switch (activation) {
      case Activation::Relu:
        NABLA_SIMD
        for (std::int64_t i = 0; i < count; i++) to[i] = y[i] > 0 ? from[i] : T(0);
        return;
      case Activation::Sigmoid:
        NABLA_SIMD
        for (std::int64_t i = 0; i < count; i++) to[i] = from[i] * y[i] * (1 - y[i]);
        return;
      case Activation::Tanh:
        NABLA_SIMD
        for (std::int64_t i = 0; i < count; i++) to[i] = from[i] * (1 - y[i] * y[i]);
        return;
      case Activation::Linear:
      case Activation::Softmax:  // its derivative is no product; it is never asked for
        std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(T));
        return;
    }
  }
};

/// Copies a box of pictures of size `in` to an array of the box' size; zeros beyond the pictures.
template <typename T>
inline void copyBox(const Pictures<T>& pictures, const std::int64_t (&in)[kAxes],
                    std::int64_t channels, const Box& box, T* to) {
  const Strides strides = stridesOf(in, channels);
  const std::int64_t length = box.size[3];
  eachRow(box, [&](const std::int64_t(&at)[kAxes]) {
    const Range within = rowWithin(at, length, in);
    const auto clear = [&](std::int64_t from, std::int64_t until) {
      std::memset(to + (from - at[3]) * channels, 0,
                  static_cast<std::size_t>((until - from) * channels) * sizeof(T));
    };
    clear(at[3], within.begin);
    if (within.begin < within.end) {
      pictures.read(offsetOf({at[0], at[1], at[2], within.begin}, strides),
                    (within.end - within.begin) * channels, to + (within.begin - at[3]) * channels);
    }
    clear(within.end, at[3] + length);
    to += length * channels;
  });
}

/// A box of pictures, where it lies or copied.
template <typename T>
struct Seen {
  const T* first;
  Strides strides;
};

/// What the windows of a box see. `copy` has room for it unless the pictures are plain and no
/// window reaches beyond them.
template <typename T>
inline Seen<T> see(const Convolution& convolution, const Pictures<T>& pictures, const Box& windows,
                   T* copy) {
  const std::int64_t channels = convolution.inChannels;
  const Box seen = seenBy(convolution, windows);
  if (pictures.arePlain() && !convolution.pads()) {
    const Strides strides = stridesOf(convolution.in, channels);
    return {pictures.values + offsetOf(seen.begin, strides), strides};
  }
  copyBox(pictures, convolution.in, channels, seen, copy);
  return {copy, stridesOf(seen.size, channels)};
}

}  // namespace nabla::NABLA_ISA
