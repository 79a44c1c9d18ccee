// Reductions over axes, and arg-reductions along one axis.

#include <cmath>
#include <limits>

#include "sums-over-axes.hpp"

namespace nabla::NABLA_ISA {
namespace {

/// f over `count` elements, from several accumulators, for speed.
template <typename T, typename F>
T foldRow(const T* x, std::int64_t count, std::int64_t stride, T start, F f) {
  constexpr std::int64_t kLanes = 16;
  T lanes[kLanes];
  for (std::int64_t k = 0; k < kLanes; k++) lanes[k] = start;
  std::int64_t i = 0;
  if (stride == 1) {
    for (; i + kLanes <= count; i += kLanes) {
      for (std::int64_t k = 0; k < kLanes; k++) lanes[k] = f(lanes[k], x[i + k]);
    }
  }
  for (; i < count; i++) lanes[i % kLanes] = f(lanes[i % kLanes], x[i * stride]);
  for (std::int64_t half = kLanes / 2; half > 0; half /= 2) {
    for (std::int64_t k = 0; k < half; k++) lanes[k] = f(lanes[k], lanes[k + half]);
  }
  return lanes[0];
}

/// Results whose elements lie side by side in x: y[j] = f(y[j], x[row][j]) row by row.
template <typename T, typename F>
void foldColumns(const T* x, T* y, const Reduction& reduction, Range range, T start, F f) {
  const std::int64_t columns = range.end - range.begin;
  T* to = y + range.begin;
  for (std::int64_t j = 0; j < columns; j++) to[j] = start;
  const Walk<1>& rows = reduction.reduced;
  const std::int64_t stride = rows.innerStride(0);
  rows.forRuns({0, reduction.count},
               [&](std::int64_t, std::int64_t count, const std::int64_t* offsets) {
                 for (std::int64_t i = 0; i < count; i++) {
                   const T* from = x + offsets[0] + i * stride + range.begin;
                   NABLA_SIMD
                   for (std::int64_t j = 0; j < columns; j++) to[j] = f(to[j], from[j]);
                 }
               });
}

template <typename T, typename F>
void fold(const Operands& operands, Part part, T start, F f) {
  const T* x = operands.input(0).as<T>();
  T* y = operands.output().as<T>();
  const Reduction reduction = reductionOf(operands.input(0), maskOf(operands.list(0)));
  const Range range = elementsOf(operands.output(), part);
  const Walk<1>& kept = reduction.kept;
  if (kept.rank == 1 && kept.innerStride(0) == 1 && reduction.count > 0) {
    foldColumns(x, y, reduction, range, start, f);
    return;
  }
  const std::int64_t stride = reduction.reduced.innerStride(0);
  const std::int64_t keptStride = kept.innerStride(0);
  kept.forRuns(range, [&](std::int64_t position, std::int64_t count, const std::int64_t* offsets) {
    for (std::int64_t i = 0; i < count; i++) {
      const T* from = x + offsets[0] + i * keptStride;
      T result = start;
      reduction.reduced.forRuns(
          {0, reduction.count}, [&](std::int64_t, std::int64_t length, const std::int64_t* at) {
            result = f(result, foldRow(from + at[0], length, stride, start, f));
          });
      y[position + i] = result;
    }
  });
}

template <typename F>
void foldAny(const Operands& operands, Part part, double floatStart, std::int32_t intStart, F f) {
  if (operands.output().dtype == DType::Int32)
    return fold<std::int32_t>(operands, part, intStart, f);
  withFloat(operands.output().dtype, [&](auto zero) {
    using T = decltype(zero);
    fold<T>(operands, part, static_cast<T>(floatStart), f);
  });
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <typename F>
void argExtreme(const Operands& operands, Part part, F isNoBetter) {
  const View& x = operands.input(0);
  const int axis = operands.axis(0);
  const std::int64_t length = x.dims[axis];
  std::int64_t inner = 1;
  for (int k = axis + 1; k < x.rank; k++) inner *= x.dims[k];
  std::int32_t* y = operands.output().as<std::int32_t>();
  const Range range = elementsOf(operands.output(), part);
  withType(x.dtype, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = range.begin; i < range.end; i++) {
      const T* from = x.as<T>() + i / inner * length * inner + i % inner;
      std::int64_t best = 0;
      T held = from[0];
      for (std::int64_t k = 1; k < length; k++) {
        const T candidate = from[k * inner];
        // The first NaN wins over everything. There is no jump, which nobody could foresee.
        const bool stays = isNoBetter(candidate, held) | (held != held);
        best = stays ? best : k;
        held = stays ? held : candidate;
      }
      y[i] = static_cast<std::int32_t>(best);
    }
  });
}

template <typename T>
void sumAs(const Operands& operands, Part part) {
  const View& y = operands.output();
  sumOver<T>(operands.input(0), nullptr, y.as<T>(), operands.list(0), elementsOf(y, part),
             [](auto x, auto) { return x; });
}

void sum(const Operands& operands, Part part) {
  const DType dtype = operands.output().dtype;
  if (dtype == DType::Int32) return sumAs<std::uint32_t>(operands, part);  // sums may wrap
  withFloat(dtype, [&](auto zero) { sumAs<decltype(zero)>(operands, part); });
}

void mean(const Operands& operands, Part part) {
  sum(operands, part);
  divideByCount(operands.input(0), operands.output(), part);
}

void moments(const Operands& operands, Part part) {
  mean(operands, part);
  const View &x = operands.input(0), &means = operands.output(0), &variances = operands.output(1);
  withFloat(x.dtype, [&](auto zero) {
    using T = decltype(zero);
    sumOver<T>(x, means.as<T>(), variances.as<T>(), operands.list(0), elementsOf(variances, part),
               [](auto value, auto mean) { return (value - mean) * (value - mean); });
  });
  divideByCount(x, variances, part);
}

void max(const Operands& operands, Part part) {
  foldAny(operands, part, -kInfinity, std::numeric_limits<std::int32_t>::min(),
          [](auto a, auto b) { return a > b || a != a ? a : b; });
}

void min(const Operands& operands, Part part) {
  foldAny(operands, part, kInfinity, std::numeric_limits<std::int32_t>::max(),
          [](auto a, auto b) { return a < b || a != a ? a : b; });
}

void argMax(const Operands& operands, Part part) {
  return argExtreme(operands, part, [](auto a, auto b) { return a <= b; });
}

void argMin(const Operands& operands, Part part) {
  return argExtreme(operands, part, [](auto a, auto b) { return a >= b; });
}

// ---- rules

void momentsRule(TypeQuery& query) {
  query.expectFloat(0);
  reduceRule(query);
  query.output(1) = query.output(0);
}

void sumRule(TypeQuery& query) {
  query.expectNumeric(0);
  reduceRule(query);
}

void meanRule(TypeQuery& query) {
  query.expectFloat(0);
  reduceRule(query);
}

void extremeRule(TypeQuery& query) {
  sumRule(query);
  if (query.sizeOf(query.input(0)) != 0 || query.sizeOf(query.output()) == 0) return;
  query.fail(ErrorKind::Range, "expected at least one element to choose from but received {0}");
}

void argExtremeRule(TypeQuery& query) {
  const Type& x = query.input(0);
  const int axis = query.axis(0, x.rank);
  if (x.dims[axis] == 0) {
    query.fail(ErrorKind::Range, "expected at least one element on axis %d but received {0}", axis);
  }
  query.output().dtype = DType::Int32;
  keepAxes(query, 1u << axis, false, query.output());
}

// ---- access

Access accessOfArgReduction(const Operands& operands, int) {
  return operands.axis(0) > 0 ? Access::Rows : Access::Whole;
}

// ---- rows

constexpr OpRow argReduction(const char* name, const char* doc, KernelFn kernel) {
  return OpRow(name, doc)
      .reads("x")
      .accesses(accessOfArgReduction)
      .gives("y", Access::Rows)
      .axis("axis")
      .rule(argExtremeRule)
      .kernel(kernel);
}

constexpr OpRow kRows[] = {
    reduction("sum", "y = sum over axes (float or int32)", sumRule, sum),
    reduction("mean", "y = mean over axes", meanRule, mean),
    reduction("max", "y = greatest over axes, NaN if any (float or int32)", extremeRule, max),
    reduction("min", "y = least over axes, NaN if any (float or int32)", extremeRule, min),
    OpRow("moments", "mean over axes, variance = mean of (x - mean)^2")
        .reads("x")
        .accesses(accessOfReduction)
        .gives("mean", Access::Rows)
        .gives("variance", Access::Rows)
        .axes("axis")
        .flag("keepDims")
        .rule(momentsRule)
        .kernel(moments),
    argReduction(
        "argMax",
        "y = int32 index of the first greatest along an axis (the first NaN if any; any dtype)",
        argMax),
    argReduction(
        "argMin",
        "y = int32 index of the first least along an axis (the first NaN if any; any dtype)",
        argMin),
};

}  // namespace

NABLA_FAMILY(reductions, kRows);

}  // namespace nabla::NABLA_ISA
