// Element-wise loops over two broadcast operands.
#pragma once

#include "walk.hpp"

namespace nabla::NABLA_ISA {

/// One run: each operand either advances with the output or stands still. A standing operand is
/// read before the run is written, which may share its storage only if both have one element.
template <typename T, typename R, typename F>
inline void mapRun(const T* a, bool aMoves, const T* b, bool bMoves, R* y, std::int64_t length,
                   F f) {
  if (aMoves && bMoves) {
    NABLA_SIMD
    for (std::int64_t i = 0; i < length; i++) y[i] = f(a[i], b[i]);
  } else if (aMoves) {
    const T fixed = *b;
    NABLA_SIMD
    for (std::int64_t i = 0; i < length; i++) y[i] = f(a[i], fixed);
  } else if (bMoves) {
    const T fixed = *a;
    NABLA_SIMD
    for (std::int64_t i = 0; i < length; i++) y[i] = f(fixed, b[i]);
  } else {
    const R fixed = f(*a, *b);
    for (std::int64_t i = 0; i < length; i++) y[i] = fixed;
  }
}

/// y = f(a, b) with broadcasting; operands of T, output of R. Same shapes and scalars are one run,
/// [m, n] with [n] or [m, 1] are m runs.
template <typename T, typename R, typename F>
inline void mapPairs(const Operands& operands, Part part, F f) {
  const View& output = operands.output();
  if (output.size == 0) return;
  const T* const a = operands.input(0).as<T>();
  const T* const b = operands.input(1).as<T>();
  R* const y = output.as<R>();
  const Walk<2> walk = broadcastWalk<2>(output, operands.in);
  const bool aMoves = walk.innerStride(0) != 0, bMoves = walk.innerStride(1) != 0;
  walk.forRuns(elementsOf(output, part),
               [=](std::int64_t first, std::int64_t length, const std::int64_t* offsets) {
                 mapRun(a + offsets[0], aMoves, b + offsets[1], bMoves, y + first, length, f);
               });
}

}  // namespace nabla::NABLA_ISA
