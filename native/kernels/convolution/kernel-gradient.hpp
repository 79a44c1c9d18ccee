// The gradient to a convolution's kernel: the transpose of what the windows see, times the gradient
// to the results. It is added up over a fixed share of the batch.
#pragma once

#include "kernels/convolution/channel-blocks.hpp"
#include "kernels/convolution/forward.hpp"
#include "kernels/convolution/long-sum.hpp"

namespace nabla::NABLA_ISA {

/// Windows that are summed at a time.
constexpr std::int64_t kGradientBlock = 128;
/// With fewer windows in a box, most of the time would go into adding to the gradient.
constexpr std::int64_t kGradientWindows = 256;

/// Memory of one thread that adds up the gradient to a kernel.
template <typename T>
struct KernelGradientSpace {
  Box box;
  T* seen;
  T* row;  // gradients to a row of results
  T* dz;   // gradients to a box' results, in panels
  std::int32_t* rows;
  std::int32_t* steps;
  std::int32_t* results;
  double* totals;  // of the gradient to the kernel
  std::size_t bytes;

  KernelGradientSpace(const Convolution& convolution, void* memory) {
    const std::int64_t terms = convolution.taps() * convolution.inOfGroup();
    box = chooseBox(convolution.out, kBoxBytes, kGradientWindows,
                    [&](const Box& size) { return bytesOfBox<T>(convolution, size); });
    const Panels<T> panels(convolution.groups, box.count(), convolution.outOfGroup());
    Carver carver(memory);
    const ChannelBlocks<T> blocks(convolution.inChannels);
    seen = carver.take<T>(seenBy(convolution, box).count() * blocks.count * blocks.width);
    row = carver.take<T>(box.size[3] * convolution.outChannels);
    dz = carver.take<T>(panels.count * panels.size());
    rows = carver.take<std::int32_t>(terms);
    steps = carver.take<std::int32_t>(box.count());
    results = carver.take<std::int32_t>(terms);
    totals = carver.take<double>(terms * convolution.outChannels);
    bytes = carver.bytes();
  }
};

/// A box' gradients as the right operand of products.
template <typename T>
struct RightOperand {
  const T* first;
  std::int64_t stride, panelStride, groupStride;
};

/// True where gradients are multiplied where they lie: rows of one panel, or products so few that
/// laying them out would take longer.
template <typename T>
inline bool multipliesInPlace(const Convolution& convolution, const Pictures<T>& dz,
                              const Box& box) {
  bool isContiguous = true;
  for (int axis = 1; axis < kAxes; axis++) {
    // Along one axis a box may hold a part, if it holds but one place of those before.
    bool isOne = true;
    for (int outer = 0; outer < axis; outer++) isOne = isOne && box.size[outer] == 1;
    isContiguous = isContiguous && (isOne || box.size[axis] == convolution.out[axis]);
  }
  const std::int64_t terms = convolution.taps() * convolution.inOfGroup();
  const bool isCheap = convolution.outChannels <= kPanel<T> || terms <= 4 * kTileRows;
  return dz.arePlain() && isContiguous && isCheap && convolution.outOfGroup() % kLanes<T> == 0;
}

/// Lays out a box' gradients in panels.
template <typename T>
inline void layGradients(const Convolution& convolution, const Pictures<T>& dz, const Box& box,
                         const Panels<T>& panels, T* row, T* to) {
  const std::int64_t channels = convolution.outChannels;
  const Strides strides = stridesOf(convolution.out, channels);
  Panels<T> rows = panels;
  rows.depth = box.size[3];
  eachRow(box, [&](const std::int64_t(&at)[kAxes]) {
    const T* from = row;
    if (dz.arePlain()) {
      from = dz.values + offsetOf(at, strides);
    } else {
      dz.read(offsetOf(at, strides), box.size[3] * channels, row);
    }
    for (std::int64_t panel = 0; panel < panels.count; panel++) {
      layPanels(from, channels, rows, panel, panel + 1, to + panel * panels.size());
    }
    to += box.size[3] * kPanel<T>;
  });
}

/// sums[j] += the sum of column j, for `columns` columns of a panel. Sums of a few terms each are
/// added in double.
template <typename T>
inline void addColumnSums(const T* from, std::int64_t stride, std::int64_t rows,
                          std::int64_t columns, double* sums) {
  constexpr std::int64_t kTerms = 32;
  for (std::int64_t row = 0; row < rows; row += kTerms) {
    const std::int64_t end = rows - row < kTerms ? rows : row + kTerms;
    T part[kPanel<T>] = {};
    if (columns == kPanel<T>) {
      Vector<T> vectors[kTileVectors];
      NABLA_UNROLL
      for (int v = 0; v < kTileVectors; v++) vectors[v] = zeroVector<T>();
      for (std::int64_t i = row; i < end; i++) {
        NABLA_UNROLL
        for (int v = 0; v < kTileVectors; v++) {
          vectors[v] = vectors[v] + loadVector(from + i * stride + v * kLanes<T>);
        }
      }
      for (int v = 0; v < kTileVectors; v++) storeVector(part + v * kLanes<T>, vectors[v]);
    } else {
      for (std::int64_t i = row; i < end; i++) {
        for (std::int64_t j = 0; j < columns; j++) part[j] += from[i * stride + j];
      }
    }
    for (std::int64_t j = 0; j < columns; j++) sums[j] += static_cast<double>(part[j]);
  }
}

/// Offsets of what the taps of a group's kernel see, in channel blocks: one a row of the kernel.
template <typename T>
inline void fillTaps(const Convolution& convolution, std::int64_t group, const Box& seen,
                     std::int32_t* table) {
  const ChannelBlocks<T> blocks(convolution.inChannels);
  const Strides strides = times(stridesOf(seen.size, blocks.width), convolution.dilation);
  const std::int64_t size = seen.count() * blocks.width;
  const std::int64_t(&kernel)[kAxes] = convolution.kernel;
  eachRow({{}, {kernel[0], kernel[1], kernel[2], kernel[3]}}, [&](const std::int64_t(&at)[kAxes]) {
    std::int64_t place = offsetOf(at, strides);
    for (std::int64_t i = 0; i < kernel[3]; i++, place += strides.axis[3]) {
      for (std::int64_t k = 0; k < convolution.inOfGroup(); k++) {
        const std::int64_t channel = group * convolution.inOfGroup() + k;
        *table++ = static_cast<std::int32_t>(place + channel / blocks.width * size +
                                             channel % blocks.width);
      }
    }
  });
}

/// Rows `rows` of dw [rows of the kernel, filters] = those of the gradient to the kernel, over some
/// pictures of the batch; and db = that to the bias unless it is null.
template <typename T>
inline void kernelGradient(const Convolution& convolution, Range pictures, Range rows, const T* x,
                           const Pictures<T>& dz, T* dw, double* db, void* workspace) {
  const KernelGradientSpace<T> space(convolution, workspace);
  const std::int64_t terms = convolution.taps() * convolution.inOfGroup();
  const std::int64_t filters = convolution.outChannels;
  const Strides strides = stridesOf(convolution.out, filters);
  for (std::int64_t m = 0; m < terms; m++) {
    space.results[m] = static_cast<std::int32_t>(m * filters);
  }
  std::memset(dw + rows.begin * filters, 0,
              static_cast<std::size_t>((rows.end - rows.begin) * filters) * sizeof(T));
  for (std::int64_t n = 0; n < filters && db != nullptr; n++) db[n] = 0;
  GatherProduct<T> product{};
  product.a = space.seen;
  product.rows = space.rows + rows.begin;
  product.steps = space.steps;
  product.rowCount = rows.end - rows.begin;
  product.block = kGradientBlock;
  product.columns = convolution.outOfGroup();
  product.cRows = space.results + rows.begin;
  product.adds = true;
  product.floor = -math::kInfinity<T>;
  LongSum<T> sum(dw + rows.begin * filters, space.totals, product.rowCount * filters);
  eachBox(wholePictures(convolution.out, pictures), space.box.size, [&](const Box& box) {
    sum.expect(box.count());
    const Box seen = seenBy(convolution, box);
    const std::int64_t width = ChannelBlocks<T>(convolution.inChannels).width;
    copyBlocks(x, convolution.in, convolution.inChannels, seen, space.seen);
    fillOffsets(space.steps, box.size, times(stridesOf(seen.size, width), convolution.stride), 1);
    const Panels<T> panels(convolution.groups, box.count(), convolution.outOfGroup());
    RightOperand<T> right{space.dz, kPanel<T>, panels.size(), panels.ofGroup * panels.size()};
    if (multipliesInPlace(convolution, dz, box)) {
      right = {dz.values + offsetOf(box.begin, strides), filters, kPanel<T>, panels.columns};
    } else {
      layGradients(convolution, dz, box, panels, space.row, space.dz);
    }
    for (std::int64_t group = 0; group < convolution.groups; group++) {
      fillTaps<T>(convolution, group, seen, space.rows);
      product.depth = box.count();
      product.b = right.first + group * right.groupStride;
      product.bStride = right.stride;
      product.panelStride = right.panelStride;
      product.c = dw + group * panels.columns;
      gatherMultiply(product);
      for (std::int64_t panel = 0; panel < panels.ofGroup && db != nullptr; panel++) {
        addColumnSums(product.b + panel * right.panelStride, right.stride, box.count(),
                      panels.columnsOf(panel), db + group * panels.columns + panel * kPanel<T>);
      }
    }
  });
  sum.finish();
}

}  // namespace nabla::NABLA_ISA
