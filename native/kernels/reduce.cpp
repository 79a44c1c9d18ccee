// Reductions over the axes of a bit mask, and arg-reductions along one axis.

#include <cmath>
#include <limits>

#include "kernels.hpp"
#include "walk.hpp"

namespace nabla::NABLA_ISA {
namespace {

/// The input of a reduction as [kept axes] x [reduced axes], both with strides into x.
struct Reduction {
  Walk<1> kept, reduced;
  std::int64_t count = 1;  // elements that make one result
};

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

/// f over `count` elements. Several accumulators: faster, and closer to the true sum.
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
  const Reduction reduction =
      reductionOf(operands.input(0), static_cast<unsigned>(operands.attrs[0]));
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

/// Float, or int32 as `Int`: unsigned where sums may wrap.
template <typename Int, typename F>
Status foldAny(const Operands& operands, Part part, double floatStart, Int intStart, F f) {
  if (operands.output().dtype == DType::Int32) {
    fold<Int>(operands, part, intStart, f);
    return {};
  }
  return withFloat(operands.output(), [&](auto zero) {
    using T = decltype(zero);
    fold<T>(operands, part, static_cast<T>(floatStart), f);
  });
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <typename F>
Status argExtreme(const Operands& operands, Part part, F isBetter) {
  const View& x = operands.input(0);
  const int axis = static_cast<int>(operands.attrs[0]);
  const std::int64_t length = x.dims[axis];
  std::int64_t inner = 1;
  for (int k = axis + 1; k < x.rank; k++) inner *= x.dims[k];
  std::int32_t* y = operands.output().as<std::int32_t>();
  const Range range = elementsOf(operands.output(), part);
  return withType(x, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = range.begin; i < range.end; i++) {
      const T* from = x.as<T>() + i / inner * length * inner + i % inner;
      std::int64_t best = 0;
      for (std::int64_t k = 1; k < length; k++) {
        const T candidate = from[k * inner], held = from[best * inner];
        // The first NaN wins over everything.
        if (held == held && (candidate != candidate || isBetter(candidate, held))) best = k;
      }
      y[i] = static_cast<std::int32_t>(best);
    }
  });
}

}  // namespace

Status sum(const Operands& operands, Part part) {
  return foldAny<std::uint32_t>(operands, part, 0, 0u, [](auto a, auto b) { return a + b; });
}

Status mean(const Operands& operands, Part part) {
  sum(operands, part);
  const Range range = elementsOf(operands.output(), part);
  const std::int64_t results = operands.output().size;
  return withFloat(operands.output(), [&](auto zero) {
    using T = decltype(zero);
    // An empty mean is 0 / 0: NaN.
    const T count = results == 0 ? T(0) : static_cast<T>(operands.input(0).size / results);
    T* y = operands.output().as<T>();
    for (std::int64_t i = range.begin; i < range.end; i++) y[i] /= count;
  });
}

Status max(const Operands& operands, Part part) {
  return foldAny<std::int32_t>(operands, part, -kInfinity, std::numeric_limits<std::int32_t>::min(),
                               [](auto a, auto b) { return a > b || a != a ? a : b; });
}

Status min(const Operands& operands, Part part) {
  return foldAny<std::int32_t>(operands, part, kInfinity, std::numeric_limits<std::int32_t>::max(),
                               [](auto a, auto b) { return a < b || a != a ? a : b; });
}

Status argMax(const Operands& operands, Part part) {
  return argExtreme(operands, part, [](auto a, auto b) { return a > b; });
}

Status argMin(const Operands& operands, Part part) {
  return argExtreme(operands, part, [](auto a, auto b) { return a < b; });
}

}  // namespace nabla::NABLA_ISA
