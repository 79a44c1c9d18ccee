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

/// The rate that corrects for moments that began as zeros.
double adamRate(const View& rate, const View& iterations, const double* attrs) {
  const double step = *iterations.as<std::int32_t>();
  return scalarOf(rate) * std::sqrt(1 - std::pow(attrs[1], step)) / (1 - std::pow(attrs[0], step));
}

void adamElements(const Operands& operands, double rate, Part part) {
  const Range range = elementsOf(operands.input(0), part);
  withFloat(operands.input(0).dtype, [&](auto zero) {
    using T = decltype(zero);
    const T alpha = static_cast<T>(rate), epsilon = static_cast<T>(operands.attrs[2]);
    const T decay1 = static_cast<T>(1 - operands.attrs[0]);
    const T decay2 = static_cast<T>(1 - operands.attrs[1]);
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

/// Calls `update` with the operands of each weight of a grouped update: `roles` of its own, then
/// the `shared` ones. See grouped-updates.hpp.
template <typename F>
Status ofEachWeight(const Operands& all, int roles, int shared, F update) {
  constexpr int kMost = 8;
  const int weights = (all.nIn - shared) / roles;
  const View* in[kMost];
  for (int i = 0; i < shared; i++) in[roles + i] = all.in[roles * weights + i];
  for (int weight = 0; weight < weights; weight++) {
    for (int role = 0; role < roles; role++) in[role] = all.in[role * weights + weight];
    update(Operands{in, all.out, all.attrs, roles + shared, 0, all.nAttr});
  }
  return {};
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
  adamElements(operands, adamRate(operands.input(4), operands.input(5), operands.attrs), part);
  return {};
}

Status sgdUpdates(const Operands& operands, Part part) {
  return ofEachWeight(operands, 2, 1, [=](const Operands& one) { sgdUpdate(one, part); });
}

Status momentumUpdates(const Operands& operands, Part part) {
  return ofEachWeight(operands, 3, 1, [=](const Operands& one) { momentumUpdate(one, part); });
}

Status adamUpdates(const Operands& operands, Part part) {
  const double rate =
      adamRate(operands.input(operands.nIn - 2), operands.input(operands.nIn - 1), operands.attrs);
  return ofEachWeight(operands, 4, 2, [=](const Operands& one) { adamElements(one, rate, part); });
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
