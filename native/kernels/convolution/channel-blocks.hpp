// Pictures copied to arrays of a few channels each. In the products of a kernel's gradient many
// windows meet few channels at a time; where pictures have many channels, those few would lie far
// apart, and fall on few places of the first cache.
#pragma once

#include <cstring>

#include "kernels/windows.hpp"

namespace nabla::NABLA_ISA {

/// How many channels an array holds, and how many arrays there are.
template <typename T>
struct ChannelBlocks {
  static constexpr std::int64_t kLine = 64 / static_cast<std::int64_t>(sizeof(T));
  std::int64_t width, count;

  explicit ChannelBlocks(std::int64_t channels)
      : width(channels <= kLine ? channels : kLine), count((channels + width - 1) / width) {}
};

/// Copies `count` pixels of `width` channels.
template <typename T>
inline void copyPixels(const T* from, std::int64_t fromStride, std::int64_t count,
                       std::int64_t width, T* to, std::int64_t toStride) {
  constexpr std::int64_t kLine = ChannelBlocks<T>::kLine;
  for (std::int64_t i = 0; i < count; i++, from += fromStride, to += toStride) {
    if (width == kLine) {
      std::memcpy(to, from, kLine * sizeof(T));
    } else {
      for (std::int64_t c = 0; c < width; c++) to[c] = from[c];
    }
  }
}

/// Copies a box of pictures of size `in`, array by array; zeros beyond the pictures. What the last
/// array has of channels beyond the last is left undefined.
template <typename T>
inline void copyBlocks(const T* x, const std::int64_t (&in)[kAxes], std::int64_t channels,
                       const Box& box, T* to) {
  const ChannelBlocks<T> blocks(channels);
  const Strides strides = stridesOf(in, channels);
  const std::int64_t length = box.size[3], size = box.count() * blocks.width;
  eachRow(box, [&](const std::int64_t(&at)[kAxes]) {
    const Range within = rowWithin(at, length, in);
    for (std::int64_t block = 0; block < blocks.count; block++) {
      T* const row = to + block * size;
      const auto clear = [&](std::int64_t from, std::int64_t until) {
        std::memset(row + (from - at[3]) * blocks.width, 0,
                    static_cast<std::size_t>((until - from) * blocks.width) * sizeof(T));
      };
      clear(at[3], within.begin);
      clear(within.end, at[3] + length);
      if (within.begin == within.end) continue;
      const std::int64_t first = block * blocks.width, left = channels - first;
      copyPixels(x + offsetOf({at[0], at[1], at[2], within.begin}, strides) + first, channels,
                 within.end - within.begin, left < blocks.width ? left : blocks.width,
                 row + (within.begin - at[3]) * blocks.width, blocks.width);
    }
    to += length * blocks.width;
  });
}

}  // namespace nabla::NABLA_ISA
