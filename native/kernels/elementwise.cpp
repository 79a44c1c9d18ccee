// Element-wise ops of one input, and the gradients of activations from their output.
// No broadcasting.
#include <cmath>

#include "kernels.hpp"
#include "math.hpp"

namespace nabla::NABLA_ISA {
namespace {

/// y[i] = f(x[i])
template <typename T, typename F>
void mapElements(const Operands& operands, Part part, F f) {
  const T* const x = operands.input(0).as<T>();
  T* const y = operands.output().as<T>();
  const Range range = elementsOf(operands.output(), part);
  NABLA_SIMD
  for (std::int64_t i = range.begin; i < range.end; i++) y[i] = f(x[i]);
}

/// `f` is generic over float and double.
template <typename F>
Status mapFloat(const Operands& operands, Part part, F f) {
  withFloat(operands.output().dtype,
            [&](auto zero) { mapElements<decltype(zero)>(operands, part, f); });
  return {};
}

/// dx[i] = f(dy[i], y[i])
template <typename F>
Status mapGradient(const Operands& operands, Part part, F f) {
  withFloat(operands.output().dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* const dy = operands.input(0).as<T>();
    const T* const y = operands.input(1).as<T>();
    T* const dx = operands.output().as<T>();
    const Range range = elementsOf(operands.output(), part);
    NABLA_SIMD
    for (std::int64_t i = range.begin; i < range.end; i++) dx[i] = f(dy[i], y[i]);
  });
  return {};
}

}  // namespace

Status neg(const Operands& operands, Part part) {
  if (operands.output().dtype == DType::Int32) {
    mapElements<std::int32_t>(operands, part,
                              [](std::int32_t x) { return Arithmetic<std::int32_t>::sub(0, x); });
    return {};
  }
  return mapFloat(operands, part, [](auto x) { return -x; });
}

Status abs(const Operands& operands, Part part) {
  if (operands.output().dtype == DType::Int32) {
    mapElements<std::int32_t>(operands, part, [](std::int32_t x) {
      return x < 0 ? Arithmetic<std::int32_t>::sub(0, x) : x;
    });
    return {};
  }
  return mapFloat(operands, part, [](auto x) { return std::fabs(x); });
}

Status sign(const Operands& operands, Part part) {
  return mapFloat(operands, part, [](auto x) {
    using T = decltype(x);
    const T magnitude = x > 0 ? T(1) : T(-1);
    return x > 0 || x < 0 ? magnitude : x;  // zeros and NaN stay
  });
}

Status exp(const Operands& operands, Part part) {
  return mapFloat(operands, part, [](auto x) { return math::exp(x); });
}

Status expm1(const Operands& operands, Part part) {
  return mapFloat(operands, part, [](auto x) { return math::expm1(x); });
}

Status log(const Operands& operands, Part part) {
  return mapFloat(operands, part, [](auto x) { return math::log(x); });
}

Status log1p(const Operands& operands, Part part) {
  return mapFloat(operands, part, [](auto x) { return math::log1p(x); });
}

Status sqrt(const Operands& operands, Part part) {
  return mapFloat(operands, part, [](auto x) { return std::sqrt(x); });
}

Status square(const Operands& operands, Part part) {
  return mapFloat(operands, part, [](auto x) { return x * x; });
}

Status reciprocal(const Operands& operands, Part part) {
  return mapFloat(operands, part, [](auto x) { return 1 / x; });
}

Status sin(const Operands& operands, Part part) {
  return mapFloat(operands, part, [](auto x) { return std::sin(x); });
}

Status cos(const Operands& operands, Part part) {
  return mapFloat(operands, part, [](auto x) { return std::cos(x); });
}

Status floor(const Operands& operands, Part part) {
  return mapFloat(operands, part, [](auto x) { return std::floor(x); });
}

Status sigmoid(const Operands& operands, Part part) {
  return mapFloat(operands, part, [](auto x) { return math::sigmoid(x); });
}

Status tanh(const Operands& operands, Part part) {
  return mapFloat(operands, part, [](auto x) { return math::tanh(x); });
}

Status relu(const Operands& operands, Part part) {
  return mapFloat(operands, part, [](auto x) { return x < 0 ? decltype(x)(0) : x; });
}

Status softplus(const Operands& operands, Part part) {
  return mapFloat(operands, part, [](auto x) { return math::softplus(x); });
}

Status clip(const Operands& operands, Part part) {
  const double lo = operands.attrs[0], hi = operands.attrs[1];
  return mapFloat(operands, part, [lo, hi](auto x) {
    using T = decltype(x);
    const T low = static_cast<T>(lo), high = static_cast<T>(hi);
    const T raised = x < low ? low : x;
    return raised > high ? high : raised;
  });
}

Status logClipped(const Operands& operands, Part part) {
  const double eps = operands.attrs[0];
  return mapFloat(operands, part,
                  [eps](auto x) { return math::logClipped(x, static_cast<decltype(x)>(eps)); });
}

Status sigmoidGrad(const Operands& operands, Part part) {
  return mapGradient(operands, part, [](auto dy, auto y) { return dy * y * (1 - y); });
}

Status tanhGrad(const Operands& operands, Part part) {
  return mapGradient(operands, part, [](auto dy, auto y) { return dy * (1 - y * y); });
}

Status reluGrad(const Operands& operands, Part part) {
  return mapGradient(operands, part, [](auto dy, auto y) { return y > 0 ? dy : decltype(y)(0); });
}

}  // namespace nabla::NABLA_ISA
