// A fully connected layer, fused: GEMM, then bias and activation while the rows are in cache.
#include "gemm-rows.hpp"
#include "math.hpp"
#include "rows.hpp"
#include "table/activation.hpp"

namespace nabla::NABLA_ISA {
namespace {

/// y[i] = f(y[i] + b) for each row
template <typename T, typename F>
void biasRows(T* y, const T* b, std::int64_t rows, std::int64_t n, F f) {
  for (std::int64_t row = 0; row < rows; row++, y += n) {
    NABLA_SIMD
    for (std::int64_t i = 0; i < n; i++) y[i] = f(y[i] + b[i]);
  }
}

template <typename T>
void activateRows(Activation activation, T* y, const T* b, std::int64_t rows, std::int64_t n) {
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

/// dz[i] *= f'(y[i]), written with the output y of f
template <typename T>
void scaleByDerivative(Activation activation, T* dz, const T* y, std::int64_t size) {
  switch (activation) {
    case Activation::Relu:
      NABLA_SIMD
      for (std::int64_t i = 0; i < size; i++) dz[i] = y[i] > 0 ? dz[i] : T(0);
      return;
    case Activation::Sigmoid:
      NABLA_SIMD
      for (std::int64_t i = 0; i < size; i++) dz[i] = dz[i] * y[i] * (1 - y[i]);
      return;
    case Activation::Tanh:
      NABLA_SIMD
      for (std::int64_t i = 0; i < size; i++) dz[i] = dz[i] * (1 - y[i] * y[i]);
      return;
    case Activation::Linear:
    case Activation::Softmax:  // its derivative is no product; the check refuses it
      return;
  }
}

Activation activationOf(const Operands& operands) {
  return static_cast<Activation>(static_cast<int>(operands.attrs[0]));
}

}  // namespace

Status dense(const Operands& operands, Part part) {
  const View& y = operands.output();
  const std::int64_t n = y.dims[1];
  const Range rows = rowsOf(y.dims[0], part);
  if (n == 0) return {};
  return withFloat(y, [&](auto zero) {
    using T = decltype(zero);
    gemmRows(operands.input(0), false, operands.input(1), false, y, rows, T(1), T(0));
    activateRows(activationOf(operands), y.as<T>() + rows.begin * n, operands.input(2).as<T>(),
                 rows.end - rows.begin, n);
  });
}

Status denseSum(const Operands& operands, Part part) {
  const View& x = operands.input(0);
  const View& y = operands.output();
  const std::int64_t n = y.dims[1];
  const Range rows = rowsOf(y.dims[0], part);
  const std::int64_t size = (rows.end - rows.begin) * n;
  if (size == 0) return {};
  return withFloat(y, [&](auto zero) {
    using T = decltype(zero);
    T* const sums = y.as<T>() + rows.begin * n;
    for (std::int64_t i = 0; i < size; i++) sums[i] = 0;
    for (std::int64_t share = 0; share < x.dims[0]; share++) {
      const T* const terms = x.as<T>() + share * y.size + rows.begin * n;
      NABLA_SIMD
      for (std::int64_t i = 0; i < size; i++) sums[i] += terms[i];
    }
    activateRows(activationOf(operands), sums, operands.input(1).as<T>(), rows.end - rows.begin, n);
  });
}

Status denseGrad(const Operands& operands, Part part) {
  const View& dz = operands.output();
  const std::int64_t n = dz.dims[1];
  const Range rows = rowsOf(dz.dims[0], part);
  return withFloat(dz, [&](auto zero) {
    using T = decltype(zero);
    gemmRows(operands.input(0), false, operands.input(1), true, dz, rows, T(1), T(0));
    scaleByDerivative(activationOf(operands), dz.as<T>() + rows.begin * n,
                      operands.input(2).as<T>() + rows.begin * n, (rows.end - rows.begin) * n);
  });
}

}  // namespace nabla::NABLA_ISA
