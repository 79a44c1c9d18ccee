// Shape and layout.
#include <cmath>

#include "axes.hpp"
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
void copyWalk(const Operands& operands, Part part, const Walk<1>& walk) {
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

/// y = x, element by element.
void copy(const Operands& operands, Part part) {
  const View& y = operands.output();
  const Range range = elementsOf(y, part);
  withType(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    convertRun(operands.input(0).as<T>() + range.begin, y.as<T>() + range.begin,
               range.end - range.begin);
  });
}

void broadcastTo(const Operands& operands, Part part) {
  if (operands.output().size == 0) return;
  copyWalk(operands, part, broadcastWalk<1>(operands.output(), operands.in));
}

/// y = what a walk over x passes to which `addAxis` adds the way along each axis of y, given the
/// strides of x.
template <typename F>
void copyAlong(const Operands& operands, Part part, F addAxis) {
  const View& y = operands.output();
  if (y.size == 0) return;
  std::int64_t strides[kMaxRank];
  contiguousStrides(operands.input(0), strides);
  Walk<1> walk;
  for (int axis = 0; axis < y.rank; axis++) addAxis(walk, axis, strides);
  copyWalk(operands, part, walk);
}

void transpose(const Operands& operands, Part part) {
  copyAlong(operands, part, [&](Walk<1>& walk, int axis, const std::int64_t* strides) {
    const int from = static_cast<int>(operands.list(0).values[axis]);
    walk.addAxis(operands.output().dims[axis], {strides[from]});
  });
}

void slice(const Operands& operands, Part part) {
  copyAlong(operands, part, [&](Walk<1>& walk, int axis, const std::int64_t* strides) {
    walk.start[0] += static_cast<std::int64_t>(operands.list(0).values[axis]) * strides[axis];
    walk.addAxis(operands.output().dims[axis], {strides[axis]});
  });
}

void pad(const Operands& operands, Part part) {
  const View& x = operands.input(0);
  const View& y = operands.output();
  if (y.size == 0) return;
  std::int64_t strides[kMaxRank];
  contiguousStrides(y, strides);
  Walk<1> walk;  // of x's elements over y
  for (int axis = 0; axis < x.rank; axis++) {
    walk.start[0] += static_cast<std::int64_t>(operands.list(0).values[axis]) * strides[axis];
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
}

void concat(const Operands& operands, Part) {
  const View& y = operands.output();
  if (y.size == 0) return;
  const int axis = operands.axis(0);
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
}

void fill(const Operands& operands, Part part) {
  const View& y = operands.output();
  const Range range = elementsOf(y, part);
  withType(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T value = Converter<T, double>::convert(operands.number(1));
    fillRun(y.as<T>() + range.begin, range.end - range.begin, value);
  });
}

// ---- rules

bool hasElements(const TypeQuery& query, const Type& type, std::int64_t size) {
  return TypeQuery::mayEqual(query.sizeOf(type), size);
}

void copyRule(TypeQuery& query) { query.output() = query.input(0); }

/// The only size of -1 in the attribute, if it has one, from the others. Where `size` is unknown,
/// so are sizes of -1, however many.
void completeShape(TypeQuery& query, std::int64_t size) {
  Attribute& shape = query.attribute(0);
  int open = -1;
  double rest = 1;
  for (int axis = 0; axis < shape.count; axis++) {
    if (shape.values[axis] != -1)
      rest *= shape.values[axis];
    else if (open < 0 || size == kUnknown)
      open = axis;
    else
      query.fail(ErrorKind::Range, "expected one -1 at most but received {=0}");
  }
  if (open < 0 || size == kUnknown) return;
  const double dim = rest == 0 ? -1 : static_cast<double>(size) / rest;
  if (dim != std::floor(dim) || dim < 0) {
    query.fail(ErrorKind::Range, "expected a shape of %lld elements for {0} but received {=0}",
               static_cast<long long>(size));
  }
  shape.values[open] = dim;
}

