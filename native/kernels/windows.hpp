// Windows that slide over pictures: their shapes, boxes of them that are computed together, and
// tables of offsets.
//
// There are always four axes: the batch, along which a window is one picture, then depth, height
// and width; those that are missing have size 1. Pictures are [batch, depth, height, width,
// channels].
#pragma once

#include "kernels.hpp"

namespace nabla::NABLA_ISA {

constexpr int kAxes = 4;

struct Windows {
  std::int64_t in[kAxes], out[kAxes];  // pictures and windows; along the batch both are its size
  std::int64_t kernel[kAxes], stride[kAxes], dilation[kAxes];
  std::int64_t before[kAxes];  // how far the first window reaches beyond the picture

  std::int64_t taps() const { return kernel[0] * kernel[1] * kernel[2] * kernel[3]; }

  /// Extent of `windows` neighbouring windows in the picture.
  std::int64_t reach(int axis, std::int64_t windows) const {
    return (windows - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1;
  }

  /// Whether a window reaches beyond the picture.
  bool pads() const {
    for (int axis = 0; axis < kAxes; axis++) {
      if (before[axis] > 0 || reach(axis, out[axis]) - before[axis] > in[axis]) return true;
    }
    return false;
  }
};

/// Windows that are multiplied by a kernel [depth, height, width, channels of a group, filters].
struct Convolution : Windows {
  std::int64_t inChannels, outChannels, groups;

  std::int64_t inOfGroup() const { return inChannels / groups; }
  std::int64_t outOfGroup() const { return outChannels / groups; }
};

/// The convolution of a gradient to the outputs that gives the gradient to the pictures, by the
/// turned kernel. Of strides of 1.
inline Convolution mirrored(const Convolution& convolution) {
  Convolution mirror = convolution;
  for (int axis = 0; axis < kAxes; axis++) {
    mirror.in[axis] = convolution.out[axis];
    mirror.out[axis] = convolution.in[axis];
    mirror.before[axis] = convolution.reach(axis, 1) - 1 - convolution.before[axis];
  }
  mirror.inChannels = convolution.outChannels;
  mirror.outChannels = convolution.inChannels;
  return mirror;
}

/// A box of elements of pictures, channels left out.
struct Box {
  std::int64_t begin[kAxes], size[kAxes];

