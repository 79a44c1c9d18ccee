// The gradient to the pictures of a convolution, scattered: tap by tap, or window by window where
// the pictures have so few channels that those of one tap would leave most of a panel empty.
#pragma once

#include "kernels/convolution/forward.hpp"

namespace nabla::NABLA_ISA {

/// Windows whose products are kept before they are scattered.
constexpr std::int64_t kWindowsAtOnce = 64;

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

/// Panels of the transposed kernel: rows are filters, for one tap after the other; columns
/// channels.
template <typename T>
inline Panels<T> tapPanels(const Convolution& convolution) {
  return Panels<T>(convolution.groups, convolution.taps() * convolution.outOfGroup(),
                   convolution.inOfGroup());
}

/// Likewise, columns are the channels of all taps.
template <typename T>
inline Panels<T> windowPanels(const Convolution& convolution) {
  return Panels<T>(1, convolution.outChannels, convolution.taps() * convolution.inChannels);
}

/// Whether products are scattered window by window: where a tap's channels would leave most of a
/// panel empty, and gathering them too.
template <typename T>
inline bool scattersWindows(const Convolution& convolution) {
  const std::int64_t most = kPanel<T> / (gathersGradient(convolution) ? 8 : 4);
  if (convolution.groups > 1 || convolution.inChannels > most) return false;
  const Panels<T> panels = windowPanels<T>(convolution);
  return panels.atOnce == panels.count;
}

/// Memory of one thread.
template <typename T>
struct ScatterSpace {
  Box box;
  bool isDirect;  // sums are added where the gradient lies, not in a copy of a box
  T* panels;
  T* dz;
  T* sums;
  T* products;  // of some windows with all taps
  std::int32_t* rows;
  std::int32_t* steps;
  std::int32_t* results;
  std::int32_t* lines;  // of the products
  std::size_t bytes;

