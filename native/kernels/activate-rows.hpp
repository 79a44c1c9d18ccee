// Bias and activation of a layer's rows, while they are in cache.
#pragma once

#include "math.hpp"
#include "rows.hpp"
#include "table/activation.hpp"

namespace nabla::NABLA_ISA {

/// y[i] = f(y[i] + b) for each row
template <typename T, typename F>
inline void biasRows(T* y, const T* b, std::int64_t rows, std::int64_t n, F f) {
  for (std::int64_t row = 0; row < rows; row++, y += n) {
    NABLA_SIMD
    for (std::int64_t i = 0; i < n; i++) y[i] = f(y[i] + b[i]);
  }
}

template <typename T>
inline void activateRows(Activation activation, T* y, const T* b, std::int64_t rows,
                         std::int64_t n) {
  switch (activation) {
    case Activation::Linear:
      return biasRows(y, b, rows, n, [](T x) { return x; });
    case Activation::Relu:
      return biasRows(y, b, rows, n, [](T x) { return x < 0 ? T(0) : x; });
    case Activation::Sigmoid:
      return biasRows(y, b, rows, n, [](T x) { return math::sigmoid(x); });
    case Activation::Tanh:
      return biasRows(y, b, rows, n, [](T x) { return math::tanh(x); });
    case Activation::Softmax:
      biasRows(y, b, rows, n, [](T x) { return x; });
      for (std::int64_t row = 0; row < rows; row++) softmaxRow(y + row * n, y + row * n, n);
  }
}

/// Attribute `i` of a fused op.
inline Activation activationOf(const Operands& operands, int i = 0) {
  return static_cast<Activation>(operands.axis(i));
}

}  // namespace nabla::NABLA_ISA
