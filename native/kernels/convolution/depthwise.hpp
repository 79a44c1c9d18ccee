// Depthwise convolution: each channel is a group of its own, with one or more filters. The sums run
// along the channels, which lie side by side.
#pragma once

#include "kernels/convolution/kernel-gradient.hpp"

namespace nabla::NABLA_ISA {

/// Windows, or taps, whose sums are held in registers.
constexpr int kDepthwiseRows = kVectorRegisters >= 32 ? 12 : 6;

/// Memory of one thread.
template <typename T>
struct DepthwiseSpace {
  Box box;
  T* seen;
  T* repeated;  // what is seen, a channel for each filter
  T* dz;        // gradients to a box' results
  std::int32_t* rows;
  std::int32_t* steps;
  std::int32_t* results;
  double* totals;  // of the gradient to the kernel
  std::size_t bytes;

  DepthwiseSpace(const Convolution& convolution, void* memory) {
    box = chooseBox(convolution.out, kBoxBytes, 1,
                    [&](const Box& size) { return bytesOfBox<T>(convolution, size); });
    const std::int64_t region = seenBy(convolution, box).count();
    const std::int64_t filters = convolution.outChannels;
    Carver carver(memory);
    seen = carver.take<T>(region * convolution.inChannels);
    repeated = carver.take<T>(convolution.outOfGroup() > 1 ? region * filters : 0);
    dz = carver.take<T>(box.count() * filters);
    rows = carver.take<std::int32_t>(box.count());
    steps = carver.take<std::int32_t>(convolution.taps());
    results = carver.take<std::int32_t>(box.count());
    totals = carver.take<double>(convolution.taps() * filters);
    bytes = carver.bytes();
  }
};

/// What the windows of a box see, with a channel for each filter.
template <typename T>
inline Seen<T> seeRepeated(const Convolution& convolution, const Pictures<T>& x, const Box& box,
                           const DepthwiseSpace<T>& space) {
  const Seen<T> seen = see(convolution, x, box, space.seen);
  const std::int64_t times = convolution.outOfGroup();
  if (times == 1) return seen;
  const Box region = seenBy(convolution, box);
  const std::int64_t length = region.size[3] * convolution.inChannels;
  T* to = space.repeated;
  eachRow({{}, {region.size[0], region.size[1], region.size[2], region.size[3]}},
          [&](const std::int64_t(&at)[kAxes]) {
            const T* const from = seen.first + offsetOf(at, seen.strides);
            for (std::int64_t i = 0; i < length; i++) {
              for (std::int64_t m = 0; m < times; m++) *to++ = from[i];
            }
          });
  return {space.repeated, stridesOf(region.size, convolution.outChannels)};
}

/// Sums over taps, for windows of all channels.
template <typename T>
struct TapSums {
  const T* x;
  const std::int32_t* rows;   // offsets into x, one a window
  const std::int32_t* steps;  // offsets from there, one a tap
  std::int64_t windows, taps, channels;
  const T* w;     // [taps, channels]
  const T* bias;  // may be null
  T floor;
  T* y;
  const std::int32_t* results;  // offsets into y, one a window
};

/// R windows from `first` on, a register of channels from `channel` on.
template <typename T, int R>
inline void sumTapsTile(const TapSums<T>& p, std::int64_t first, std::int64_t channel) {
  Vector<T> sums[R];
  const T* windows[R];
  const Vector<T> start = p.bias == nullptr ? zeroVector<T>() : loadVector(p.bias + channel);
  NABLA_UNROLL
  for (int r = 0; r < R; r++) {
    windows[r] = p.x + p.rows[first + r] + channel;
    sums[r] = start;
  }
  const T* w = p.w + channel;
  for (std::int64_t tap = 0; tap < p.taps; tap++, w += p.channels) {
    const std::int64_t step = p.steps[tap];
    const Vector<T> weights = loadVector(w);
    NABLA_UNROLL
    for (int r = 0; r < R; r++) {
      sums[r] = multiplyAdd(sums[r], weights, loadVector(windows[r] + step));
    }
  }
  NABLA_UNROLL
  for (int r = 0; r < R; r++) {
    storeVector(p.y + p.results[first + r] + channel, atLeast(sums[r], p.floor));
  }
}

template <typename T>
inline void sumTaps(const TapSums<T>& p) {
  const std::int64_t whole = p.channels / kLanes<T> * kLanes<T>;
  std::int64_t first = 0;
  for (; first + kDepthwiseRows <= p.windows; first += kDepthwiseRows) {
    for (std::int64_t c = 0; c < whole; c += kLanes<T>) {
      sumTapsTile<T, kDepthwiseRows>(p, first, c);
    }
  }
  for (; first < p.windows; first++) {
    for (std::int64_t c = 0; c < whole; c += kLanes<T>) sumTapsTile<T, 1>(p, first, c);
  }
  for (std::int64_t window = 0; window < p.windows; window++) {
    for (std::int64_t c = whole; c < p.channels; c++) {
      T sum = p.bias == nullptr ? T(0) : p.bias[c];
      for (std::int64_t tap = 0; tap < p.taps; tap++) {
        sum += p.x[p.rows[window] + p.steps[tap] + c] * p.w[tap * p.channels + c];
      }
      p.y[p.results[window] + c] = sum < p.floor ? p.floor : sum;
    }
  }
}

/// y = the depthwise convolution of x by w [taps, channels * filters of a channel], plus the bias
/// unless it is null, not less than `floor`; by the turned kernel if asked. See convolve.
template <typename T, typename Finish>
inline void depthwise(const Convolution& convolution, const Box& all, const Pictures<T>& x,
                      const T* w, bool turned, const T* bias, T floor, T* y, void* workspace,
                      Finish&& finish) {
  const DepthwiseSpace<T> space(convolution, workspace);
  const std::int64_t channels = convolution.outChannels, taps = convolution.taps();
  const Strides strides = stridesOf(convolution.out, channels);
  Box tabled{};
  eachBox(all, space.box.size, [&](const Box& box) {
    const Seen<T> seen = seeRepeated(convolution, x, box, space);
    if (std::memcmp(tabled.size, box.size, sizeof box.size) != 0) {
      fillOffsets(space.rows, box.size, times(seen.strides, convolution.stride), 1);
      fillOffsets(space.steps, convolution.kernel, times(seen.strides, convolution.dilation), 1);
      fillOffsets(space.results, box.size, strides, 1);
      for (std::int64_t tap = 0; tap < taps / 2 && turned; tap++) {
        const std::int32_t step = space.steps[tap];
        space.steps[tap] = space.steps[taps - 1 - tap];
        space.steps[taps - 1 - tap] = step;
      }
    }
    tabled = box;
    sumTaps(TapSums<T>{seen.first, space.rows, space.steps, box.count(), taps, channels, w, bias,
                       floor, y + offsetOf(box.begin, strides), space.results});
    eachRow(box, [&](const std::int64_t(&at)[kAxes]) {
      finish(y + offsetOf(at, strides), box.size[3] * channels);
    });
  });
}

/// sums[r] += what R taps from `first` on contribute, over the windows; a register of channels.
template <typename T, int R>
inline void addTapProducts(const TapSums<T>& p, std::int64_t begin, std::int64_t end,
                           std::int64_t first, std::int64_t channel, const T* dz, T* dw) {
  Vector<T> sums[R];
  NABLA_UNROLL
  for (int r = 0; r < R; r++) sums[r] = zeroVector<T>();
  for (std::int64_t window = begin; window < end; window++) {
    const T* const x = p.x + p.rows[window] + channel;
    const Vector<T> gradient = loadVector(dz + window * p.channels + channel);
    NABLA_UNROLL
    for (int r = 0; r < R; r++) {
      sums[r] = multiplyAdd(sums[r], gradient, loadVector(x + p.steps[first + r]));
    }
  }
  NABLA_UNROLL
  for (int r = 0; r < R; r++) {
    T* const to = dw + (first + r) * p.channels + channel;
    storeVector(to, sums[r] + loadVector(to));
  }
}

/// dw [taps, channels] += the products of what the taps saw and the gradients dz [windows,
/// channels].
template <typename T>
inline void addAllTapProducts(const TapSums<T>& p, const T* dz, T* dw) {
  constexpr std::int64_t kWindows = 64;  // summed in registers, and their lines in the first cache
  const std::int64_t whole = p.channels / kLanes<T> * kLanes<T>;
  for (std::int64_t begin = 0; begin < p.windows; begin += kWindows) {
    const std::int64_t end = p.windows - begin < kWindows ? p.windows : begin + kWindows;
    for (std::int64_t c = 0; c < whole; c += kLanes<T>) {
      std::int64_t tap = 0;
      for (; tap + 3 <= p.taps; tap += 3) addTapProducts<T, 3>(p, begin, end, tap, c, dz, dw);
      for (; tap < p.taps; tap++) addTapProducts<T, 1>(p, begin, end, tap, c, dz, dw);
    }
    for (std::int64_t tap = 0; tap < p.taps; tap++) {
      for (std::int64_t c = whole; c < p.channels; c++) {
        T sum = 0;
        for (std::int64_t window = begin; window < end; window++) {
          sum += p.x[p.rows[window] + p.steps[tap] + c] * dz[window * p.channels + c];
        }
        dw[tap * p.channels + c] += sum;
      }
    }
  }
}

/// Rows `rows` of dw [taps, filters] = those of the gradient to a depthwise kernel over some
/// pictures of the batch; and db = that to the bias unless it is null.
template <typename T>
inline void depthwiseKernelGradient(const Convolution& convolution, Range pictures, Range rows,
                                    const T* x, const Pictures<T>& dz, T* dw, double* db,
                                    void* workspace) {
  const DepthwiseSpace<T> space(convolution, workspace);
  const std::int64_t channels = convolution.outChannels, taps = rows.end - rows.begin;
  T* const first = dw + rows.begin * channels;
  std::memset(first, 0, static_cast<std::size_t>(taps * channels) * sizeof(T));
  for (std::int64_t c = 0; c < channels && db != nullptr; c++) db[c] = 0;
  LongSum<T> sum(first, space.totals, taps * channels);
  eachBox(wholePictures(convolution.out, pictures), space.box.size, [&](const Box& box) {
    sum.expect(box.count());
    const Seen<T> seen = seeRepeated(convolution, Pictures<T>{x}, box, space);
    fillOffsets(space.rows, box.size, times(seen.strides, convolution.stride), 1);
    fillOffsets(space.steps, convolution.kernel, times(seen.strides, convolution.dilation), 1);
    copyBox(dz, convolution.out, channels, box, space.dz);
    TapSums<T> sums{};
    sums.x = seen.first;
    sums.rows = space.rows;
    sums.steps = space.steps + rows.begin;
    sums.windows = box.count();
    sums.taps = taps;
    sums.channels = channels;
    addAllTapProducts(sums, space.dz, first);
    for (std::int64_t c = 0; c < channels && db != nullptr; c += kPanel<T>) {
      const std::int64_t rest = channels - c;
      addColumnSums(space.dz + c, channels, box.count(), rest < kPanel<T> ? rest : kPanel<T>,
                    db + c);
    }
  });
  sum.finish();
}

/// Adds to dx what a row of `count` gradients from window `first` on gives to what it saw.
template <typename T>
inline void scatterRow(const Convolution& convolution, const std::int64_t (&first)[kAxes],
                       std::int64_t count, const T* dz, const T* w, T* dx) {
  const std::int64_t filters = convolution.outOfGroup(), channels = convolution.inChannels;
  const Strides strides = stridesOf(convolution.in, channels);
  const auto placeOf = [&](int axis, std::int64_t window, std::int64_t tap) {
    return window * convolution.stride[axis] + tap * convolution.dilation[axis] -
           convolution.before[axis];
  };
  const auto isInside = [&](int axis, std::int64_t place) {
    return place >= 0 && place < convolution.in[axis];
  };
  const std::int64_t(&kernel)[kAxes] = convolution.kernel;
  eachRow({{}, {1, kernel[1], kernel[2], kernel[3]}}, [&](const std::int64_t(&tap)[kAxes]) {
    const std::int64_t z = placeOf(1, first[1], tap[1]), y = placeOf(2, first[2], tap[2]);
    const T* weights = w;
    w += kernel[3] * convolution.outChannels;
    if (!isInside(1, z) || !isInside(2, y)) return;
    for (std::int64_t k = 0; k < kernel[3]; k++, weights += convolution.outChannels) {
      for (std::int64_t i = 0; i < count; i++) {
        const std::int64_t x = placeOf(3, first[3] + i, k);
        if (!isInside(3, x)) continue;
        const T* const gradients = dz + i * convolution.outChannels;
        T* const to = dx + offsetOf({first[0], z, y, x}, strides);
        if (filters == 1) {
          NABLA_SIMD
          for (std::int64_t c = 0; c < channels; c++) to[c] += gradients[c] * weights[c];
        } else {
          for (std::int64_t n = 0; n < channels * filters; n++) {
            to[n / filters] += gradients[n] * weights[n];
          }
        }
      }
    }
  });
}

/// Whether the gradient to the pictures is a depthwise convolution of the gradient to the results.
inline bool mirrorsDepthwise(const Convolution& convolution) {
  bool hasStrides = false;
  for (int axis = 1; axis < kAxes; axis++) hasStrides = hasStrides || convolution.stride[axis] > 1;
  return convolution.outOfGroup() == 1 && !hasStrides;
}

/// dx = the gradient to some pictures of the batch.
template <typename T>
inline void depthwiseInputGradient(const Convolution& convolution, Range pictures,
                                   const Pictures<T>& dz, const T* w, T* dx, void* workspace) {
  if (mirrorsDepthwise(convolution)) {
    const Convolution mirror = mirrored(convolution);
    return depthwise(mirror, wholePictures(mirror.out, pictures), dz, w, true,
                     static_cast<const T*>(nullptr), -math::kInfinity<T>, dx, workspace,
                     [](T*, std::int64_t) {});
  }
  const DepthwiseSpace<T> space(convolution, workspace);
  const std::int64_t channels = convolution.outChannels;
  const std::int64_t pictureSize = stridesOf(convolution.in, convolution.inChannels).axis[0];
  std::memset(dx + pictures.begin * pictureSize, 0,
              static_cast<std::size_t>((pictures.end - pictures.begin) * pictureSize) * sizeof(T));
  eachBox(wholePictures(convolution.out, pictures), space.box.size, [&](const Box& box) {
    copyBox(dz, convolution.out, channels, box, space.dz);
    const T* row = space.dz;
    eachRow(box, [&](const std::int64_t(&at)[kAxes]) {
      scatterRow(convolution, at, box.size[3], row, w, dx);
      row += box.size[3] * channels;
    });
  });
}

}  // namespace nabla::NABLA_ISA
