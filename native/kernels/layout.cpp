// Dtype, shape and layout. One part alone does concat.
#include "convert.hpp"
#include "walk.hpp"

namespace nabla::NABLA_ISA {
namespace {

/// Copies `length` elements that lie `step` apart.
template <typename T>
void copyRun(const T* x, std::int64_t step, T* y, std::int64_t length) {
  if (step == 1) {
    convertRun(x, y, length);
  } else if (step == 0) {
    const T fixed = *x;
    for (std::int64_t i = 0; i < length; i++) y[i] = fixed;
  } else {
    for (std::int64_t i = 0; i < length; i++) y[i] = x[i * step];
  }
}

/// y = the elements of x that the walk passes.
Status copyWalk(const Operands& operands, Part part, const Walk<1>& walk) {
  const View& output = operands.output();
  const std::int64_t step = walk.innerStride(0);
  withType(output.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* const x = operands.input(0).as<T>();
    T* const y = output.as<T>();
    walk.forRuns(elementsOf(output, part),
                 [=](std::int64_t first, std::int64_t length, const std::int64_t* offsets) {
                   copyRun(x + offsets[0], step, y + first, length);
                 });
  });
  return {};
}

/// Elements from one index of each axis to the next; the view is not empty.
void contiguousStrides(const View& view, std::int64_t (&strides)[kMaxRank]) {
  std::int64_t next = 1;
  for (int axis = view.rank - 1; axis >= 0; axis--) {
    strides[axis] = next;
    next *= view.dims[axis];
  }
}

template <typename T>
void fillRun(T* y, std::int64_t length, T value) {
  for (std::int64_t i = 0; i < length; i++) y[i] = value;
}

/// Product of the dims of axes [begin, end).
std::int64_t sizeOfAxes(const View& view, int begin, int end) {
  std::int64_t size = 1;
  for (int axis = begin; axis < end; axis++) size *= view.dims[axis];
  return size;
}

}  // namespace

Status cast(const Operands& operands, Part part) {
  const View& input = operands.input(0);
  const View& output = operands.output();
  const Range range = elementsOf(output, part);
  withType(input.dtype, [&](auto from) {
    withType(output.dtype, [&](auto to) {
      convertRun(input.as<decltype(from)>() + range.begin, output.as<decltype(to)>() + range.begin,
                 range.end - range.begin);
    });
  });
  return {};
}

Status rescale(const Operands& operands, Part part) {
  const View& input = operands.input(0);
  const View& output = operands.output();
  const Range range = elementsOf(output, part);
  withType(input.dtype, [&](auto from) {
    withFloat(output.dtype, [&](auto to) {
      using T = decltype(to);
      const auto* const x = input.as<decltype(from)>();
      T* const y = output.as<T>();
      const T scale = static_cast<T>(operands.attrs[0]), offset = static_cast<T>(operands.attrs[1]);
      NABLA_SIMD
      for (std::int64_t i = range.begin; i < range.end; i++) {
        y[i] = static_cast<T>(x[i]) * scale + offset;
      }
    });
  });
  return {};
}

Status copy(const Operands& operands, Part part) { return cast(operands, part); }

Status reshape(const Operands& operands, Part part) { return cast(operands, part); }

Status broadcastTo(const Operands& operands, Part part) {
  if (operands.output().size == 0) return {};
  return copyWalk(operands, part, broadcastWalk<1>(operands.output(), operands.in));
}

Status transpose(const Operands& operands, Part part) {
  const View& y = operands.output();
  if (y.size == 0) return {};
  std::int64_t strides[kMaxRank];
  contiguousStrides(operands.input(0), strides);
  Walk<1> walk;
  for (int axis = 0; axis < y.rank; axis++) {
    walk.addAxis(y.dims[axis], {strides[static_cast<int>(operands.attrs[axis])]});
  }
  return copyWalk(operands, part, walk);
}

Status slice(const Operands& operands, Part part) {
  const View& y = operands.output();
  if (y.size == 0) return {};
  std::int64_t strides[kMaxRank];
  contiguousStrides(operands.input(0), strides);
  Walk<1> walk;
  for (int axis = 0; axis < y.rank; axis++) {
    walk.start[0] += static_cast<std::int64_t>(operands.attrs[axis]) * strides[axis];
    walk.addAxis(y.dims[axis], {strides[axis]});
  }
  return copyWalk(operands, part, walk);
}

Status pad(const Operands& operands, Part part) {
  const View& x = operands.input(0);
  const View& y = operands.output();
  if (y.size == 0) return {};
  std::int64_t strides[kMaxRank];
  contiguousStrides(y, strides);
  Walk<1> walk;  // of x's elements over y
  for (int axis = 0; axis < x.rank; axis++) {
    walk.start[0] += static_cast<std::int64_t>(operands.attrs[axis]) * strides[axis];
    walk.addAxis(x.dims[axis], {strides[axis]});
  }
  const Range range = elementsOf(y, part);
  withType(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    T* const target = y.as<T>();
    fillRun(target + range.begin, range.end - range.begin, T(0));
    if (x.size == 0) return;
    // In y the elements of a run lie `step` apart: more than 1 where x is 1 wide and y wider.
    const std::int64_t step = walk.innerStride(0);
    walk.forRuns({0, x.size},
                 [&](std::int64_t first, std::int64_t length, const std::int64_t* offsets) {
                   const T* const from = x.as<T>() + first;
                   for (std::int64_t i = 0, to = offsets[0]; i < length; i++, to += step) {
                     if (to >= range.begin && to < range.end) target[to] = from[i];
                   }
                 });
  });
  return {};
}

Status concat(const Operands& operands, Part part) {
  const View& y = operands.output();
  if (isIdle(part) || y.size == 0) return {};
  const int axis = static_cast<int>(operands.attrs[0]);
  const std::int64_t outer = sizeOfAxes(y, 0, axis);
  const std::int64_t inner = sizeOfAxes(y, axis + 1, y.rank);
  withType(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    T* target = y.as<T>();
    for (std::int64_t row = 0; row < outer; row++) {
      for (int i = 0; i < operands.nIn; i++) {
        const View& x = operands.input(i);
        const std::int64_t length = x.dims[axis] * inner;
        convertRun(x.as<T>() + row * length, target, length);
        target += length;
      }
    }
  });
  return {};
}

Status fill(const Operands& operands, Part part) {
  const View& y = operands.output();
  const Range range = elementsOf(y, part);
  withType(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T value = Converter<T, double>::convert(operands.attrs[0]);
    fillRun(y.as<T>() + range.begin, range.end - range.begin, value);
  });
  return {};
}

}  // namespace nabla::NABLA_ISA