  std::int64_t count() const { return size[0] * size[1] * size[2] * size[3]; }
};

/// All of some of a batch's pictures of these sizes.
inline Box wholePictures(const std::int64_t (&size)[kAxes], Range pictures) {
  return {{pictures.begin, 0, 0, 0}, {pictures.end - pictures.begin, size[1], size[2], size[3]}};
}

/// What the windows of a box see of the picture; it may reach beyond it.
inline Box seenBy(const Windows& shape, const Box& windows) {
  Box seen;
  for (int axis = 0; axis < kAxes; axis++) {
    seen.begin[axis] = windows.begin[axis] * shape.stride[axis] - shape.before[axis];
    seen.size[axis] = shape.reach(axis, windows.size[axis]);
  }
  return seen;
}

/// Distances of neighbours along each axis, in elements.
struct Strides {
  std::int64_t axis[kAxes];
};

/// Of an array of these sizes.
inline Strides stridesOf(const std::int64_t (&size)[kAxes], std::int64_t channels) {
  Strides strides;
  std::int64_t stride = channels;
  for (int axis = kAxes - 1; axis >= 0; axis--) {
    strides.axis[axis] = stride;
    stride *= size[axis];
  }
  return strides;
}

inline Strides times(const Strides& strides, const std::int64_t (&factor)[kAxes]) {
  Strides result;
  for (int axis = 0; axis < kAxes; axis++) result.axis[axis] = strides.axis[axis] * factor[axis];
  return result;
}

inline std::int64_t offsetOf(const std::int64_t (&at)[kAxes], const Strides& strides) {
  std::int64_t offset = 0;
  for (int axis = 0; axis < kAxes; axis++) offset += at[axis] * strides.axis[axis];
  return offset;
}

/// Offsets of a box' elements, the last axis fastest, then of `channels` neighbours each.
inline void fillOffsets(std::int32_t* table, const std::int64_t (&size)[kAxes],
                        const Strides& strides, std::int64_t channels) {
  const std::int64_t* const step = strides.axis;
  for (std::int64_t i = 0; i < size[0]; i++) {
    for (std::int64_t z = 0; z < size[1]; z++) {
      for (std::int64_t y = 0; y < size[2]; y++) {
        std::int64_t offset = i * step[0] + z * step[1] + y * step[2];
        for (std::int64_t x = 0; x < size[3]; x++, offset += step[3]) {
          for (std::int64_t c = 0; c < channels; c++) {
            *table++ = static_cast<std::int32_t>(offset + c);
          }
        }
      }
    }
  }
}

/// Calls f(at) for the rows of a box along its last axis; `at` is a row's first element.
template <typename F>
inline void eachRow(const Box& box, F&& f) {
  std::int64_t at[kAxes];
  at[3] = box.begin[3];
  for (at[0] = box.begin[0]; at[0] < box.begin[0] + box.size[0]; at[0]++) {
    for (at[1] = box.begin[1]; at[1] < box.begin[1] + box.size[1]; at[1]++) {
      for (at[2] = box.begin[2]; at[2] < box.begin[2] + box.size[2]; at[2]++) f(at);
    }
  }
}

/// Where the row of a box that begins at `at` lies within pictures of size `in`: places along the
/// last axis, none if it lies beyond them.
inline Range rowWithin(const std::int64_t (&at)[kAxes], std::int64_t length,
                       const std::int64_t (&in)[kAxes]) {
  for (int axis = 0; axis < kAxes - 1; axis++) {
    if (at[axis] < 0 || at[axis] >= in[axis]) return {at[3], at[3]};
  }
  const std::int64_t end = at[3] + length;
  const Range within{at[3] < 0 ? 0 : at[3], end < in[3] ? end : in[3]};
  return within.begin < within.end ? within : Range{at[3], at[3]};
}

/// Calls f(box) for boxes of at most `size` that cover `all`.
template <typename F>
inline void eachBox(const Box& all, const std::int64_t (&size)[kAxes], F&& f) {
  Box box;
  const auto enter = [&](int axis, std::int64_t begin) {
    const std::int64_t left = all.begin[axis] + all.size[axis] - begin;
    box.begin[axis] = begin;
    box.size[axis] = size[axis] < left ? size[axis] : left;
    return left > 0;
  };
  for (std::int64_t i = all.begin[0]; enter(0, i); i += size[0]) {
    for (std::int64_t z = all.begin[1]; enter(1, z); z += size[1]) {
      for (std::int64_t y = all.begin[2]; enter(2, y); y += size[2]) {
        for (std::int64_t x = all.begin[3]; enter(3, x); x += size[3]) f(box);
      }
    }
  }
}

/// Bytes that no box exceeds, unless one window does.
constexpr std::int64_t kLargestBox = 8 * 1024 * 1024;

/// A box of windows that stays in cache: its bytes, told by `bytesOf`, stay within `most`, or there
/// are no more than `fewest` windows.
template <typename F>
inline Box chooseBox(const std::int64_t (&all)[kAxes], std::int64_t most, std::int64_t fewest,
                     F&& bytesOf) {
  Box box{{}, {all[0], all[1], all[2], all[3]}};
  const auto isTooLarge = [&] {
    const std::int64_t bytes = bytesOf(box);
    return bytes > (box.count() > fewest ? most : kLargestBox);
  };
  for (int axis = 0; axis < kAxes; axis++) {
    while (box.size[axis] > 1 && isTooLarge()) box.size[axis] = (box.size[axis] + 1) / 2;
  }
  return box;
}

/// Cuts memory into arrays; without memory it counts their bytes.
class Carver {
 public:
  explicit Carver(void* memory) : memory_(static_cast<char*>(memory)) {}

  template <typename T>
  T* take(std::int64_t count) {
    const std::size_t begin = bytes_;
    const std::size_t wanted = static_cast<std::size_t>(count) * sizeof(T);
    bytes_ += (wanted + kAlignment - 1) / kAlignment * kAlignment;
    return memory_ == nullptr ? nullptr : reinterpret_cast<T*>(memory_ + begin);
  }

  std::size_t bytes() const { return bytes_; }

 private:
  static constexpr std::size_t kAlignment = 64;
  char* memory_;
  std::size_t bytes_ = 0;
};

}  // namespace nabla::NABLA_ISA
