// Cross-entropy of labels, and its gradients.

#include <algorithm>
#include <limits>
#include <type_traits>

#include "kernels.hpp"
#include "math.hpp"
#include "rows.hpp"
#include "sums.hpp"

namespace nabla::NABLA_ISA {
namespace {

// Inputs of the losses: p or z [..., classes], labels [...]; output [...].
// Inputs of the gradients: dy [...], p or z [..., classes], labels [...]; output [..., classes].

/// What probabilities are kept within: attribute 0, epsilon, and 1 - epsilon. NaN stays.
template <typename T>
struct Bounds {
  explicit Bounds(const Operands& operands)
      : low(static_cast<T>(operands.number(0))), high(static_cast<T>(1 - operands.number(0))) {}

  T clipped(T p) const { return p < low ? low : p > high ? high : p; }
  bool exclude(T p) const { return p < low || p > high; }

  /// The sum of a row, each of it clipped.
  T sum(const T* p, std::int64_t n) const {
    return sumOfTerms<T>(n, [=](std::int64_t i) { return clipped(p[i]); });
  }

  T low, high;
};

/// Calls f(x, label, n) for each row of a loss' input 0, and keeps what it returns.
template <typename F>
void eachLoss(const Operands& operands, Part part, F f) {
  const std::int64_t classes = operands.input(0).lastDim();
  const Range range = elementsOf(operands.output(), part);
  withFloat(operands.output().dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* x = operands.input(0).as<T>();
    T* loss = operands.output().as<T>();
    for (std::int64_t i = range.begin; i < range.end; i++) {
      loss[i] = f(x + i * classes, integerAt(operands.input(1), i), classes);
    }
  });
}

/// Calls f(dy, x, label, dx, n) for each row of a gradient: dy is the row's number, x its
/// probabilities or logits, dx what they get.
template <typename F>
void eachGradient(const Operands& operands, Part part, F f) {
  const View& view = operands.output();
  eachRow(view, part, [&](auto zero, std::int64_t first, std::int64_t n) {
    using T = decltype(zero);
    const std::int64_t row = first / n;
    const T* x = operands.input(1).as<T>() + first;
    f(operands.input(0).as<T>()[row], x, integerAt(operands.input(2), row), view.as<T>() + first,
      n);
  });
}

void sparseCrossentropy(const Operands& operands, Part part) {
  eachLoss(operands, part, [&](const auto* p, std::int64_t label, std::int64_t n) {
    using T = std::remove_const_t<std::remove_pointer_t<decltype(p)>>;
    const Bounds<T> bounds(operands);
    return -math::log(bounds.clipped(p[label]) / bounds.sum(p, n));
  });
}

void sparseCrossentropyGrad(const Operands& operands, Part part) {
  eachGradient(operands, part,
               [&](auto dy, const auto* p, std::int64_t label, auto* dp, std::int64_t n) {
                 using T = decltype(dy);
                 const Bounds<T> bounds(operands);
                 const T even = dy / bounds.sum(p, n);
                 for (std::int64_t i = 0; i < n; i++) dp[i] = bounds.exclude(p[i]) ? 0 : even;
                 if (!bounds.exclude(p[label])) dp[label] -= dy / p[label];
               });
}

/// Rows whose logarithms are taken at once.
constexpr std::int64_t kRowsOfLogs = 32;

/// loss = ln(1 + others) + shift of each row, as f(row, others, shift) gives them.
template <typename T, typename F>
void eachLogLoss(T* loss, Range rows, F f) {
  T others[kRowsOfLogs], shifts[kRowsOfLogs];
  for (std::int64_t first = rows.begin; first < rows.end; first += kRowsOfLogs) {
    const std::int64_t count = std::min(kRowsOfLogs, rows.end - first);
    for (std::int64_t k = 0; k < count; k++) f(first + k, others[k], shifts[k]);
    NABLA_SIMD
    for (std::int64_t k = 0; k < count; k++) loss[first + k] = math::log1p(others[k]) + shifts[k];
  }
}

void sparseCrossentropyLogits(const Operands& operands, Part part) {
  const std::int64_t n = operands.input(0).lastDim();
  withFloat(operands.output().dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* logits = operands.input(0).as<T>();
    eachLogLoss(operands.output().as<T>(), elementsOf(operands.output(), part),
                [&](std::int64_t row, T& others, T& shift) {
                  const T* z = logits + row * n;
                  const Greatest<T> greatest(z, n);
                  others = sumOfOthers(z, greatest, n);
                  shift = greatest.max - z[integerAt(operands.input(1), row)];
                });
  });
}

void sparseCrossentropyLogitsGrad(const Operands& operands, Part part) {
  eachGradient(operands, part,
               [](auto dy, const auto* z, std::int64_t label, auto* dz, std::int64_t n) {
                 softmaxRow(z, dz, n);
                 dz[label] -= 1;
                 for (std::int64_t i = 0; i < n; i++) dz[i] *= dy;
               });
}