void reshapeRule(TypeQuery& query) {
  const std::int64_t size = query.sizeOf(query.input(0));
  completeShape(query, size);
  Type& y = query.output();
  y.dtype = query.input(0).dtype;
  query.shape(0, y);
  if (hasElements(query, y, size)) return;
  query.fail(ErrorKind::Range, "expected a shape of %lld elements for {0} but received {=0}",
             static_cast<long long>(size));
}

void broadcastToRule(TypeQuery& query) {
  Type& y = query.output();
  y.dtype = query.input(0).dtype;
  query.shape(0, y);
  if (TypeQuery::stretches(query.input(0), y)) return;
  query.fail(ErrorKind::Range, "expected a shape that {0} stretches to but received {=0}");
}

void transposeRule(TypeQuery& query) {
  const Type& x = query.input(0);
  Attribute& perm = query.attribute(0);
  if (perm.count == kNotGiven) {
    perm.count = x.rank;
    for (int axis = 0; axis < x.rank; axis++) perm.values[axis] = x.rank - 1 - axis;
  }
  const int count = perm.count;
  unsigned seen = 0;
  Type& y = query.output();
  y.dtype = x.dtype;
  y.rank = x.rank;
  for (int axis = 0; axis < count; axis++) {
    double& from = perm.values[axis];
    if (from < -x.rank || from >= x.rank) {
      query.fail(ErrorKind::Range, "expected an axis in [%d, %d) but received %.0f", -x.rank,
                 x.rank, from);
    }
    if (from < 0) from += x.rank;
    seen |= 1u << static_cast<unsigned>(from);
    if (axis < x.rank) y.dims[axis] = x.dims[static_cast<int>(from)];
  }
  if (count == x.rank && seen == (1u << x.rank) - 1) return;
  query.fail(ErrorKind::Range, "expected a permutation of %d axes but received {=0}", x.rank);
}

void sliceRule(TypeQuery& query) {
  const Type& x = query.input(0);
  completeAxes(query, 0, 0);
  completeAxes(query, 1, -1);
  Type& y = query.output();
  y = x;
  for (int axis = 0; axis < x.rank; axis++) {
    const double begin = query.attribute(0).values[axis];
    double& size = query.attribute(1).values[axis];
    const bool isKnown = x.dims[axis] != kUnknown;
    const double available = static_cast<double>(x.dims[axis]) - begin;
    const double wanted = size == -1 && isKnown ? available : size;
    const bool isOpen = size == -1 && !isKnown;
    if (begin < 0 || (!isOpen && (wanted < 0 || (isKnown && wanted > available)))) {
      query.fail(ErrorKind::Range,
                 "expected a block inside {0} but received begin %s and size %s on axis %d",
                 textOf(begin).text, textOf(size).text, axis);
    }
    size = wanted;
    y.dims[axis] = isOpen ? kUnknown : static_cast<std::int64_t>(wanted);
  }
}

void padRule(TypeQuery& query) {
  const Type& x = query.input(0);
  Type& y = query.output();
  y = x;
  if (query.attribute(0).count != x.rank || query.attribute(1).count != x.rank) {
    query.fail(ErrorKind::Range, "expected %d pairs for paddings but received %d", x.rank,
               query.attribute(0).count);
  }
  constexpr double kFar = 35184372088832.0;
  for (int axis = 0; axis < x.rank; axis++) {
    const double before = query.attribute(0).values[axis], after = query.attribute(1).values[axis];
    if (before < 0 || after < 0 || before > kFar || after > kFar) {
      query.fail(ErrorKind::Range,
                 "expected two non-negative integers for paddings[%d] but received [%s, %s]", axis,
                 textOf(before).text, textOf(after).text);
    }
    if (x.dims[axis] == kUnknown) continue;
    y.dims[axis] += static_cast<std::int64_t>(before) + static_cast<std::int64_t>(after);
  }
}

