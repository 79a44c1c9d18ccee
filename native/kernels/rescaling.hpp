// What steps share that rescale the values of any dtype to floats.
#pragma once

#include "kernels.hpp"

namespace nabla::NABLA_ISA {

/// y = x * scale + offset for n elements.
template <typename From, typename T>
inline void rescaleRow(const From* x, T* y, std::int64_t n, T scale, T offset) {
  NABLA_SIMD
  for (std::int64_t k = 0; k < n; k++) y[k] = static_cast<T>(x[k]) * scale + offset;
}

/// Calls f(from, scale, offset) for a rescaling of input 0 by attributes 0 and 1: `from` tells the
/// type of the input, scale and offset are of the output's.
template <typename F>
void withRescaling(const Operands& operands, F f) {
  withType(operands.input(0).dtype, [&](auto from) {
    withFloat(operands.output().dtype, [&](auto to) {
      using T = decltype(to);
      f(from, static_cast<T>(operands.number(0)), static_cast<T>(operands.number(1)));
    });
  });
}

}  // namespace nabla::NABLA_ISA
