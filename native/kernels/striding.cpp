// Parts of tensors by steps along their axes, forwards or backwards, and their gradients.
#include <cmath>

#include "axes.hpp"
#include "kernels.hpp"
#include "walk.hpp"

namespace nabla::NABLA_ISA {
namespace {

// ---- kernels

double entry(const Operands& operands, int list, int axis) {
  return operands.list(list).values[axis];
}

/// Along each axis of a block of `whole`: where it begins, and how far it is from one to the next.
struct Steps {
  std::int64_t start = 0;
  std::int64_t strides[kMaxRank];

  Steps(const View& whole, const Operands& operands, int begin, int strideList) {
    std::int64_t next = 1;
    for (int axis = whole.rank - 1; axis >= 0; axis--) {
      start += static_cast<std::int64_t>(entry(operands, begin, axis)) * next;
      strides[axis] = static_cast<std::int64_t>(entry(operands, strideList, axis)) * next;
      next *= whole.dims[axis];
    }
  }

  Walk<1> walk(const View& block) const {
    Walk<1> result;
    result.start[0] = start;
    for (int axis = 0; axis < block.rank; axis++) result.addAxis(block.dims[axis], {strides[axis]});
    return result;
  }
};

void stridedSlice(const Operands& operands, Part part) {
  const View &x = operands.input(0), &y = operands.output();
  if (y.size == 0) return;
  const Walk<1> walk = Steps(x, operands, 0, 2).walk(y);
  const std::int64_t step = walk.innerStride(0);
  withType(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    walk.forRuns(elementsOf(y, part),
                 [&](std::int64_t first, std::int64_t length, const std::int64_t* offsets) {
                   const T* const from = x.as<T>() + offsets[0];
                   T* const to = y.as<T>() + first;
                   for (std::int64_t i = 0; i < length; i++) to[i] = from[i * step];
                 });
  });
}

/// The least i with begin + i * stride >= bound (stride > 0), or < bound (stride < 0).
std::int64_t firstBehind(std::int64_t begin, std::int64_t stride, std::int64_t bound) {
  const std::int64_t distance = stride > 0 ? bound - begin : begin - bound + 1;
  const std::int64_t step = stride > 0 ? stride : -stride;
  return distance <= 0 ? 0 : (distance + step - 1) / step;
}

/// The rows of x that land in the rows of y which `part` writes.
Range arrivingRows(const View& x, const View& y, const Operands& operands, Part part) {
  const Range rows = rowsOf(y.rank == 0 ? 1 : y.dims[0], part);
  if (y.rank == 0 || rows.begin == rows.end) return rows;
  const std::int64_t begin = static_cast<std::int64_t>(entry(operands, 1, 0));
  const std::int64_t stride = static_cast<std::int64_t>(entry(operands, 2, 0));
  const bool isForward = stride > 0;
  const std::int64_t first = firstBehind(begin, stride, isForward ? rows.begin : rows.end);
  const std::int64_t last = firstBehind(begin, stride, isForward ? rows.end : rows.begin);
  const std::int64_t count = x.dims[0];
  return {first < count ? first : count, last < count ? last : count};
}

void placeStrided(const Operands& operands, Part part) {
  const View &x = operands.input(0), &y = operands.output();
  const Range written = elementsOf(y, part);
  const Range rows = arrivingRows(x, y, operands, part);
  const std::int64_t rowSize = x.rank == 0 || x.dims[0] == 0 ? x.size : x.size / x.dims[0];
  const Walk<1> walk = Steps(y, operands, 1, 2).walk(x);
  const std::int64_t step = walk.innerStride(0);
  withType(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    T* const to = y.as<T>();
    for (std::int64_t i = written.begin; i < written.end; i++) to[i] = T(0);
    if (x.size == 0) return;
    walk.forRuns({rows.begin * rowSize, rows.end * rowSize},
                 [&](std::int64_t first, std::int64_t length, const std::int64_t* offsets) {
                   const T* const from = x.as<T>() + first;
                   for (std::int64_t i = 0; i < length; i++) to[offsets[0] + i * step] = from[i];
                 });
  });
}

/// One row of a triangle: columns [begin, end) stay, the others become 0.
template <typename T>
void keepColumns(const T* x, T* y, std::int64_t n, std::int64_t begin, std::int64_t end) {
  for (std::int64_t j = 0; j < n; j++) y[j] = j >= begin && j < end ? x[j] : T(0);
}

void triangle(const Operands& operands, Part part) {
  const View &x = operands.input(0), &y = operands.output();
  if (y.size == 0) return;
  const std::int64_t n = y.lastDim(), m = y.dims[y.rank - 2];
  const std::int64_t diagonal = static_cast<std::int64_t>(operands.number(0));
  const bool upper = operands.flag(1);
  const Range elements = elementsOf(y, part);
  withType(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t row = elements.begin / n; row < elements.end / n; row++) {
      const std::int64_t column = row % m + diagonal;
      keepColumns(x.as<T>() + row * n, y.as<T>() + row * n, n, upper ? column : 0,
                  upper ? n : column + 1);
    }
  });
}

// ---- rules

