// What the rules of matrix products share.
#pragma once

#include <cstdint>

#include "kernels.hpp"
#include "table/activation.hpp"

namespace nabla::NABLA_ISA {

/// BLAS counts in 32 bits.
inline bool fitsBlas(std::int64_t dim) { return dim <= INT32_MAX; }

/// y = op(a) op(b) for inputs `a` and `b`, each a matrix or to be taken transposed.
inline void productRule(TypeQuery& query, int a, bool transposeA, int b, bool transposeB, Type& y) {
  query.expectSameDType(a, b);
  query.expectFloat(a);
  const Type &left = query.input(a), &right = query.input(b);
  const bool fits =
      left.rank == 2 && right.rank == 2 &&
      TypeQuery::mayEqual(left.dims[transposeA ? 0 : 1], right.dims[transposeB ? 1 : 0]);
  if (!fits) {
    query.fail(ErrorKind::Range,
               "expected matrices with matching inner sizes but received {%d}%s and {%d}%s", a,
               transposeA ? " transposed" : "", b, transposeB ? " transposed" : "");
  }
  y.dtype = left.dtype;
  y.rank = 2;
  y.dims[0] = left.dims[transposeA ? 1 : 0];
  y.dims[1] = right.dims[transposeB ? 0 : 1];
  if (fitsBlas(left.dims[0]) && fitsBlas(left.dims[1]) && fitsBlas(y.dims[1])) return;
  query.fail(ErrorKind::Range, "expected sizes below 2^31 but received {%d} and {%d}", a, b);
}

/// An activation whose number is at most `last`.
inline void activationRule(TypeQuery& query, int attribute, Activation last) {
  if (query.integer(attribute) <= static_cast<int>(last)) return;
  query.fail(ErrorKind::Range, "no such activation: {=%d}", attribute);
}

/// Multiplications of a product y with `inner` terms each.
inline double multiplications(const View& y, std::int64_t inner) {
  return static_cast<double>(y.size) * static_cast<double>(inner);
}

}  // namespace nabla::NABLA_ISA
