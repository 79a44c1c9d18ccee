// Softmax and its logarithm, row by row over the last axis.

#include <cmath>
#include <limits>
#include <type_traits>

#include "kernels.hpp"
#include "math.hpp"
#include "rows.hpp"

namespace nabla::NABLA_ISA {
namespace {

/// Calls f(x, y, n) for each row of input 0 and the output.
template <typename F>
void mapRows(const Operands& operands, Part part, F f) {
  eachRow(operands.output(), part, [&](auto zero, std::int64_t first, std::int64_t n) {
    using T = decltype(zero);
    f(static_cast<const T*>(operands.input(0).as<T>()) + first, operands.output().as<T>() + first,
      n);
  });
}

/// Calls f(dy, y, dx, n) for each row of two inputs and the output.
template <typename F>
void mapRowPairs(const Operands& operands, Part part, F f) {
  mapRows(operands, part, [&](const auto* dy, auto* dx, std::int64_t n) {
    using T = std::remove_pointer_t<decltype(dx)>;
    f(dy, static_cast<const T*>(operands.input(1).as<T>()) + (dx - operands.output().as<T>()), dx,
      n);
  });
}

void softmax(const Operands& operands, Part part) {
  mapRows(operands, part, [](const auto* x, auto* y, std::int64_t n) { softmaxRow(x, y, n); });
}

void softmaxGrad(const Operands& operands, Part part) {
  mapRowPairs(operands, part, [](const auto* dy, const auto* y, auto* dx, std::int64_t n) {
    using T = std::decay_t<decltype(*y)>;
    const T dot = sumOfTerms<T>(n, [=](std::int64_t i) { return dy[i] * y[i]; });
    for (std::int64_t i = 0; i < n; i++) dx[i] = y[i] * (dy[i] - dot);
  });
}

void logSoftmax(const Operands& operands, Part part) {
  mapRows(operands, part, [](const auto* x, auto* y, std::int64_t n) {
    const auto shift = logSumExp(x, n);
    for (std::int64_t i = 0; i < n; i++) y[i] = (x[i] - shift.max) - shift.log;
  });
}

void logSoftmaxGrad(const Operands& operands, Part part) {
  mapRowPairs(operands, part, [](const auto* dy, const auto* y, auto* dx, std::int64_t n) {
    using T = std::decay_t<decltype(*y)>;
    const T total = sumOfTerms<T>(n, [=](std::int64_t i) { return dy[i]; });
    for (std::int64_t i = 0; i < n; i++) dx[i] = dy[i] - math::exp(y[i]) * total;
  });
}

// ---- rules

void rowsRule(TypeQuery& query) {
  query.expectFloat(0);
  const Type& x = query.input(0);
  if (x.rank == 0 || x.dims[x.rank - 1] == 0) {
    query.fail(ErrorKind::Range, "expected at least one class on the last axis but received {0}");
  }
  query.output() = x;
}

void gradientRule(TypeQuery& query) {
  rowsRule(query);
  query.expectType(1, query.input(0));
}

// ---- rows

constexpr OpRow rowwise(const char* name, const char* doc, KernelFn kernel) {
  return OpRow(name, doc)
      .reads("x", Access::Rows)
      .gives("y", Access::Rows)
      .slices(slicesOfRows)
      .costs(Cost::Functions)
      .rule(rowsRule)
      .kernel(kernel);
}

constexpr OpRow gradient(const char* name, const char* doc, KernelFn kernel) {
  return OpRow(name, doc)
      .reads("dy", Access::Rows)
      .reads("y", Access::Rows)
      .gives("dx", Access::Rows)
      .slices(slicesOfRows)
      .rule(gradientRule)
      .kernel(kernel);
}

constexpr OpRow kRows[] = {
    rowwise("softmax",
            "y = e^(x - max) / sum, floored at the least normal number so that ln y and 1 / y stay "
            "finite",
            softmax),
    gradient("softmaxGrad", "dx = y * (dy - sum(dy * y))", softmaxGrad),
    rowwise("logSoftmax", "y = x - max - ln(sum e^(x - max))", logSoftmax),
    gradient("logSoftmaxGrad", "dx = dy - e^y * sum(dy)", logSoftmaxGrad).costs(Cost::Functions),
};

}  // namespace

NABLA_FAMILY(softmaxes, kRows);

}  // namespace nabla::NABLA_ISA
