// Updates of Variables in place. A part takes a share of the first Variable's leading axis.

#include <cmath>
#include <cstring>

#include "kernels.hpp"

namespace nabla::NABLA_ISA {
namespace {

/// v = f(v, x) for float elements, and for int32 ones as unsigned numbers, whose overflow wraps.
template <typename F>
Status assignWith(const Operands& operands, Part part, F f) {
  const View& target = operands.input(0);
  const Range range = elementsOf(target, part);
  auto run = [&](auto zero) {
    using T = decltype(zero);
    T* v = target.as<T>();
    const T* x = operands.input(1).as<T>();
    NABLA_SIMD
    for (std::int64_t i = range.begin; i < range.end; i++) v[i] = f(v[i], x[i]);
  };
  if (target.dtype == DType::Int32) {
    run(std::uint32_t{});
    return {};
  }
  return withFloat(target, run);
}

}  // namespace

Status assign(const Operands& operands, Part part) {
  const View& target = operands.input(0);
  const Range range = elementsOf(target, part);
  const std::size_t bytes = bytesPerElement(target.dtype);
  const std::size_t begin = static_cast<std::size_t>(range.begin) * bytes;
  const std::size_t count = static_cast<std::size_t>(range.end - range.begin) * bytes;
  if (count == 0) return {};
  std::memmove(target.as<char>() + begin, operands.input(1).as<char>() + begin, count);
  return {};
}

Status assignAdd(const Operands& operands, Part part) {
  return assignWith(operands, part, [](auto v, auto x) { return v + x; });
}

Status assignSub(const Operands& operands, Part part) {
  return assignWith(operands, part, [](auto v, auto x) { return v - x; });
}

Status sgdUpdate(const Operands& operands, Part part) {
  const Range range = elementsOf(operands.input(0), part);
  return withFloat(operands.input(0), [&](auto zero) {
    using T = decltype(zero);
    const T rate = static_cast<T>(scalarOf(operands.input(2)));
    T* w = operands.input(0).as<T>();
    const T* g = operands.input(1).as<T>();
    NABLA_SIMD
    for (std::int64_t i = range.begin; i < range.end; i++) w[i] -= rate * g[i];
  });
}

Status momentumUpdate(const Operands& operands, Part part) {
  const Range range = elementsOf(operands.input(0), part);
  return withFloat(operands.input(0), [&](auto zero) {
    using T = decltype(zero);
    const T rate = static_cast<T>(scalarOf(operands.input(3)));
    const T momentum = static_cast<T>(operands.attrs[0]);
    const bool nesterov = operands.attrs[1] != 0;
    T* w = operands.input(0).as<T>();
    T* v = operands.input(1).as<T>();
    const T* g = operands.input(2).as<T>();
    NABLA_SIMD
    for (std::int64_t i = range.begin; i < range.end; i++) {
      const T step = rate * g[i];
      const T velocity = momentum * v[i] - step;
      v[i] = velocity;
      w[i] += nesterov ? momentum * velocity - step : velocity;
    }
  });
}

Status adamUpdate(const Operands& operands, Part part) {
  const Range range = elementsOf(operands.input(0), part);
  const double step = *operands.input(5).as<std::int32_t>();
  const double b1 = operands.attrs[0], b2 = operands.attrs[1];
  const double rate =
      scalarOf(operands.input(4)) * std::sqrt(1 - std::pow(b2, step)) / (1 - std::pow(b1, step));
  return withFloat(operands.input(0), [&](auto zero) {
    using T = decltype(zero);
    const T alpha = static_cast<T>(rate), epsilon = static_cast<T>(operands.attrs[2]);
    const T decay1 = static_cast<T>(1 - b1), decay2 = static_cast<T>(1 - b2);
    T* w = operands.input(0).as<T>();
    T* m = operands.input(1).as<T>();
    T* v = operands.input(2).as<T>();
    const T* g = operands.input(3).as<T>();
    NABLA_SIMD
    for (std::int64_t i = range.begin; i < range.end; i++) {
      const T mean = m[i] + (g[i] - m[i]) * decay1;
      const T square = v[i] + (g[i] * g[i] - v[i]) * decay2;
      m[i] = mean;
      v[i] = square;
      w[i] -= alpha * mean / (std::sqrt(square) + epsilon);
    }
  });
}

Status accumulate(const Operands& operands, Part part) {
  if (isIdle(part)) return {};
  const View& x = operands.input(1);
  return withType(x, [&](auto zero) {
    const auto* values = x.as<decltype(zero)>();
    double total = 0;
    for (std::int64_t i = 0; i < x.size; i++) total += static_cast<double>(values[i]);
    *operands.input(0).as<double>() += total;
  });
}

}  // namespace nabla::NABLA_ISA