void softmaxCrossentropy(const Operands& operands, Part part) {
  const View& view = operands.output(0);
  const std::int64_t n = view.lastDim();
  withFloat(view.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* logits = operands.input(0).as<T>();
    eachLogLoss(operands.output(1).as<T>(), leadingRows(view, part),
                [&](std::int64_t row, T& others, T& shift) {
                  const T* z = logits + row * n;
                  T* p = view.as<T>() + row * n;
                  const Greatest<T> greatest(z, n);
                  exponentials(z, greatest.max, p, n);
                  others = sumOfOthers(z, p, greatest, n);
                  shift = greatest.max - z[integerAt(operands.input(1), row)];
                  divideBySum(p, n);
                });
  });
}

void softmaxCrossentropyGrad(const Operands& operands, Part part) {
  eachGradient(operands, part,
               [](auto dy, const auto* p, std::int64_t label, auto* dz, std::int64_t n) {
                 NABLA_SIMD
                 for (std::int64_t i = 0; i < n; i++) dz[i] = dy * p[i];
                 dz[label] -= dy;
               });
}

// ---- rules

/// `predicted` are rows of classes, `labels` one for each row; returns the type of one number a
/// row.
Type rowsOfClasses(const TypeQuery& query, int predicted, int labels) {
  query.expectFloat(predicted);
  const Type &classes = query.input(predicted), &chosen = query.input(labels);
  Type rows = classes;
  if (rows.rank > 0) rows.rank--;
  const bool fits =
      classes.rank > 0 && !isFloat(chosen.dtype) && TypeQuery::maySameShape(chosen, rows);
  if (!fits) {
    query.fail(ErrorKind::Type,
               "expected uint8 or int32 labels %s for predictions {%d} but received {%d}",
               shapeText(rows).text, predicted, labels);
  }
  if (classes.dims[classes.rank - 1] == 0) {
    query.fail(ErrorKind::Range, "expected at least one class on the last axis but received {%d}",
               predicted);
  }
  return rows;
}

void lossRule(TypeQuery& query) { query.output() = rowsOfClasses(query, 0, 1); }

void softmaxLossRule(TypeQuery& query) {
  query.output(0) = query.input(0);
  query.output(1) = rowsOfClasses(query, 0, 1);
}

void clippedLossRule(TypeQuery& query) {
  query.number(0);
  lossRule(query);
}

void gradientRule(TypeQuery& query) {
  query.expectType(0, rowsOfClasses(query, 1, 2));
  query.output() = query.input(1);
}

void clippedGradientRule(TypeQuery& query) {
  query.number(0);
  gradientRule(query);
}

// ---- rows

std::int64_t classesOf(const Operands& operands) { return operands.input(0).lastDim(); }
std::int64_t classesOfGrad(const Operands& operands) { return operands.input(1).lastDim(); }

constexpr OpRow loss(const char* name, const char* doc, KernelFn kernel) {
  return OpRow(name, doc)
      .reads("predicted", Access::Rows)
      .reads("labels", Access::Rows)
      .gives("loss", Access::Rows)
      .labels(1, classesOf)
      .rule(lossRule)
      .kernel(kernel);
}

constexpr OpRow gradient(const char* name, const char* doc, KernelFn kernel) {
  return OpRow(name, doc)
      .reads("dy", Access::Rows)
      .reads("predicted", Access::Rows)
      .reads("labels", Access::Rows)
      .gives("dx", Access::Rows)
      .slices(slicesOfRows)
      .labels(2, classesOfGrad)
      .rule(gradientRule)
      .kernel(kernel);
}

constexpr OpRow kRows[] = {
    loss("sparseCrossentropy",
         "loss = ln(sum c) - ln c[label], c = min(max(p, epsilon), 1 - epsilon); inputs p "
         "[..., classes], labels [...] uint8 or int32",
         sparseCrossentropy)
        .number("epsilon")
        .rule(clippedLossRule),
    gradient("sparseCrossentropyGrad",
             "dp = dy / sum c, less dy / p[label] at the label; 0 where p is not c, as of "
             "sparseCrossentropy; inputs dy [...], p, labels",
             sparseCrossentropyGrad)
        .number("epsilon")
        .rule(clippedGradientRule),
    loss("sparseCrossentropyLogits",
         "loss = ln(sum e^(z - max)) + max - z[label]; inputs z [..., classes], labels [...]",
         sparseCrossentropyLogits)
        .costs(Cost::Functions),
    gradient("sparseCrossentropyLogitsGrad",
             "dz = dy * (softmax(z) - onehot(label)); inputs dy [...], z, labels",
             sparseCrossentropyLogitsGrad)
        .costs(Cost::Functions),
    OpRow(
        "softmaxCrossentropy",
        "p = softmax(z) and loss = ln(sum e^(z - max)) + max - z[label]; inputs z [..., classes], "
        "labels [...]")
        .reads("z", Access::Rows)
        .reads("labels", Access::Rows)
        .gives("p", Access::Rows)
        .gives("loss", Access::Rows)
        .slices(slicesOfRows)
        .costs(Cost::Functions)
        .labels(1, classesOf)
        .rule(softmaxLossRule)
        .kernel(softmaxCrossentropy)
        .fused(),
    gradient("softmaxCrossentropyGrad",
             "dz = dy * (p - onehot(label)), p = softmax(z); inputs dy [...], p [..., classes], "
             "labels [...]",
             softmaxCrossentropyGrad)
        .fused(),
};

}  // namespace

NABLA_FAMILY(losses, kRows);

}  // namespace nabla::NABLA_ISA