void concatRule(TypeQuery& query) {
  Type& y = query.output();
  y = query.input(0);
  const int along = query.axis(0, y.rank);
  for (int i = 1; i < query.inputs(); i++) {
    const Type& x = query.input(i);
    bool fits = x.dtype == y.dtype && x.rank == y.rank;
    for (int axis = 0; axis < y.rank && fits; axis++) {
      if (axis == along) continue;
      fits = TypeQuery::mayEqual(x.dims[axis], y.dims[axis]);
      y.dims[axis] = TypeQuery::known(y.dims[axis], x.dims[axis]);
    }
    if (!fits) {
      query.fail(ErrorKind::Range,
                 "expected tensors that agree but for axis %d but received {0} and {%d}", along, i);
    }
    std::int64_t& length = y.dims[along];
    const bool isKnown = length != kUnknown && x.dims[along] != kUnknown;
    length = isKnown ? length + x.dims[along] : kUnknown;
  }
}

void fillRule(TypeQuery& query) {
  query.shape(0, query.output());
  query.output().dtype = query.dtype(2);
}

// ---- access: of an input whose leading axis begins where the output's does

Access accessOfCopy(const Operands& operands, int) {
  const View &x = operands.input(0), &y = operands.output();
  const std::int64_t rows = x.rank == 0 ? 1 : x.dims[0];
  return rows == (y.rank == 0 ? 1 : y.dims[0]) ? Access::Rows : Access::Whole;
}

Access accessOfBlock(const Operands& operands, int) {
  const bool isFirst = operands.input(0).rank == 0 || operands.list(0).values[0] == 0;
  return isFirst ? Access::Elements : Access::Whole;
}

double written(const Operands& operands) { return static_cast<double>(operands.output().size); }

// ---- rows

constexpr OpRow kRows[] = {
    OpRow("copy", "y = x (any dtype)")
        .reads("x", Access::Elements)
        .gives("y", Access::Rows)
        .rule(copyRule)
        .kernel(copy),
    OpRow("reshape", "y = x under another shape of the same size (any dtype)")
        .reads("x")
        .accesses(accessOfCopy)
        .gives("y", Access::Rows)
        .shape("shape")
        .rule(reshapeRule)
        .kernel(copy),
    OpRow("broadcastTo", "y = x stretched to a shape (any dtype)")
        .reads("x", Access::Elements)
        .gives("y", Access::Rows)
        .shape("shape")
        .rule(broadcastToRule)
        .kernel(broadcastTo),
    OpRow("transpose",
          "y[i_p0, i_p1, ...] = x[i_0, i_1, ...], axis k of y is axis perm_k of x (any dtype)")
        .reads("x")
        .accesses(accessOfBlock)
        .gives("y", Access::Rows)
        .axes("perm")
        .rule(transposeRule)
        .kernel(transpose),
    OpRow("slice", "y = x[begin : begin + size] (any dtype)")
        .reads("x")
        .accesses(accessOfBlock)
        .gives("y", Access::Rows)
        .shape("begin")
        .shape("size")
        .costs(Cost::Elements, written)
        .rule(sliceRule)
        .kernel(slice),
    OpRow("pad", "y = zeros with x from `before` on and `after` zeros behind it (any dtype)")
        .reads("x")
        .accesses(accessOfBlock)
        .gives("y", Access::Rows)
        .shape("before")
        .shape("after")
        .rule(padRule)
        .kernel(pad),
    OpRow("concat", "y = the inputs joined along an axis (any dtype)")
        .reads("tensors")
        .repeats(1)
        .gives("y")
        .axis("axis")
        .rule(concatRule)
        .kernel(concat),
    OpRow("fill", "y = value (any dtype)")
        .gives("y", Access::Rows)
        .shape("shape")
        .number("value")
        .dtype("dtype")
        .rule(fillRule)
        .kernel(fill),
};

}  // namespace

NABLA_FAMILY(layout, kRows);

}  // namespace nabla::NABLA_ISA
