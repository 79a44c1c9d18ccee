// Softmax and its logarithm, row by row over the last axis.

#include <cmath>
#include <limits>

#include "kernels.hpp"
#include "math.hpp"
#include "rows.hpp"

namespace nabla::NABLA_ISA {
namespace {

/// Calls f(x, y, n) for each row of input 0 and the output.
template <typename F>
Status mapRows(const Operands& operands, Part part, F f) {
  const View& view = operands.output();
  const std::int64_t n = view.lastDim();
  const Range rows = leadingRows(view, part);
  return withFloat(view, [&](auto zero) {
    using T = decltype(zero);
    const T* x = operands.input(0).as<T>();
    T* y = view.as<T>();
    for (std::int64_t row = rows.begin; row < rows.end; row++) f(x + row * n, y + row * n, n);
  });
}

/// Calls f(dy, y, dx, n) for each row of two inputs and the output.
template <typename F>
Status mapRowPairs(const Operands& operands, Part part, F f) {
  const View& view = operands.output();
  const std::int64_t n = view.lastDim();
  const Range rows = leadingRows(view, part);
  return withFloat(view, [&](auto zero) {
    using T = decltype(zero);
    const T* dy = operands.input(0).as<T>();
    const T* y = operands.input(1).as<T>();
    T* dx = view.as<T>();
    for (std::int64_t row = rows.begin; row < rows.end; row++) {
      f(dy + row * n, y + row * n, dx + row * n, n);
    }
  });
}

}  // namespace

Status softmax(const Operands& operands, Part part) {
  return mapRows(operands, part,
                 [](const auto* x, auto* y, std::int64_t n) { softmaxRow(x, y, n); });
}

Status softmaxGrad(const Operands& operands, Part part) {
  return mapRowPairs(operands, part, [](const auto* dy, const auto* y, auto* dx, std::int64_t n) {
    auto dot = *y * 0;
    for (std::int64_t i = 0; i < n; i++) dot += dy[i] * y[i];
    for (std::int64_t i = 0; i < n; i++) dx[i] = y[i] * (dy[i] - dot);
  });
}

Status logSoftmax(const Operands& operands, Part part) {
  return mapRows(operands, part, [](const auto* x, auto* y, std::int64_t n) {
    const auto shift = logSumExp(x, n);
    for (std::int64_t i = 0; i < n; i++) y[i] = (x[i] - shift.max) - shift.log;
  });
}

Status logSoftmaxGrad(const Operands& operands, Part part) {
  return mapRowPairs(operands, part, [](const auto* dy, const auto* y, auto* dx, std::int64_t n) {
    auto total = *y * 0;
    for (std::int64_t i = 0; i < n; i++) total += dy[i];
    for (std::int64_t i = 0; i < n; i++) dx[i] = dy[i] - math::exp(y[i]) * total;
  });
}

}  // namespace nabla::NABLA_ISA