  ScatterSpace(const Convolution& convolution, const Panels<T>& laid, bool isPlain, void* memory) {
    box = chooseBox(convolution.out, kBoxBytes, 1,
                    [&](const Box& size) { return bytesOfBox<T>(convolution, size); });
    isDirect = !convolution.pads();
    Carver carver(memory);
    panels = carver.take<T>(laid.atOnce * laid.size());
    dz = carver.take<T>(isPlain ? 0 : box.count() * convolution.outChannels);
    sums = carver.take<T>(isDirect ? 0 : seenBy(convolution, box).count() * convolution.inChannels);
    products = carver.take<T>(scattersWindows<T>(convolution) ? kWindowsAtOnce * laid.columns : 0);
    rows = carver.take<std::int32_t>(box.count());
    steps = carver.take<std::int32_t>(convolution.outOfGroup());
    results = carver.take<std::int32_t>(box.count());
    lines = carver.take<std::int32_t>(kWindowsAtOnce);
    bytes = carver.bytes();
  }
};

/// Adds the sums of a box to what lies within the pictures.
template <typename T>
inline void addBox(const T* sums, const Box& box, const std::int64_t (&in)[kAxes],
                   std::int64_t channels, T* dx) {
  const Strides strides = stridesOf(in, channels);
  eachRow(box, [&](const std::int64_t(&at)[kAxes]) {
    const Range within = rowWithin(at, box.size[3], in);
    const T* const from = sums + (within.begin - at[3]) * channels;
    sums += box.size[3] * channels;
    if (within.begin == within.end) return;
    T* const to = dx + offsetOf({at[0], at[1], at[2], within.begin}, strides);
    NABLA_SIMD
    for (std::int64_t i = 0; i < (within.end - within.begin) * channels; i++) to[i] += from[i];
  });
}

/// The gradients of a box, and the sums of what it saw.
template <typename T>
struct ScatterBox {
  const T* dz;
  Strides dzStrides;
  T* sums;  // of the element that the first window's first tap saw
  Strides sumStrides;
};

/// Calls f(box, opened) for the boxes of some pictures; dx is what f adds to the sums, beside what
/// it was if asked.
template <typename T, typename F>
inline void eachScatterBox(const Convolution& convolution, Range pictures, const Pictures<T>& dz,
                           T* dx, bool adds, const ScatterSpace<T>& space, F&& f) {
  const std::int64_t channels = convolution.inChannels;
  const Strides in = stridesOf(convolution.in, channels);
  const Strides out = stridesOf(convolution.out, convolution.outChannels);
  if (!adds) {
    std::memset(dx + pictures.begin * in.axis[0], 0,
                static_cast<std::size_t>((pictures.end - pictures.begin) * in.axis[0]) * sizeof(T));
  }
  for (std::int64_t k = 0; k < convolution.outOfGroup(); k++) {
    space.steps[k] = static_cast<std::int32_t>(k);
  }
  eachBox(wholePictures(convolution.out, pictures), space.box.size, [&](const Box& box) {
    const Box seen = seenBy(convolution, box);
    ScatterBox<T> opened{dz.values + offsetOf(box.begin, out), out, space.sums,
                         stridesOf(seen.size, channels)};
    if (!dz.arePlain()) {
      copyBox(dz, convolution.out, convolution.outChannels, box, space.dz);
      opened.dz = space.dz;
      opened.dzStrides = stridesOf(box.size, convolution.outChannels);
    }
    if (space.isDirect) {
      opened.sums = dx + offsetOf(seen.begin, in);
      opened.sumStrides = in;
    } else {
      std::memset(space.sums, 0, static_cast<std::size_t>(seen.count() * channels) * sizeof(T));
    }
    fillOffsets(space.rows, box.size, opened.dzStrides, 1);
    f(box, static_cast<const ScatterBox<T>&>(opened));
    if (!space.isDirect) addBox(space.sums, seen, convolution.in, channels, dx);
  });
}

/// Windows of a box, times panels of a transposed kernel.
template <typename T>
inline GatherProduct<T> scatterProduct(const Convolution& convolution,
                                       const ScatterSpace<T>& space) {
  GatherProduct<T> product{};
  product.rows = space.rows;
  product.steps = space.steps;
  product.depth = convolution.outOfGroup();
  product.block = kWindowBlock;
  product.bStride = kPanel<T>;
  product.cRows = space.results;
  product.floor = -math::kInfinity<T>;
  return product;
}

template <typename T>
inline void scatterByTaps(const Convolution& convolution, Range pictures, const Pictures<T>& dz,
                          const T* w, T* dx, void* workspace) {
  const Panels<T> panels = tapPanels<T>(convolution);
  const ScatterSpace<T> space(convolution, panels, dz.arePlain(), workspace);
  const std::int64_t filters = convolution.outOfGroup();
  const std::int64_t(&kernel)[kAxes] = convolution.kernel;
  GatherProduct<T> product = scatterProduct(convolution, space);
  product.panelStride = panels.size();
  product.adds = true;
  const auto scatter = [&](std::int64_t first, std::int64_t last, std::int64_t tap, const T* from,
                           T* sums) {
    eachGroup(panels, first, last, [&](std::int64_t panel, std::int64_t columns) {
      product.a = from + panel / panels.ofGroup * filters;
      product.b = space.panels + (panel - first) * panels.size() + tap * filters * kPanel<T>;
      product.columns = columns;
      product.c = sums + panels.firstOf(panel);
      gatherMultiply(product);
    });
  };
  eachRound(panels, [&](std::int64_t first, std::int64_t last) {
    layTransposed(convolution, w, panels, false, first, last, space.panels);
    eachScatterBox(
        convolution, pictures, dz, dx, first > 0, space,
        [&](const Box& box, const ScatterBox<T>& opened) {
          fillOffsets(space.results, box.size, times(opened.sumStrides, convolution.stride), 1);
          product.rowCount = box.count();
          const Strides strides = times(opened.sumStrides, convolution.dilation);
          std::int64_t tap = 0;
          eachRow({{}, {kernel[0], kernel[1], kernel[2], kernel[3]}},
                  [&](const std::int64_t(&at)[kAxes]) {
                    T* sums = opened.sums + offsetOf(at, strides);
                    for (std::int64_t i = 0; i < kernel[3]; i++, sums += strides.axis[3]) {
                      scatter(first, last, tap++, opened.dz, sums);
                    }
                  });
        });
  });
}

/// Adds the products of one window with all taps to what it saw.
template <typename T>
inline void addWindow(const Convolution& convolution, const T* products, const Strides& strides,
                      T* sums) {
  const std::int64_t channels = convolution.inChannels;
  const std::int64_t(&kernel)[kAxes] = convolution.kernel;
  // Neighbouring taps that see neighbours are added at once.
  const bool isRun = strides.axis[3] == channels;
  const std::int64_t length = isRun ? kernel[3] * channels : channels;
  const std::int64_t runs = isRun ? 1 : kernel[3];
  for (std::int64_t z = 0; z < kernel[1]; z++) {
    for (std::int64_t y = 0; y < kernel[2]; y++) {
      for (std::int64_t x = 0; x < runs; x++, products += length) {
        T* const to = sums + z * strides.axis[1] + y * strides.axis[2] + x * strides.axis[3];
        for (std::int64_t i = 0; i < length; i++) to[i] += products[i];
      }
    }
  }
}

template <typename T>
inline void scatterByWindows(const Convolution& convolution, Range pictures, const Pictures<T>& dz,
                             const T* w, T* dx, void* workspace) {
  const Panels<T> panels = windowPanels<T>(convolution);
  const ScatterSpace<T> space(convolution, panels, dz.arePlain(), workspace);
  // The kernel as one of a single tap, which sees all that the window does.
  Convolution flat = convolution;
  for (int axis = 0; axis < kAxes; axis++) flat.kernel[axis] = 1;
  flat.inChannels = panels.columns;
  layTransposed(flat, w, panels, false, 0, panels.count, space.panels);
  GatherProduct<T> product = scatterProduct(convolution, space);
  product.b = space.panels;
  product.panelStride = panels.size();
  product.columns = panels.columns;
  product.c = space.products;
  product.cRows = space.lines;
  for (std::int64_t i = 0; i < kWindowsAtOnce; i++) {
    space.lines[i] = static_cast<std::int32_t>(i * panels.columns);
  }
  eachScatterBox(convolution, pictures, dz, dx, false, space,
                 [&](const Box& box, const ScatterBox<T>& opened) {
                   fillOffsets(space.results, box.size,
                               times(opened.sumStrides, convolution.stride), 1);
                   const Strides strides = times(opened.sumStrides, convolution.dilation);
                   product.a = opened.dz;
                   for (std::int64_t first = 0; first < box.count(); first += kWindowsAtOnce) {
                     const std::int64_t left = box.count() - first;
                     product.rows = space.rows + first;
                     product.rowCount = left < kWindowsAtOnce ? left : kWindowsAtOnce;
                     gatherMultiply(product);
                     for (std::int64_t i = 0; i < product.rowCount; i++) {
                       addWindow(convolution, space.products + space.lines[i], strides,
                                 opened.sums + space.results[first + i]);
                     }
                   }
                 });
}

}  // namespace nabla::NABLA_ISA
