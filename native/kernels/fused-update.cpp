// SGD updates that never store the gradient: the op that computes it subtracts it from the weight.
#include "gemm-rows.hpp"

namespace nabla::NABLA_ISA {

Status matMulUpdate(const Operands& operands, Part part) {
  const View& w = operands.input(0);
  return withFloat(w, [&](auto zero) {
    using T = decltype(zero);
    const T rate = static_cast<T>(scalarOf(operands.input(3)));
    gemmRows(operands.input(1), operands.attrs[0] != 0, operands.input(2), operands.attrs[1] != 0,
             w, rowsOf(w.dims[0], part), -rate, T(1));
  });
}

Status sumUpdate(const Operands& operands, Part part) {
  const View& w = operands.input(0);
  const View& x = operands.input(1);
  const Range columns = elementsOf(w, part);
  return withFloat(w, [&](auto zero) {
    using T = decltype(zero);
    const T rate = static_cast<T>(scalarOf(operands.input(2)));
    T* const to = w.as<T>();
    // Blocks of columns whose sums stay in registers while the rows pass.
    constexpr std::int64_t kBlock = 64;
    for (std::int64_t begin = columns.begin; begin < columns.end; begin += kBlock) {
      const std::int64_t end = begin + kBlock < columns.end ? begin + kBlock : columns.end;
      T sums[kBlock] = {};
      const T* row = x.as<T>() + begin;
      for (std::int64_t i = 0; i < x.dims[0]; i++, row += w.size) {
        NABLA_SIMD
        for (std::int64_t k = 0; k < end - begin; k++) sums[k] += row[k];
      }
      NABLA_SIMD
      for (std::int64_t k = 0; k < end - begin; k++) to[begin + k] -= rate * sums[k];
    }
  });
}

}  // namespace nabla::NABLA_ISA
