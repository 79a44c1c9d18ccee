// The gradient to the pictures that a convolution read.
//
// Two ways: to gather, for each element of the pictures, what came of it; that is a convolution of
// the gradient by the turned kernel. Or to scatter: what each tap of the kernel did, multiplied
// back, is added to the elements that it saw. The first writes each element once, but multiplies
// zeros beyond the borders, and with strides between the windows; the second multiplies what must
// be multiplied, but reads and writes the sums once a tap.
#pragma once

#include "forward.hpp"

namespace nabla::NABLA_ISA {

/// What it costs to read, add and write a sum, in terms of that sum.
constexpr std::int64_t kTermsOfAdding = 8;

inline bool gathersGradient(const Convolution& convolution) {
  std::int64_t seen = 1, windows = 1;
  for (int axis = 1; axis < kAxes; axis++) {
    if (convolution.stride[axis] > 1) return false;
    seen *= convolution.in[axis];
    windows *= convolution.out[axis];
  }
  const std::int64_t filters = convolution.outOfGroup();
  return seen * filters <= windows * (filters + kTermsOfAdding);
}

/// Panels of the transposed kernel.
template <typename T>
inline Panels<T> transposedPanels(const Convolution& convolution) {
  return Panels<T>(convolution.groups, convolution.taps() * convolution.outOfGroup(),
                   convolution.inOfGroup());
}

/// Memory of one thread that scatters.
template <typename T>
struct ScatterSpace {
  Box box;
  bool isDirect;  // sums are added where the gradient lies, not in a copy of a box
  T* panels;
  T* dz;
  T* sums;
  std::int32_t* rows;
  std::int32_t* steps;
  std::int32_t* results;
  std::size_t bytes;

