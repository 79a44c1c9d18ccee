// The gradient to the pictures that a convolution read.
//
// Two ways: to gather, for each element of the pictures, what came of it; that is a convolution of
// the gradient by the turned kernel. Or to scatter: what the kernel did is multiplied back and
// added to the elements that it saw. The first writes each element once, but multiplies zeros
// beyond the borders and between windows that lie apart; the second multiplies what must be
// multiplied, but reads and writes the sums once a tap.
#pragma once

#include "kernels/convolution/scatter.hpp"

namespace nabla::NABLA_ISA {

/// Bytes that one thread needs. `isPlain`: the gradients are read where they lie.
template <typename T>
inline std::size_t inputGradientBytesOf(const Convolution& convolution, bool isPlain) {
  if (scattersWindows<T>(convolution)) {
    return ScatterSpace<T>(convolution, windowPanels<T>(convolution), isPlain, nullptr).bytes;
  }
  if (gathersGradient(convolution)) {
    return ForwardSpace<T>(mirrored(convolution), isPlain, nullptr).bytes;
  }
  return ScatterSpace<T>(convolution, tapPanels<T>(convolution), isPlain, nullptr).bytes;
}

/// dx = the gradient to some pictures of the batch.
template <typename T>
inline void inputGradient(const Convolution& convolution, Range pictures, const Pictures<T>& dz,
                          const T* w, T* dx, void* workspace) {
  if (scattersWindows<T>(convolution)) {
    return scatterByWindows(convolution, pictures, dz, w, dx, workspace);
  }
  if (!gathersGradient(convolution)) {
    return scatterByTaps(convolution, pictures, dz, w, dx, workspace);
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
