// The gradient to a convolution's kernel: the transpose of what the windows see, times the gradient
// to the results. It is added up over a fixed share of the batch.
#pragma once

#include "forward.hpp"

namespace nabla::NABLA_ISA {

/// Windows that are summed at a time.
constexpr std::int64_t kGradientBlock = 128;
/// With fewer windows in a box, most of the time would go into adding to the gradient.
constexpr std::int64_t kGradientWindows = 256;

/// Channels of a cache line.
template <typename T>
constexpr std::int64_t kLine = 64 / static_cast<std::int64_t>(sizeof(T));

/// Pictures of many channels are copied to arrays of a few channels each: in the products many
/// windows meet few channels, and what they meet would fall on few places of the first cache.
template <typename T>
struct ChannelBlocks {
  std::int64_t width, count;

  explicit ChannelBlocks(std::int64_t channels)
      : width(channels <= kLine<T> ? channels : kLine<T>), count((channels + width - 1) / width) {}
};

/// Copies what the windows of a box see, channel block by channel block.
template <typename T>
inline void copyBlocks(const Convolution& convolution, const T* x, const Box& seen, T* to) {
  const std::int64_t channels = convolution.inChannels;
  const ChannelBlocks<T> blocks(channels);
  const Strides strides = stridesOf(convolution.in, channels);
  const std::int64_t blockSize = seen.count() * blocks.width;
  const std::int64_t end = seen.begin[3] + seen.size[3];
  const std::int64_t first = seen.begin[3] < 0 ? 0 : seen.begin[3];
  const std::int64_t last = end < convolution.in[3] ? end : convolution.in[3];
  eachRow(seen, [&](const std::int64_t(&at)[kAxes]) {
    bool isInside = first < last;
    for (int axis = 0; axis < kAxes - 1; axis++) {
      isInside = isInside && at[axis] >= 0 && at[axis] < convolution.in[axis];
    }
    const std::int64_t start[kAxes] = {at[0], at[1], at[2], first};
    for (std::int64_t block = 0; block < blocks.count; block++) {
      T* const row = to + block * blockSize;
      if (!isInside) {
        std::memset(row, 0, static_cast<std::size_t>(seen.size[3] * blocks.width) * sizeof(T));
        continue;
      }
      std::memset(row, 0, static_cast<std::size_t>((first - at[3]) * blocks.width) * sizeof(T));
      const T* from = x + offsetOf(start, strides) + block * blocks.width;
      const std::int64_t rest = channels - block * blocks.width;
      const std::int64_t width = rest < blocks.width ? rest : blocks.width;
      T* target = row + (first - at[3]) * blocks.width;
      if (width == kLine<T>) {
        for (std::int64_t i = first; i < last; i++, from += channels, target += blocks.width)
          std::memcpy(target, from, 64);
      } else {
        for (std::int64_t i = first; i < last; i++, from += channels, target += blocks.width) {
          for (std::int64_t j = 0; j < width; j++) target[j] = from[j];
        }
      }
      std::memset(row + (last - at[3]) * blocks.width, 0,
                  static_cast<std::size_t>((end - last) * blocks.width) * sizeof(T));
    }
    to += seen.size[3] * blocks.width;
  });
}

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
    bytes = carver.bytes();
  }
};

/// A box' gradients as the right operand of products.
template <typename T>
struct RightOperand {
  const T* first;
  std::int64_t stride, panelStride;
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

/// dw = the gradient to the kernel, over some pictures of the batch; and db = that to the bias
/// unless it is null.
template <typename T>
inline void kernelGradient(const Convolution& convolution, Range pictures, const T* x,
                           const Pictures<T>& dz, T* dw, double* db, void* workspace) {
  const KernelGradientSpace<T> space(convolution, workspace);
  const std::int64_t terms = convolution.taps() * convolution.inOfGroup();
  const std::int64_t filters = convolution.outChannels;
  const Strides strides = stridesOf(convolution.out, filters);
  for (std::int64_t m = 0; m < terms; m++)
    space.results[m] = static_cast<std::int32_t>(m * filters);
  std::memset(dw, 0, static_cast<std::size_t>(terms * filters) * sizeof(T));
  for (std::int64_t n = 0; n < filters && db != nullptr; n++) db[n] = 0;
  Box tabled{};
  eachBox(wholePictures(convolution.out, pictures), space.box.size, [&](const Box& box) {
    const Box region = seenBy(convolution, box);
    const ChannelBlocks<T> blocks(convolution.inChannels);
    const Strides seenStrides = stridesOf(region.size, blocks.width);
    copyBlocks(convolution, x, region, space.seen);
    if (std::memcmp(tabled.size, box.size, sizeof box.size) != 0) {
      fillOffsets(space.steps, box.size, times(seenStrides, convolution.stride), 1);
    }
    tabled = box;
    const Panels<T> panels(convolution.groups, box.count(), convolution.outOfGroup());
    RightOperand<T> right{space.dz, kPanel<T>, panels.size()};
    const bool inPlace = multipliesInPlace(convolution, dz, box);
    if (inPlace) {
      right = {dz.values + offsetOf(box.begin, strides), filters, kPanel<T>};
    } else {
      layGradients(convolution, dz, box, panels, space.row, space.dz);
    }
    for (std::int64_t group = 0; group < convolution.groups; group++) {
      const Strides tapStrides = times(seenStrides, convolution.dilation);
      const Box taps{{},
                     {convolution.kernel[0], convolution.kernel[1], convolution.kernel[2],
                      convolution.kernel[3]}};
      std::int64_t row = 0;
      eachRow(taps, [&](const std::int64_t(&at)[kAxes]) {
        for (std::int64_t i = 0; i < taps.size[3]; i++)
          for (std::int64_t c = 0; c < convolution.inOfGroup(); c++) {
            const std::int64_t ch = group * convolution.inOfGroup() + c;
            space.rows[row++] = static_cast<std::int32_t>(
                offsetOf(at, tapStrides) + i * tapStrides.axis[3] +
                ch / blocks.width * region.count() * blocks.width + ch % blocks.width);
          }
      });
      GatherProduct<T> product;
      product.a = space.seen;
      product.rows = space.rows;
      product.steps = space.steps;
      product.rowCount = terms;
      product.depth = box.count();
      product.block = kGradientBlock;
      product.b = right.first + group * (inPlace ? panels.columns : panels.ofGroup * panels.size());
      product.bStride = right.stride;
      product.panelStride = right.panelStride;
      product.columns = panels.columns;
      product.c = dw + group * panels.columns;
      product.cRows = space.results;
      product.start = nullptr;
      product.adds = true;
      product.floor = -math::kInfinity<T>;
      gatherMultiply(product);
      for (std::int64_t column = 0; column < panels.columns && db != nullptr; column += kPanel<T>) {
        const std::int64_t panel = column / kPanel<T>;
        addColumnSums(product.b + panel * right.panelStride, right.stride, box.count(),
                      panels.columnsOf(panel), db + group * panels.columns + column);
      }
    }
  });
}

}  // namespace nabla::NABLA_ISA
