// What kernels and rules along the axes of a tensor share.
#pragma once

#include "kernels.hpp"

namespace nabla::NABLA_ISA {

/// Product of the dims of axes [begin, end) of a view or a type.
template <typename Shape>
std::int64_t sizeOfAxes(const Shape& shape, int begin, int end) {
  std::int64_t size = 1;
  for (int axis = begin; axis < end; axis++) size *= shape.dims[axis];
  return size;
}

/// Lets attribute `i`, which has a number for each axis of input 0, miss those at the end: they
/// become `rest`.
inline void completeAxes(TypeQuery& query, int i, double rest) {
  Attribute& list = query.attribute(i);
  const int rank = query.input(0).rank;
  if (list.count > rank) {
    query.fail(ErrorKind::Range, "expected at most %d axes but received {=%d}", rank, i);
  }
  while (list.count < rank) list.values[list.count++] = rest;
}

}  // namespace nabla::NABLA_ISA
