// Pooling: the greatest or the mean of what a window sees of the picture, channel by channel.
#pragma once

#include <cstring>

#include "kernels/tails.hpp"
#include "kernels/windows.hpp"

namespace nabla::NABLA_ISA {

/// What a window sees: places within the picture alone, the window's last axis fastest.
struct Taps {
  const std::int32_t* steps;    // offsets from the place of the window's first tap
  const std::int32_t* numbers;  // of the taps, counted over the whole window
  std::int64_t count;
};

/// Bytes of the tables that eachWindow keeps.
inline std::size_t poolingBytes(const Windows& shape) {
  return static_cast<std::size_t>(shape.taps()) * 4 * sizeof(std::int32_t);
}

/// Calls f(place, taps, window) for the windows of a box: the offset of the first tap's place,
/// which may lie beyond the picture, and that of the result.
template <typename F>
inline void eachWindow(const Windows& shape, std::int64_t channels, const Box& all, void* workspace,
                       F&& f) {
  const std::int64_t taps = shape.taps();
  std::int32_t* const wholeSteps = static_cast<std::int32_t*>(workspace);
  std::int32_t* const wholeNumbers = wholeSteps + taps;
  std::int32_t* const someSteps = wholeNumbers + taps;
  std::int32_t* const someNumbers = someSteps + taps;
  const Strides strides = stridesOf(shape.in, channels);
  const Strides results = stridesOf(shape.out, channels);
  const Strides tapStrides = times(strides, shape.dilation);
  fillOffsets(wholeSteps, shape.kernel, tapStrides, 1);
  for (std::int64_t tap = 0; tap < taps; tap++) wholeNumbers[tap] = static_cast<std::int32_t>(tap);
  // The taps [first, last) of an axis that see the picture, of a window whose first tap lies at
  // `place`.
  std::int64_t first[kAxes], last[kAxes];
  const auto clip = [&](int axis, std::int64_t place) {
    const std::int64_t step = shape.dilation[axis];
    first[axis] = place < 0 ? (-place + step - 1) / step : 0;
    const std::int64_t fits = place < shape.in[axis] ? (shape.in[axis] - 1 - place) / step + 1 : 0;
    last[axis] = fits < shape.kernel[axis] ? fits : shape.kernel[axis];
    return first[axis] == 0 && last[axis] == shape.kernel[axis];
  };
  const auto someTaps = [&] {
    std::int64_t count = 0;
    for (std::int64_t z = first[1]; z < last[1]; z++) {
      for (std::int64_t y = first[2]; y < last[2]; y++) {
        for (std::int64_t x = first[3]; x < last[3]; x++, count++) {
          const std::int64_t number = (z * shape.kernel[2] + y) * shape.kernel[3] + x;
          someSteps[count] = wholeSteps[number];
          someNumbers[count] = static_cast<std::int32_t>(number);
        }
      }
    }
    return Taps{someSteps, someNumbers, count};
  };
  eachRow(all, [&](const std::int64_t(&at)[kAxes]) {
    std::int64_t place[kAxes];
    bool isWholeRow = true;
    for (int axis = 0; axis < kAxes; axis++) {
      place[axis] = at[axis] * shape.stride[axis] - shape.before[axis];
      if (axis > 0 && axis < kAxes - 1) isWholeRow = clip(axis, place[axis]) && isWholeRow;
    }
    std::int64_t window = offsetOf(at, results);
    for (std::int64_t i = 0; i < all.size[3]; i++) {
      const bool isWhole = clip(3, place[3]) && isWholeRow;
      f(offsetOf(place, strides), isWhole ? Taps{wholeSteps, wholeNumbers, taps} : someTaps(),
        window);
      place[3] += shape.stride[3];
      window += channels;
    }
  });
}

template <typename T, typename Index>
inline void storeNumbers(Index* to, Vector<T> numbers, std::int64_t left) {
  T lanes[kLanes<T>];
  storeVector(lanes, numbers);
  if (left >= kLanes<T>) {
    NABLA_SIMD
    for (int i = 0; i < kLanes<T>; i++)
      to[i] = static_cast<Index>(static_cast<std::int32_t>(lanes[i]));
  } else {
    for (int i = 0; i < left; i++) to[i] = static_cast<Index>(lanes[i]);
  }
}

/// y = the greatest of each window of a box, NaN if any; index = the number of the first tap that
/// sees it.
template <typename T, typename Index>
inline void maxPool(const Windows& shape, std::int64_t channels, const Box& all, const T* x, T* y,
                    Index* index, void* workspace) {
  const auto pool = [&](std::int64_t place, const Taps& taps, std::int64_t window) {
    for (std::int64_t c = 0; c < channels; c += kLanes<T>) {
      const std::int64_t left = channels - c;
      const T* const from = x + (place + c);
      Vector<T> best = loadUpTo(from + taps.steps[0], left);
      Vector<T> numbers = repeat(static_cast<T>(taps.numbers[0]));
      for (std::int64_t tap = 1; tap < taps.count; tap++) {
        keepGreater(best, numbers, loadUpTo(from + taps.steps[tap], left),
                    static_cast<T>(taps.numbers[tap]));
      }
      storeUpTo(y + window + c, best, left);
      storeNumbers(index + window + c, numbers, left);
    }
  };
  eachWindow(shape, channels, all, workspace, pool);
}

/// The greatest alone.
template <typename T>
inline void maxPoolValues(const Windows& shape, std::int64_t channels, const Box& all, const T* x,
                          T* y, void* workspace) {
  const auto pool = [&](std::int64_t place, const Taps& taps, std::int64_t window) {
    for (std::int64_t c = 0; c < channels; c += kLanes<T>) {
      const std::int64_t left = channels - c;
      const T* const from = x + (place + c);
      Vector<T> best = loadUpTo(from + taps.steps[0], left);
      for (std::int64_t tap = 1; tap < taps.count; tap++) {
        best = maximumOf(best, loadUpTo(from + taps.steps[tap], left));
      }
      storeUpTo(y + window + c, best, left);
    }
  };
  eachWindow(shape, channels, all, workspace, pool);
}

/// True if no two windows see the same place.
inline bool areApart(const Windows& shape) {
  for (int axis = 0; axis < kAxes; axis++) {
    if (shape.stride[axis] < shape.reach(axis, 1)) return false;
  }
  return true;
}

template <typename T>
inline void clearPictures(const Windows& shape, std::int64_t channels, Range pictures, T* dx) {
  const std::int64_t size = stridesOf(shape.in, channels).axis[0];
  std::memset(dx + pictures.begin * size, 0,
              static_cast<std::size_t>((pictures.end - pictures.begin) * size) * sizeof(T));
}

/// dx = the gradient to some pictures: that of each window goes to the tap that was taken. If
/// `floored` is given, what was pooled were results floored at 0, and those its greatest; then dx
/// is the gradient to the results before they were floored.
template <typename T, typename Index>
inline void maxPoolGradient(const Windows& shape, std::int64_t channels, Range pictures,
                            const T* dy, const Index* index, const T* floored, T* dx,
                            void* workspace) {
  const bool apart = areApart(shape);
  clearPictures(shape, channels, pictures, dx);
  const auto spread = [&](std::int64_t place, const Taps& taps, std::int64_t window) {
    const T* const from = dy + window;
    const Index* const taken = index + window;
    for (std::int64_t tap = 0; tap < taps.count; tap++) {
      T* const to = dx + (place + taps.steps[tap]);
      const Index number = static_cast<Index>(taps.numbers[tap]);
      if (floored != nullptr) {
        const T* const y = floored + window;
        NABLA_SIMD
        for (std::int64_t c = 0; c < channels; c++) {
          const T gradient = y[c] > 0 ? from[c] : T(0);
          to[c] = (apart ? T(0) : to[c]) + (taken[c] == number ? gradient : T(0));
        }
      } else {
        NABLA_SIMD
        for (std::int64_t c = 0; c < channels; c++) {
          to[c] = (apart ? T(0) : to[c]) + (taken[c] == number ? from[c] : T(0));
        }
      }
    }
  };
  eachWindow(shape, channels, wholePictures(shape.out, pictures), workspace, spread);
}

/// The sum over taps [begin, end); halves of many are summed on their own, for precision.
template <typename T>
inline Vector<T> sumOfTaps(const T* from, const Taps& taps, std::int64_t begin, std::int64_t end,
                           std::int64_t left) {
  constexpr std::int64_t kFew = 16;
  if (end - begin > kFew) {
    const std::int64_t middle = begin + (end - begin) / 2;
    return sumOfTaps(from, taps, begin, middle, left) + sumOfTaps(from, taps, middle, end, left);
  }
  Vector<T> sum = loadUpTo(from + taps.steps[begin], left);
  for (std::int64_t tap = begin + 1; tap < end; tap++) {
    sum = sum + loadUpTo(from + taps.steps[tap], left);
  }
  return sum;
}

/// y = the mean of what each window of a box sees of the picture.
template <typename T>
inline void averagePool(const Windows& shape, std::int64_t channels, const Box& all, const T* x,
                        T* y, void* workspace) {
  const auto pool = [&](std::int64_t place, const Taps& taps, std::int64_t window) {
    const T scale = T(1) / static_cast<T>(taps.count);
    for (std::int64_t c = 0; c < channels; c += kLanes<T>) {
      const std::int64_t left = channels - c;
      const Vector<T> sum = sumOfTaps(x + (place + c), taps, 0, taps.count, left);
      storeUpTo(y + window + c, multiplyAdd(zeroVector<T>(), scale, sum), left);
    }
  };
  eachWindow(shape, channels, all, workspace, pool);
}

/// dx = the gradient to some pictures.
template <typename T>
inline void averagePoolGradient(const Windows& shape, std::int64_t channels, Range pictures,
                                const T* dy, T* dx, void* workspace) {
  clearPictures(shape, channels, pictures, dx);
  const auto spread = [&](std::int64_t place, const Taps& taps, std::int64_t window) {
    const T scale = T(1) / static_cast<T>(taps.count);
    const T* const from = dy + window;
    for (std::int64_t tap = 0; tap < taps.count; tap++) {
      T* const to = dx + (place + taps.steps[tap]);
      NABLA_SIMD
      for (std::int64_t c = 0; c < channels; c++) to[c] += from[c] * scale;
    }
  };
  eachWindow(shape, channels, wholePictures(shape.out, pictures), workspace, spread);
}

}  // namespace nabla::NABLA_ISA