  ScatterSpace(const Convolution& convolution, bool isPlain, void* memory) {
    box = chooseBox(convolution.out, kBoxBytes, 1,
                    [&](const Box& size) { return bytesOfBox<T>(convolution, size); });
    isDirect = !convolution.pads();
    const Panels<T> laid = transposedPanels<T>(convolution);
    Carver carver(memory);
    panels = carver.take<T>(laid.atOnce * laid.size());
    dz = carver.take<T>(isPlain ? 0 : box.count() * convolution.outChannels);
    sums = carver.take<T>(isDirect ? 0 : seenBy(convolution, box).count() * convolution.inChannels);
    rows = carver.take<std::int32_t>(box.count());
    steps = carver.take<std::int32_t>(convolution.outOfGroup());
    results = carver.take<std::int32_t>(box.count());
    bytes = carver.bytes();
  }
};

/// Adds the sums of a box to what lies within the pictures.
template <typename T>
inline void addBox(const T* sums, const Box& box, const std::int64_t (&in)[kAxes],
                   std::int64_t channels, T* dx) {
  const Strides strides = stridesOf(in, channels);
  const std::int64_t end = box.begin[3] + box.size[3];
  const std::int64_t first = box.begin[3] < 0 ? 0 : box.begin[3];
  const std::int64_t last = end < in[3] ? end : in[3];
  eachRow(box, [&](const std::int64_t(&at)[kAxes]) {
    bool isInside = true;
    for (int axis = 0; axis < kAxes - 1; axis++) {
      isInside = isInside && at[axis] >= 0 && at[axis] < in[axis];
    }
    const std::int64_t start[kAxes] = {at[0], at[1], at[2], first};
    const T* const from = sums + (first - at[3]) * channels;
    sums += box.size[3] * channels;
    if (!isInside) return;
    T* const to = dx + offsetOf(start, strides);
    NABLA_SIMD
    for (std::int64_t i = 0; i < (last - first) * channels; i++) to[i] += from[i];
  });
}

/// Adds what one tap did in a box of windows: `dz` are the box' gradients, `sums` the element that
/// the first window's first tap saw.
template <typename T>
inline void scatterTap(const Convolution& convolution, const ScatterSpace<T>& space,
                       const Panels<T>& panels, std::int64_t first, std::int64_t last,
                       std::int64_t tap, std::int64_t rowCount, const T* dz, T* sums) {
  const std::int64_t filters = convolution.outOfGroup();
  for (std::int64_t panel = first, end; panel < last; panel = end) {
    const std::int64_t group = panel / panels.ofGroup;
    end = (group + 1) * panels.ofGroup;
    if (end > last) end = last;
    const std::int64_t column = panels.firstOf(panel);
    GatherProduct<T> product;
    product.a = dz + group * filters;
    product.rows = space.rows;
    product.steps = space.steps;
    product.rowCount = rowCount;
    product.depth = filters;
    product.block = kWindowBlock;
    product.b = space.panels + (panel - first) * panels.size() + tap * filters * kPanel<T>;
    product.bStride = kPanel<T>;
    product.panelStride = panels.size();
    product.columns = panels.firstOf(end - 1) + panels.columnsOf(end - 1) - column;
    product.c = sums + column;
    product.cRows = space.results;
    product.start = nullptr;
    product.adds = true;
    product.floor = -math::kInfinity<T>;
    gatherMultiply(product);
  }
}

template <typename T>
inline void scatterGradient(const Convolution& convolution, Range pictures, const Pictures<T>& dz,
                            const T* w, T* dx, void* workspace) {
  const ScatterSpace<T> space(convolution, dz.arePlain(), workspace);
  const Panels<T> panels = transposedPanels<T>(convolution);
  const std::int64_t channels = convolution.inChannels;
  const Strides inStrides = stridesOf(convolution.in, channels);
  const Strides outStrides = stridesOf(convolution.out, convolution.outChannels);
  const std::int64_t pictureSize = inStrides.axis[0];
  for (std::int64_t k = 0; k < convolution.outOfGroup(); k++) {
    space.steps[k] = static_cast<std::int32_t>(k);
  }
  for (std::int64_t first = 0; first < panels.count; first += panels.atOnce) {
    const std::int64_t left = panels.count - first;
    const std::int64_t last = first + (left < panels.atOnce ? left : panels.atOnce);
    layTransposed(convolution, w, panels, false, first, last, space.panels);
    eachBox(wholePictures(convolution.out, pictures), space.box.size, [&](const Box& box) {
      const Box seen = seenBy(convolution, box);
      const bool isFirst = box.begin[1] == 0 && box.begin[2] == 0 && box.begin[3] == 0;
      if (first == 0 && isFirst) {
        std::memset(dx + box.begin[0] * pictureSize, 0,
                    static_cast<std::size_t>(box.size[0] * pictureSize) * sizeof(T));
      }
      const T* from = dz.values + offsetOf(box.begin, outStrides);
      Strides fromStrides = outStrides;
      if (!dz.arePlain()) {
        copyBox(dz, convolution.out, convolution.outChannels, box, space.dz);
        from = space.dz;
        fromStrides = stridesOf(box.size, convolution.outChannels);
      }
      T* sums = space.sums;
      Strides sumStrides = stridesOf(seen.size, channels);
      if (space.isDirect) {
        sums = dx + offsetOf(seen.begin, inStrides);
        sumStrides = inStrides;
      } else {
        std::memset(sums, 0, static_cast<std::size_t>(seen.count() * channels) * sizeof(T));
      }
      fillOffsets(space.rows, box.size, fromStrides, 1);
      fillOffsets(space.results, box.size, times(sumStrides, convolution.stride), 1);
      const Strides tapStrides = times(sumStrides, convolution.dilation);
      const Box taps{{},
                     {convolution.kernel[0], convolution.kernel[1], convolution.kernel[2],
                      convolution.kernel[3]}};
      std::int64_t tap = 0;
      eachRow(taps, [&](const std::int64_t(&at)[kAxes]) {
        T* const row = sums + offsetOf(at, tapStrides);
        for (std::int64_t i = 0; i < taps.size[3]; i++, tap++) {
          scatterTap(convolution, space, panels, first, last, tap, box.count(), from,
                     row + i * tapStrides.axis[3]);
        }
      });
      if (!space.isDirect) addBox(sums, seen, convolution.in, channels, dx);
    });
  }
}

/// dx = the gradient to some pictures of the batch.
template <typename T>
inline void inputGradient(const Convolution& convolution, Range pictures, const Pictures<T>& dz,
                          const T* w, T* dx, void* workspace) {
  if (!gathersGradient(convolution)) {
    return scatterGradient(convolution, pictures, dz, w, dx, workspace);
  }
  const Convolution mirror = mirrored(convolution);
  const Panels<T> panels = panelsOf<T>(mirror);
  const auto lay = [&](std::int64_t first, std::int64_t last, T* to) {
    layTransposed(convolution, w, panels, true, first, last, to);
  };
  convolve(mirror, wholePictures(mirror.out, pictures), dz, lay, static_cast<const T*>(nullptr),
           -math::kInfinity<T>, dx, workspace, [](T*, std::int64_t) {});
}

}  // namespace nabla::NABLA_ISA
