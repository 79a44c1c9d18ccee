// Convolution by gathering products: a box of windows at a time, so that what they see stays in
// cache while the filters pass.
#pragma once

#include "kernels/convolution/panels.hpp"
#include "kernels/convolution/pictures.hpp"

namespace nabla::NABLA_ISA {

/// Bytes of what a box sees and of its results.
constexpr std::int64_t kBoxBytes = 192 * 1024;
/// Terms of a window that are summed at a time.
constexpr std::int64_t kWindowBlock = 384;

template <typename T>
inline std::int64_t bytesOfBox(const Convolution& convolution, const Box& box) {
  const std::int64_t elements = seenBy(convolution, box).count() * convolution.inChannels +
                                box.count() * convolution.outChannels;
  return elements * static_cast<std::int64_t>(sizeof(T));
}

template <typename T>
inline Panels<T> panelsOf(const Convolution& convolution) {
  return Panels<T>(convolution.groups, convolution.taps() * convolution.inOfGroup(),
                   convolution.outOfGroup());
}

/// Memory of one thread that convolves.
template <typename T>
struct ForwardSpace {
  Box box;
  T* panels;
  T* seen;
  std::int32_t* rows;
  std::int32_t* steps;
  std::int32_t* results;
  std::size_t bytes;

  /// `isPlain`: what is read is read where it lies.
  ForwardSpace(const Convolution& convolution, bool isPlain, void* memory) {
    box = chooseBox(convolution.out, kBoxBytes, 1,
                    [&](const Box& size) { return bytesOfBox<T>(convolution, size); });
    const Panels<T> laid = panelsOf<T>(convolution);
    const bool copies = !isPlain || convolution.pads();
    Carver carver(memory);
    panels = carver.take<T>(laid.atOnce * laid.size());
    seen = carver.take<T>(copies ? seenBy(convolution, box).count() * convolution.inChannels : 0);
    rows = carver.take<std::int32_t>(box.count());
    steps = carver.take<std::int32_t>(laid.depth);
    results = carver.take<std::int32_t>(box.count());
    bytes = carver.bytes();
  }
};

/// y = what the windows of `all` see, times the kernel that `lay(first, last, to)` lays out in
/// panels, plus the bias unless that is null; not less than `floor`. Calls finish(row, count) for
/// each row of `count` results once it is complete, while it is in cache.
template <typename T, typename Lay, typename Finish>
inline void convolve(const Convolution& convolution, const Box& all, const Pictures<T>& x,
                     Lay&& lay, const T* bias, T floor, T* y, void* workspace, Finish&& finish) {
  const ForwardSpace<T> space(convolution, x.arePlain(), workspace);
  const Panels<T> panels = panelsOf<T>(convolution);
  const Strides strides = stridesOf(convolution.out, convolution.outChannels);
  const auto fillTables = [&](const Box& box, const Strides& seen) {
    fillOffsets(space.rows, box.size, times(seen, convolution.stride), 1);
    fillOffsets(space.steps, convolution.kernel, times(seen, convolution.dilation),
                convolution.inOfGroup());
    fillOffsets(space.results, box.size, strides, 1);
  };
  GatherProduct<T> product{};
  product.rows = space.rows;
  product.steps = space.steps;
  product.depth = panels.depth;
  product.block = kWindowBlock;
  product.bStride = kPanel<T>;
  product.panelStride = panels.size();
  product.cRows = space.results;
  product.floor = floor;
  eachRound(panels, [&](std::int64_t first, std::int64_t last) {
    lay(first, last, space.panels);
    Box tabled{};
    eachBox(all, space.box.size, [&](const Box& box) {
      const Seen<T> seen = see(convolution, x, box, space.seen);
      if (std::memcmp(tabled.size, box.size, sizeof box.size) != 0) fillTables(box, seen.strides);
      tabled = box;
      product.rowCount = box.count();
      T* const results = y + offsetOf(box.begin, strides);
      eachGroup(panels, first, last, [&](std::int64_t panel, std::int64_t columns) {
        const std::int64_t column = panels.firstOf(panel);
        product.a = seen.first + panel / panels.ofGroup * convolution.inOfGroup();
        product.b = space.panels + (panel - first) * panels.size();
        product.columns = columns;
        product.c = results + column;
        product.start = bias == nullptr ? nullptr : bias + column;
        gatherMultiply(product);
      });
      if (last < panels.count) return;
      eachRow(box, [&](const std::int64_t(&at)[kAxes]) {
        finish(y + offsetOf(at, strides), box.size[3] * convolution.outChannels);
      });
    });
  });
}

}  // namespace nabla::NABLA_ISA
