// Matrix multiplication by OpenBLAS. Parts take rows of the output.
#include "gemm-rows.hpp"

namespace nabla::NABLA_ISA {

Status matMul(const Operands& operands, Part part) {
  const View& y = operands.output();
  return withFloat(y, [&](auto zero) {
    using T = decltype(zero);
    gemmRows(operands.input(0), operands.attrs[0] != 0, operands.input(1), operands.attrs[1] != 0,
             y, rowsOf(y.dims[0], part), T(1), T(0));
  });
}

}  // namespace nabla::NABLA_ISA
