// Reductions over axes, and arg-reductions along one axis.

#include <cmath>
#include <limits>

#include "kernels.hpp"
#include "sums.hpp"
#include "walk.hpp"

namespace nabla::NABLA_ISA {
namespace {

/// The input of a reduction as [kept axes] x [reduced axes], both with strides into x.
struct Reduction {
  Walk<1> kept, reduced;
  std::int64_t count = 1;  // elements that make one result
};

/// Bit k: axis k.
unsigned maskOf(const Attribute& axes) {
  unsigned mask = 0;
  for (int i = 0; i < axes.count; i++) mask |= 1u << static_cast<unsigned>(axes.values[i]);
  return mask;
}

Reduction reductionOf(const View& x, unsigned mask) {
  std::int64_t strides[kMaxRank];
  std::int64_t stride = 1;
  for (int axis = x.rank - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= x.dims[axis];
  }
  Reduction result;
  for (int axis = 0; axis < x.rank; axis++) {
    const bool isReduced = (mask >> axis & 1) != 0;
    (isReduced ? result.reduced : result.kept).addAxis(x.dims[axis], {strides[axis]});
    if (isReduced) result.count *= x.dims[axis];
  }
  return result;
}

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

/// The centers of some columns; 0 for all where there are none.
template <typename T>
void fillCenters(T* centers, const T* means, std::int64_t columns, std::int64_t count) {
  for (std::int64_t j = 0; j < count; j++)
    centers[j] = means == nullptr ? T(0) : means[j % columns];
}

/// y[j] = the sum over the rows of f(x[row][j], means[j]), for results that lie side by side.
template <typename T, typename F>
void sumColumns(const T* x, const T* means, T* y, const Reduction& reduction, Range range, F f) {
  T centers[kSummedColumns];
  const std::int64_t stride = reduction.reduced.innerStride(0);
  for (std::int64_t begin = range.begin; begin < range.end; begin += kSummedColumns) {
    const std::int64_t left = range.end - begin;
    const std::int64_t columns = left < kSummedColumns ? left : kSummedColumns;
    Sum<T> totals[kSummedColumns];
    fillCenters(centers, means == nullptr ? nullptr : means + begin, columns, columns);
    const auto term = [&centers, f](T value, std::int64_t j) { return f(value, centers[j]); };
    reduction.reduced.forRuns(
        {0, reduction.count}, [&](std::int64_t, std::int64_t count, const std::int64_t* offsets) {
          takeRows(totals, x + offsets[0] + begin, count, stride, columns, term);
        });
    for (std::int64_t j = 0; j < columns; j++) y[begin + j] = totals[j].value();
  }
}

/// Likewise of all columns of rows that lie one behind the other and are short: several rows count
/// as one, whose parts are put together in the end.
template <typename T, typename F>
void sumNarrowColumns(const T* x, const T* means, T* y, std::int64_t rows, std::int64_t columns,
                      F f) {
  constexpr std::int64_t kWidth = 64;
  const std::int64_t together = kWidth / columns, width = together * columns;
  T centers[kWidth];
  fillCenters(centers, means, columns, width);
  const auto term = [&centers, f](T value, std::int64_t j) { return f(value, centers[j]); };
  Sum<T> totals[kWidth];
  takeRows(totals, x, rows / together, width, width, term);
  const std::int64_t done = rows / together * together;
  takeRows(totals, x + done * columns, rows - done, columns, columns, term);
  for (std::int64_t j = columns; j < width; j++) totals[j % columns].take(totals[j]);
  for (std::int64_t j = 0; j < columns; j++) y[j] = totals[j].value();
}

/// The sum over the reduced axes of f(x, mean), the mean being that of the result; 0 without means.
template <typename T, typename F>
void sumOver(const View& input, const T* means, T* y, const Attribute& axes, Range range, F f) {
  const T* const x = input.as<T>();
  const Reduction reduction = reductionOf(input, maskOf(axes));
  const Walk<1>&kept = reduction.kept, &reduced = reduction.reduced;
  const std::int64_t stride = reduced.innerStride(0), keptStride = kept.innerStride(0);
  if (kept.rank == 1 && keptStride == 1 && reduction.count > 0) {
    const std::int64_t columns = kept.dims[0];
    const bool isWhole = range.begin == 0 && range.end == columns;
    constexpr std::int64_t kManyRows = 4096;
    const bool isNarrow = columns <= 32 && reduction.count >= kManyRows;
    if (isWhole && isNarrow && reduced.rank == 1 && stride == columns) {
      return sumNarrowColumns(x, means, y, reduction.count, columns, f);
    }
    return sumColumns(x, means, y, reduction, range, f);
  }
  kept.forRuns(range, [&](std::int64_t position, std::int64_t count, const std::int64_t* offsets) {
    for (std::int64_t i = 0; i < count; i++) {
      const T* from = x + offsets[0] + i * keptStride;
      const T mean = means == nullptr ? T(0) : means[position + i];
      Sum<T> total;
      reduced.forRuns(
          {0, reduction.count}, [&](std::int64_t, std::int64_t length, const std::int64_t* at) {
            const T* const run = from + at[0];
            if (stride == 1) {
              takeTerms(total, length, [run, mean, f](std::int64_t k) { return f(run[k], mean); });
            } else {
              takeTerms(total, length, [run, mean, stride, f](std::int64_t k) {
                return f(run[k * stride], mean);
              });
            }
          });
      y[position + i] = total.value();
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
             [](T x, T) { return x; });
}

void sum(const Operands& operands, Part part) {
  const DType dtype = operands.output().dtype;
  if (dtype == DType::Int32) return sumAs<std::uint32_t>(operands, part);  // sums may wrap
  withFloat(dtype, [&](auto zero) { sumAs<decltype(zero)>(operands, part); });
}

void mean(const Operands& operands, Part part) {
  sum(operands, part);
  const Range range = elementsOf(operands.output(), part);
  const std::int64_t results = operands.output().size;
  withFloat(operands.output().dtype, [&](auto zero) {
    using T = decltype(zero);
    // An empty mean is 0 / 0: NaN.
    const T count = results == 0 ? T(0) : static_cast<T>(operands.input(0).size / results);
    T* y = operands.output().as<T>();
    for (std::int64_t i = range.begin; i < range.end; i++) y[i] /= count;
  });
}

void moments(const Operands& operands, Part part) {
  mean(operands, part);
  const View &x = operands.input(0), &means = operands.output(0), &variances = operands.output(1);
  const Range range = elementsOf(variances, part);
  withFloat(x.dtype, [&](auto zero) {
    using T = decltype(zero);
    sumOver<T>(x, means.as<T>(), variances.as<T>(), operands.list(0), range,
               [](T value, T mean) { return (value - mean) * (value - mean); });
    const T count = variances.size == 0 ? T(0) : static_cast<T>(x.size / variances.size);
    T* y = variances.as<T>();
    for (std::int64_t i = range.begin; i < range.end; i++) y[i] /= count;
  });
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

/// The axes that are kept, with size 1 in the place of the others if `keepDims`.
void keepAxes(TypeQuery& query, unsigned mask, bool keepDims, Type& y) {
  const Type& x = query.input(0);
  for (int axis = 0; axis < x.rank; axis++) {
    const bool isReduced = (mask >> axis & 1) != 0;
    if (!isReduced || keepDims) query.append(y, isReduced ? 1 : x.dims[axis]);
  }
}

void reduceRule(TypeQuery& query) {
  Type& y = query.output();
  y.dtype = query.input(0).dtype;
  keepAxes(query, query.axes(0, query.input(0).rank), query.flag(1), y);
}

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

// ---- access: the input's leading axis is the output's, unless it goes

std::int64_t leadingDim(const View& view) { return view.rank == 0 ? 1 : view.dims[0]; }

Access accessOfReduction(const Operands& operands, int) {
  const View &x = operands.input(0), &y = operands.output();
  const bool keeps = (maskOf(operands.list(0)) & 1) == 0 && leadingDim(y) == leadingDim(x);
  return keeps || x.rank == 0 ? Access::Rows : Access::Whole;
}

Access accessOfArgReduction(const Operands& operands, int) {
  return operands.axis(0) > 0 ? Access::Rows : Access::Whole;
}

// ---- rows

constexpr OpRow reduction(const char* name, const char* doc, RuleFn rule, KernelFn kernel) {
  return OpRow(name, doc)
      .reads("x")
      .accesses(accessOfReduction)
      .gives("y", Access::Rows)
      .axes("axis")
      .flag("keepDims")
      .rule(rule)
      .kernel(kernel);
}

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
