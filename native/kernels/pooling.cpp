// Pooling of what windows see of pictures, channel by channel.
#include "pooling/pooling.hpp"

#include "window-rules.hpp"

namespace nabla::NABLA_ISA {
namespace {

// Attributes behind those of windows; `pictures` follows where gradients leave their size open.
constexpr int kSize = 4, kPictures = 5;

/// The number of a tap fits into a byte where a window has at most so many.
constexpr std::int64_t kByteTaps = 256;

Windows shapeOf(const Operands& operands, const View& x, const View& y) {
  Windows shape;
  placeWindows(
      operands, kWindows, x, y,
      [&](int axis) { return static_cast<std::int64_t>(operands.list(kSize).values[axis]); },
      shape);
  return shape;
}

Windows forwardShape(const Operands& operands) {
  return shapeOf(operands, operands.input(0), operands.output());
}

Windows gradientShape(const Operands& operands) {
  return shapeOf(operands, operands.output(), operands.input(0));
}

std::int64_t forwardBytes(const Operands& operands) {
  return static_cast<std::int64_t>(poolingBytes(forwardShape(operands)));
}

std::int64_t gradientBytes(const Operands& operands) {
  return static_cast<std::int64_t>(poolingBytes(gradientShape(operands)));
}

/// Calls f with a zero of the type in which a tensor holds numbers of taps.
template <typename F>
void withIndex(const View& index, F&& f) {
  if (index.dtype == DType::Uint8) return f(std::uint8_t{});
  f(std::int32_t{});
}

void maxPoolKernel(const Operands& operands, Part part) {
  const Windows shape = forwardShape(operands);
  const View &y = operands.output(0), &index = operands.output(1);
  withFloat(y.dtype, [&](auto zero) {
    withIndex(index, [&](auto number) {
      using T = decltype(zero);
      using Index = decltype(number);
      eachOwnBox(shape, y, part, [&](const Box& box) {
        maxPool(shape, y.lastDim(), box, operands.input(0).as<T>(), y.as<T>(), index.as<Index>(),
                part.workspace);
      });
    });
  });
}

/// Calls f(shape, channels, box, x, y) for the boxes of windows that a part pools.
template <typename F>
void eachBoxOfPart(const Operands& operands, Part part, F&& f) {
  const Windows shape = forwardShape(operands);
  const View& y = operands.output();
  withFloat(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    eachOwnBox(shape, y, part, [&](const Box& box) {
      f(shape, y.lastDim(), box, operands.input(0).as<T>(), y.as<T>());
    });
  });
}

void maxPoolValuesKernel(const Operands& operands, Part part) {
  eachBoxOfPart(operands, part,
                [&](const auto&... given) { maxPoolValues(given..., part.workspace); });
}

void averagePoolKernel(const Operands& operands, Part part) {
  eachBoxOfPart(operands, part,
                [&](const auto&... given) { averagePool(given..., part.workspace); });
}

/// `floored`, if given, are results of the pooling whose arguments were floored at 0.
void maxPoolGradKernel(const Operands& operands, Part part) {
  const Windows shape = gradientShape(operands);
  const View &dx = operands.output(), &index = operands.input(1);
  withFloat(dx.dtype, [&](auto zero) {
    withIndex(index, [&](auto number) {
      using T = decltype(zero);
      using Index = decltype(number);
      const T* const floored = operands.nIn > 2 ? operands.input(2).as<T>() : nullptr;
      maxPoolGradient(shape, dx.lastDim(), rowsOf(dx.dims[0], part), operands.input(0).as<T>(),
                      index.as<Index>(), floored, dx.as<T>(), part.workspace);
    });
  });
}

void averagePoolGradKernel(const Operands& operands, Part part) {
  const Windows shape = gradientShape(operands);
  const View& dx = operands.output();
  withFloat(dx.dtype, [&](auto zero) {
    using T = decltype(zero);
    averagePoolGradient(shape, dx.lastDim(), rowsOf(dx.dims[0], part), operands.input(0).as<T>(),
                        dx.as<T>(), part.workspace);
  });
}

// ---- rules

std::int64_t sizeAlong(TypeQuery& query, int axis) {
  return static_cast<std::int64_t>(query.attribute(kSize).values[axis]);
}

/// Refuses windows that see padding alone.
void expectSight(TypeQuery& query, int axis, std::int64_t in, std::int64_t windows) {
  const auto number = [&](int attribute) {
    return static_cast<std::int64_t>(query.attribute(attribute).values[axis]);
  };
  const std::int64_t step = number(kWindows.dilations), size = sizeAlong(query, axis);
  for (std::int64_t window = 0; window < windows && in != kUnknown; window++) {
    const std::int64_t place = window * number(kWindows.strides) - number(kWindows.before);
    const std::int64_t first = place < 0 ? (-place + step - 1) / step : 0;
    if (first < size && place + first * step < in) continue;
    query.fail(
        ErrorKind::Range,
        "expected padding that leaves each window some of the picture but received {=%d} and "
        "{=%d}",
        kWindows.before, kWindows.after);
  }
}

/// Places of a window.
std::int64_t tapsOf(TypeQuery& query) {
  std::int64_t taps = 1;
  for (int axis = 0; axis < query.attribute(kSize).count; axis++) taps *= sizeAlong(query, axis);
  return taps;
}

/// The number of a tap has to be exact in float32, and tables of all taps have to fit in memory.
void expectFewTaps(TypeQuery& query, int axes) {
  constexpr double kMost = 1 << 24;
  double taps = 1;
  for (int axis = 0; axis < axes; axis++) taps *= static_cast<double>(sizeAlong(query, axis));
  if (taps <= kMost) return;
  query.fail(ErrorKind::Range, "expected windows of at most 2^24 places but received {=%d}", kSize);
}

/// Sizes of the results of windows over pictures x, along the axes between batch and channels.
void poolRule(TypeQuery& query, const Type& x, Type& y) {
  const int axes = x.rank - 2;
  expectWindowAttributes(query, kWindows, axes);
  expectNumbers(query, kSize, axes, 1, "size");
  expectFewTaps(query, axes);
  y = x;
  for (int axis = 0; axis < axes; axis++) {
    const std::int64_t in = x.dims[axis + 1], size = sizeAlong(query, axis);
    y.dims[axis + 1] = windowsAlong(query, kWindows, axis, in, size, 0);
    expectSight(query, axis, in, y.dims[axis + 1]);
  }
  expectFewPlaces(query, kWindows, x);
}

DType indexType(TypeQuery& query) {
  return tapsOf(query) <= kByteTaps ? DType::Uint8 : DType::Int32;
}

void forwardRule(TypeQuery& query) {
  query.expectFloat(0);
  expectPictures(query, 0);
  poolRule(query, query.input(0), query.output(0));
}

void maxPoolRule(TypeQuery& query) {
  forwardRule(query);
  query.output(1) = query.output(0);
  query.output(1).dtype = indexType(query);
}

/// Pictures of attribute `pictures` from results, input 0.
void gradientRule(TypeQuery& query) {
  query.expectFloat(0);
  expectPictures(query, 0);
  const Type& dy = query.input(0);
  expectNumbers(query, kPictures, dy.rank - 2, query.isSymbolic() ? kUnknown : 0, "pictures");
  Type& dx = query.output();
  dx = dy;
  for (int axis = 0; axis < dy.rank - 2; axis++) {
    dx.dims[axis + 1] = static_cast<std::int64_t>(query.attribute(kPictures).values[axis]);
  }
  Type results;
  poolRule(query, dx, results);
  query.expectType(0, results);
}

void maxPoolGradRule(TypeQuery& query) {
  gradientRule(query);
  Type index = query.input(0);
  index.dtype = indexType(query);
  query.expectType(1, index);
}

void maxPoolFlooredGradRule(TypeQuery& query) {
  maxPoolGradRule(query);
  query.expectType(2, query.input(0));
}

// ---- rows

std::int64_t forwardSlices(const Operands& operands) { return pictureSlices(operands.output()); }

Access accessOfPictures(const Operands& operands, int) {
  return isLongBatch(operands.output()) ? Access::Rows : Access::Whole;
}

/// A row with the attributes that all these ops have.
constexpr OpRow poolRow(const char* name, const char* doc) {
  return windowRow(name, doc).shape("size");
}

constexpr OpRow kRows[] = {
    poolRow(
        "maxPool",
        "y = the greatest of each window of attribute size over x [batch, height, width, channels] "
        "or with one axis less or more, NaN if any; index = the number of its place in the "
        "window, the first of equals; padding of -1 is that of \"same\"")
        .reads("x")
        .accesses(accessOfPictures)
        .gives("y", Access::Rows)
        .gives("index", Access::Rows)
        .slices(forwardSlices)
        .workspace(forwardBytes)
        .rule(maxPoolRule)
        .kernel(maxPoolKernel),
    poolRow("maxPoolValues", "y = that of maxPool")
        .reads("x")
        .accesses(accessOfPictures)
        .gives("y", Access::Rows)
        .slices(forwardSlices)
        .workspace(forwardBytes)
        .fused()
        .rule(forwardRule)
        .kernel(maxPoolValuesKernel),
    poolRow(
        "maxPoolGrad",
        "dx = the gradient to pictures of attribute pictures (without batch and channels) by that "
        "to maxPool's results dy and its index")
        .reads("dy", Access::Rows)
        .reads("index", Access::Rows)
        .gives("dx", Access::Rows)
        .shape("pictures")
        .workspace(gradientBytes)
        .rule(maxPoolGradRule)
        .kernel(maxPoolGradKernel),
    poolRow("maxPoolFlooredGrad",
            "dx = maxPoolGrad where maxPool's results y are positive, else 0: the gradient to what "
            "relu was taken of before it was pooled")
        .reads("dy", Access::Rows)
        .reads("index", Access::Rows)
        .reads("y", Access::Rows)
        .gives("dx", Access::Rows)
        .shape("pictures")
        .workspace(gradientBytes)
        .fused()
        .rule(maxPoolFlooredGradRule)
        .kernel(maxPoolGradKernel),
    poolRow("averagePool",
            "y = the mean of what each window of attribute size sees of x, padding left out; see "
            "maxPool")
        .reads("x")
        .accesses(accessOfPictures)
        .gives("y", Access::Rows)
        .slices(forwardSlices)
        .workspace(forwardBytes)
        .rule(forwardRule)
        .kernel(averagePoolKernel),
    poolRow(
        "averagePoolGrad",
        "dx = the gradient to pictures of attribute pictures (without batch and channels) by that "
        "to averagePool's results dy")
        .reads("dy", Access::Rows)
        .gives("dx", Access::Rows)
        .shape("pictures")
        .workspace(gradientBytes)
        .rule(gradientRule)
        .kernel(averagePoolGradKernel),
};

}  // namespace

NABLA_FAMILY(poolings, kRows);

}  // namespace nabla::NABLA_ISA
