// What the rules of ops with sliding windows share. Their attributes hold one number for each axis
// that windows slide along; padding of -1 on both sides is "same": as many windows as steps fit
// into the picture, with the odd place of padding after it.
#pragma once

#include "kernels.hpp"
#include "windows.hpp"

namespace nabla::NABLA_ISA {

/// A row with the attributes of all windows.
constexpr OpRow windowRow(const char* name, const char* doc) {
  return OpRow(name, doc).shape("strides").shape("dilations").shape("before").shape("after");
}

/// Numbers of the attributes in a row.
struct WindowAttributes {
  int strides, dilations, before, after;
};
constexpr WindowAttributes kWindows{0, 1, 2, 3};

/// An attribute of one whole number for each axis, none below `least`, all below 2^31.
inline void expectNumbers(TypeQuery& query, int attribute, int axes, int least, const char* name) {
  const Attribute& numbers = query.attribute(attribute);
  bool fits = numbers.count == axes;
  for (int i = 0; i < numbers.count && fits; i++) fits = numbers.values[i] >= least;
  if (!fits) {
    query.fail(ErrorKind::Range, "expected %d whole number%s from %d on for %s but received {=%d}",
               axes, axes == 1 ? "" : "s", least, name, attribute);
  }
  for (int i = 0; i < numbers.count; i++) {
    if (numbers.values[i] <= INT32_MAX) continue;
    query.fail(ErrorKind::Range, "expected numbers below 2^31 for %s but received {=%d}", name,
               attribute);
  }
}

inline void expectWindowAttributes(TypeQuery& query, const WindowAttributes& at, int axes) {
  expectNumbers(query, at.strides, axes, 1, "strides");
  expectNumbers(query, at.dilations, axes, 1, "dilations");
  expectNumbers(query, at.before, axes, -1, "before");
  expectNumbers(query, at.after, axes, -1, "after");
}

/// Places of the picture that a window spans.
inline std::int64_t spanOf(TypeQuery& query, const WindowAttributes& at, int axis,
                           std::int64_t kernel) {
  return (kernel - 1) * static_cast<std::int64_t>(query.attribute(at.dilations).values[axis]) + 1;
}

/// How many windows slide along an axis of `in` places; resolves padding. Input `picture` is named
/// in errors.
inline std::int64_t windowsAlong(TypeQuery& query, const WindowAttributes& at, int axis,
                                 std::int64_t in, std::int64_t kernel, int picture) {
  const std::int64_t stride = static_cast<std::int64_t>(query.attribute(at.strides).values[axis]);
  const std::int64_t span = spanOf(query, at, axis, kernel);
  double& before = query.attribute(at.before).values[axis];
  double& after = query.attribute(at.after).values[axis];
  if (before == -1 && after == -1) {
    if (in == kUnknown && stride > 1) return kUnknown;
    const std::int64_t windows = in == kUnknown ? kUnknown : (in + stride - 1) / stride;
    const std::int64_t reach = in == kUnknown ? span - 1 : (windows - 1) * stride + span - in;
    const std::int64_t padding = reach > 0 ? reach : 0;
    before = static_cast<double>(padding / 2);
    after = static_cast<double>(padding - padding / 2);
    return windows;
  }
  if (before < 0 || after < 0) {
    query.fail(ErrorKind::Range,
               "expected padding on both sides or on none but received {=%d} and {=%d}", at.before,
               at.after);
  }
  if (in == kUnknown) return kUnknown;
  const std::int64_t padded = in + static_cast<std::int64_t>(before + after);
  if (padded < span) {
    query.fail(
        ErrorKind::Range,
        "expected windows no larger than the padded picture but received a window of %s places "
        "and a picture of %s on axis %d of {%d}; use padding \"same\" or a smaller window",
        textOf(static_cast<double>(span)).text, textOf(static_cast<double>(padded)).text, axis + 1,
        picture);
  }
  return (padded - span) / stride + 1;
}

/// Pictures and kernels have fewer than 2^31 elements: kernels keep offsets in 32 bits.
inline void expectFewElements(TypeQuery& query, const Type& type, int from, const char* what) {
  constexpr std::int64_t kMost = INT32_MAX;
  std::int64_t size = 1;
  for (int axis = from; axis < type.rank; axis++) {
    if (type.dims[axis] <= 1) continue;
    if (size > kMost / type.dims[axis]) {
      query.fail(ErrorKind::Range, "expected %s of fewer than 2^31 elements but received %s", what,
                 describeType(type).c_str());
    }
    size *= type.dims[axis];
  }
}

/// Likewise with their padding, within which the offsets of windows' taps lie; after windowsAlong.
inline void expectFewPlaces(TypeQuery& query, const WindowAttributes& at, const Type& pictures) {
  expectFewElements(query, pictures, 1, "pictures");
  Type padded = pictures;
  for (int axis = 0; axis < pictures.rank - 2; axis++) {
    if (pictures.dims[axis + 1] == kUnknown) continue;
    padded.dims[axis + 1] += static_cast<std::int64_t>(query.attribute(at.before).values[axis] +
                                                       query.attribute(at.after).values[axis]);
  }
  expectFewElements(query, padded, 1, "padded pictures");
}

/// A tensor of pictures: [batch, height, width, channels], or with one axis less or more.
inline void expectPictures(TypeQuery& query, int input) {
  const Type& x = query.input(input);
  if (x.rank >= 3 && x.rank <= 5) return;
  query.fail(
      ErrorKind::Range,
      "expected pictures [batch, height, width, channels], or with one axis less or more, but "
      "received {%d}",
      input);
}

/// The windows of a step: `kernel` tells their sizes along each axis.
template <typename Kernel>
inline void placeWindows(const Operands& operands, const WindowAttributes& at, const View& in,
                         const View& out, Kernel&& kernel, Windows& windows) {
  const int axes = in.rank - 2, missing = kAxes - 1 - axes;
  windows.in[0] = in.dims[0];
  windows.out[0] = out.dims[0];
  for (int axis = 0; axis < kAxes; axis++) {
    if (axis > 0) windows.in[axis] = windows.out[axis] = 1;
    windows.kernel[axis] = windows.stride[axis] = windows.dilation[axis] = 1;
    windows.before[axis] = 0;
  }
  for (int i = 0; i < axes; i++) {
    const int axis = 1 + missing + i;
    windows.in[axis] = in.dims[1 + i];
    windows.out[axis] = out.dims[1 + i];
    windows.kernel[axis] = kernel(i);
    windows.stride[axis] = static_cast<std::int64_t>(operands.list(at.strides).values[i]);
    windows.dilation[axis] = static_cast<std::int64_t>(operands.list(at.dilations).values[i]);
    windows.before[axis] = static_cast<std::int64_t>(operands.list(at.before).values[i]);
  }
}

// Parts of results that are pictures: whole ones of long batches, of others some of their rows.

constexpr std::int64_t kLongBatch = 8;

inline bool isLongBatch(const View& pictures) {
  return pictures.dims[0] >= kLongBatch || pictures.rank < 3;
}

inline std::int64_t pictureSlices(const View& pictures) {
  return isLongBatch(pictures) ? pictures.dims[0] : pictures.dims[0] * pictures.dims[1];
}

/// Calls f(box) for boxes of the windows whose results a part writes.
template <typename F>
inline void eachOwnBox(const Windows& windows, const View& results, Part part, F&& f) {
  const Range own = rowsOf(pictureSlices(results), part);
  if (isLongBatch(results)) {
    if (own.begin < own.end) f(wholePictures(windows.out, own));
    return;
  }
  const int axis = kAxes - (results.rank - 2);
  const std::int64_t rows = windows.out[axis];
  for (std::int64_t row = own.begin; row < own.end;) {
    Box box = wholePictures(windows.out, {row / rows, row / rows + 1});
    const std::int64_t first = row % rows, left = own.end - row;
    box.begin[axis] = first;
    box.size[axis] = rows - first < left ? rows - first : left;
    row += box.size[axis];
    f(static_cast<const Box&>(box));
  }
}

}  // namespace nabla::NABLA_ISA