double clamped(double value, double low, double high) {
  const double raised = value < low ? low : value;
  return raised > high ? high : raised;
}

/// As Python's x[begin:end:stride] of n elements; begin and end become what they come to.
std::int64_t stepsOf(double& begin, double& end, double stride, std::int64_t size) {
  const double n = static_cast<double>(size);
  const double low = stride > 0 ? 0 : -1, high = stride > 0 ? n : n - 1;
  const double first = clamped(begin < 0 ? begin + n : begin, low, high);
  const double last = clamped(end < 0 ? end + n : end, low, high);
  const double steps = std::ceil((last - first) / stride);
  const bool isEmpty = !(steps > 0);
  begin = isEmpty ? 0 : first;
  end = isEmpty ? 0 : (last < 0 ? -n - 1 : last);  // before the first, also counted from the end
  return isEmpty ? 0 : static_cast<std::int64_t>(steps);
}

void stridedSliceRule(TypeQuery& query) {
  constexpr double kFar = 9007199254740991.0;
  const Type& x = query.input(0);
  completeAxes(query, 0, 0);
  completeAxes(query, 1, kFar);
  completeAxes(query, 2, 1);
  Type& y = query.output();
  y = x;
  for (int axis = 0; axis < x.rank; axis++) {
    const double stride = query.attribute(2).values[axis];
    if (stride == 0) {
      query.fail(ErrorKind::Range, "expected strides other than 0 but received {=2}");
    }
    if (x.dims[axis] == kUnknown) continue;
    double &begin = query.attribute(0).values[axis], &end = query.attribute(1).values[axis];
    y.dims[axis] = stepsOf(begin, end, stride, x.dims[axis]);
    // Nothing strides: a number of any size would do, and might not fit an integer. What is left
    // must come to the same when it is asked again.
    if (y.dims[axis] <= 1) {
      query.attribute(2).values[axis] = 1;
      end = begin + static_cast<double>(y.dims[axis]);
    }
  }
}

void placeStridedRule(TypeQuery& query) {
  const Type& x = query.input(0);
  Type& y = query.output();
  query.shape(0, y);
  y.dtype = x.dtype;
  const Attribute& begin = query.attribute(1);
  Attribute& strides = query.attribute(2);
  bool fits = y.rank == x.rank && begin.count == x.rank && strides.count == x.rank;
  for (int axis = 0; axis < x.rank && fits; axis++) {
    if (x.dims[axis] == 0 || x.dims[axis] == 1) strides.values[axis] = 1;
    if (x.dims[axis] <= 0) continue;  // none, or unknown
    const double first = begin.values[axis];
    const double last = first + static_cast<double>(x.dims[axis] - 1) * strides.values[axis];
    const double n = static_cast<double>(y.dims[axis]);
    fits = strides.values[axis] != 0 && first >= 0 && first < n && last >= 0 && last < n;
  }
  if (fits) return;
  query.fail(ErrorKind::Range, "expected {0} within %s but received begin {=1} and strides {=2}",
             shapeText(y).text);
}

void triangleRule(TypeQuery& query) {
  const Type& x = query.input(0);
  if (x.rank < 2) query.fail(ErrorKind::Range, "expected matrices but received {0}");
  query.integer(0);
  query.output() = x;
}

// ---- access: of what begins where the other does, row by row

Access accessOfBlock(const Operands& operands, int beginList) {
  if (operands.input(0).rank == 0) return Access::Elements;
  const bool isAligned = entry(operands, beginList, 0) == 0 && entry(operands, 2, 0) == 1;
  return isAligned ? Access::Elements : Access::Whole;
}
Access accessOfSource(const Operands& operands, int) { return accessOfBlock(operands, 0); }
Access accessOfPlaced(const Operands& operands, int) { return accessOfBlock(operands, 1); }

double written(const Operands& operands) { return static_cast<double>(operands.output().size); }

// ---- rows

constexpr OpRow kRows[] = {
    OpRow("stridedSlice", "y = x[begin : end : strides], as in Python (any dtype)")
        .reads("x")
        .accesses(accessOfSource)
        .gives("y", Access::Rows)
        .shape("begin")
        .shape("end")
        .shape("strides")
        .costs(Cost::Elements, written)
        .rule(stridedSliceRule)
        .kernel(stridedSlice),
    OpRow(
        "placeStrided",
        "y = zeros of a shape with x at begin, begin + strides, ...; the gradient of stridedSlice")
        .reads("x")
        .accesses(accessOfPlaced)
        .gives("y", Access::Rows)
        .shape("shape")
        .shape("begin")
        .shape("strides")
        .rule(placeStridedRule)
        .kernel(placeStrided),
    OpRow("triangle",
          "y = x up to the diagonal (upper: from it on) of the last two axes, else 0 (any dtype)")
        .reads("x", Access::Rows)
        .gives("y", Access::Rows)
        .number("diagonal")
        .flag("upper")
        .inPlace()
        .rule(triangleRule)
        .kernel(triangle),
};

}  // namespace

NABLA_FAMILY(stridings, kRows);

}  // namespace nabla::NABLA_ISA
