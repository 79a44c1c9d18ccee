// Kernels of convolutions, laid out for gathering products.
#pragma once

#include "kernels/convolution/gather-product.hpp"
#include "kernels/windows.hpp"

namespace nabla::NABLA_ISA {

/// Bytes of panels that are laid out at a time.
constexpr std::int64_t kPanelBytes = 1024 * 1024;

/// The panels of a right operand of a number of groups: those of one group, then those of the next.
template <typename T>
struct Panels {
  std::int64_t depth;    // rows of a panel
  std::int64_t columns;  // of a group
  std::int64_t ofGroup;  // panels of a group
  std::int64_t count;    // of panels
  std::int64_t atOnce;   // panels that are laid out at a time

  Panels(std::int64_t groups, std::int64_t rows, std::int64_t columnsOfGroup)
      : depth(rows),
        columns(columnsOfGroup),
        ofGroup((columns + kPanel<T> - 1) / kPanel<T>),
        count(groups * ofGroup) {
    const std::int64_t bytes = size() * static_cast<std::int64_t>(sizeof(T));
    const std::int64_t most = bytes == 0 ? count : kPanelBytes / bytes;  // 0 bytes: of no windows
    atOnce = most < 1 ? 1 : most < count ? most : count;
  }

  std::int64_t size() const { return depth * kPanel<T>; }

  /// Columns of a panel: the last one of a group may have fewer.
  std::int64_t columnsOf(std::int64_t panel) const {
    const std::int64_t rest = columns - panel % ofGroup * kPanel<T>;
    return rest < kPanel<T> ? rest : kPanel<T>;
  }

  /// The first column of a panel, counted over all groups.
  std::int64_t firstOf(std::int64_t panel) const {
    return panel / ofGroup * columns + panel % ofGroup * kPanel<T>;
  }
};

/// Calls f(first, last) for ranges of panels that are laid out at a time.
template <typename T, typename F>
inline void eachRound(const Panels<T>& panels, F&& f) {
  for (std::int64_t first = 0; first < panels.count; first += panels.atOnce) {
    const std::int64_t left = panels.count - first;
    f(first, first + (left < panels.atOnce ? left : panels.atOnce));
  }
}

/// Calls f(panel, columns) for the groups that panels [first, last) are of: a group's first panel
/// among them, and how many columns they have of it.
template <typename T, typename F>
inline void eachGroup(const Panels<T>& panels, std::int64_t first, std::int64_t last, F&& f) {
  for (std::int64_t panel = first, end; panel < last; panel = end) {
    end = (panel / panels.ofGroup + 1) * panels.ofGroup;
    if (end > last) end = last;
    f(panel, panels.firstOf(end - 1) + panels.columnsOf(end - 1) - panels.firstOf(panel));
  }
}

/// Panels [first, last) of a matrix [depth, columns of all groups].
template <typename T>
inline void layPanels(const T* matrix, std::int64_t rowLength, const Panels<T>& panels,
                      std::int64_t first, std::int64_t last, T* to) {
  for (std::int64_t panel = first; panel < last; panel++) {
    const T* from = matrix + panels.firstOf(panel);
    const std::int64_t columns = panels.columnsOf(panel);
    for (std::int64_t k = 0; k < panels.depth; k++, from += rowLength, to += kPanel<T>) {
      if (columns == kPanel<T>) {
        NABLA_UNROLL
        for (int v = 0; v < kTileVectors; v++) {
          storeVector(to + v * kLanes<T>, loadVector(from + v * kLanes<T>));
        }
      } else {
        for (std::int64_t j = 0; j < kPanel<T>; j++) to[j] = j < columns ? from[j] : T(0);
      }
    }
  }
}

/// Panels [first, last) of the transpose of a kernel: columns are a group's channels, rows its
/// filters, for one tap after the other; the last tap first if the kernel is turned.
template <typename T>
inline void layTransposed(const Convolution& convolution, const T* w, const Panels<T>& panels,
                          bool turned, std::int64_t first, std::int64_t last, T* to) {
  const std::int64_t taps = convolution.taps(), filters = convolution.outOfGroup();
  for (std::int64_t panel = first; panel < last; panel++) {
    const std::int64_t group = panel / panels.ofGroup;
    const std::int64_t channel = panel % panels.ofGroup * kPanel<T>;
    const std::int64_t columns = panels.columnsOf(panel);
    for (std::int64_t tap = 0; tap < taps; tap++, to += filters * kPanel<T>) {
      const std::int64_t row = (turned ? taps - 1 - tap : tap) * convolution.inOfGroup() + channel;
      const T* const from = w + row * convolution.outChannels + group * filters;
      for (std::int64_t j = 0; j < kPanel<T>; j++) {
        for (std::int64_t k = 0; k < filters; k++) {
          to[k * kPanel<T> + j] = j < columns ? from[j * convolution.outChannels + k] : T(0);
        }
      }
    }
  }
}

}  // namespace nabla::NABLA_ISA
