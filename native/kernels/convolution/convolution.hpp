// Convolution and its gradients, by the kernel that suits the shapes; how much memory each takes
// for a thread.
#pragma once

#include "kernels/convolution/depthwise.hpp"
#include "kernels/convolution/input-gradient.hpp"
#include "kernels/convolution/kernel-gradient.hpp"

namespace nabla::NABLA_ISA {

inline bool isDepthwise(const Convolution& convolution) {
  return convolution.groups > 1 && convolution.groups == convolution.inChannels;
}

template <typename T>
inline std::size_t convolutionBytes(const Convolution& convolution) {
  if (isDepthwise(convolution)) return DepthwiseSpace<T>(convolution, nullptr).bytes;
  return ForwardSpace<T>(convolution, true, nullptr).bytes;
}

/// y = the convolution of x by w plus bias, unless that is null, not less than `floor`; for the
/// windows of a box. Calls finish(row, count) for each row of `count` results while it is in cache.
template <typename T, typename Finish>
inline void convolution(const Convolution& shape, const Box& windows, const T* x, const T* w,
                        const T* bias, T floor, T* y, void* workspace, Finish&& finish) {
  if (isDepthwise(shape)) {
    return depthwise(shape, windows, Pictures<T>{x}, w, false, bias, floor, y, workspace, finish);
  }
  const Panels<T> panels = panelsOf<T>(shape);
  const auto lay = [&](std::int64_t first, std::int64_t last, T* to) {
    layPanels(w, shape.outChannels, panels, first, last, to);
  };
  convolve(shape, windows, Pictures<T>{x}, lay, bias, floor, y, workspace, finish);
}

/// `isPlain`: the gradients are not those of an activation's results.
template <typename T>
inline std::size_t inputGradientBytes(const Convolution& convolution, bool isPlain) {
  if (isDepthwise(convolution)) {
    const bool mirrors = mirrorsDepthwise(convolution);
    return DepthwiseSpace<T>(mirrors ? mirrored(convolution) : convolution, nullptr).bytes;
  }
  return inputGradientBytesOf<T>(convolution, isPlain);
}

/// dx = the gradient to some pictures of the batch.
template <typename T>
inline void convolutionInputGradient(const Convolution& convolution, Range pictures,
                                     const Pictures<T>& dz, const T* w, T* dx, void* workspace) {
  if (isDepthwise(convolution)) {
    return depthwiseInputGradient(convolution, pictures, dz, w, dx, workspace);
  }
  inputGradient(convolution, pictures, dz, w, dx, workspace);
}

template <typename T>
inline std::size_t kernelGradientBytes(const Convolution& convolution) {
  if (isDepthwise(convolution)) return DepthwiseSpace<T>(convolution, nullptr).bytes;
  return KernelGradientSpace<T>(convolution, nullptr).bytes;
}

/// Rows `rows` of dw [rows of the kernel, filters] = those of the gradient to the kernel over some
/// pictures of the batch, and db = that to the bias unless it is null.
template <typename T>
inline void convolutionKernelGradient(const Convolution& convolution, Range pictures, Range rows,
                                      const T* x, const Pictures<T>& dz, T* dw, double* db,
                                      void* workspace) {
  if (isDepthwise(convolution)) {
    return depthwiseKernelGradient(convolution, pictures, rows, x, dz, dw, db, workspace);
  }
  kernelGradient(convolution, pictures, rows, x, dz, dw, db, workspace);
}

}  // namespace nabla::NABLA_ISA
