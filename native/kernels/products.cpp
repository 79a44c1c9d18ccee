// Matrix multiplication by OpenBLAS, and a fully connected layer as one step: product, then bias
// and activation while the rows are in cache. Parts take rows of the output.
#include "activate-rows.hpp"
#include "gemm-rows.hpp"
#include "product-rules.hpp"

namespace nabla::NABLA_ISA {
namespace {

/// dz[i] *= f'(y[i]), written with the output y of f
template <typename T>
void scaleByDerivative(Activation activation, T* dz, const T* y, std::int64_t size) {
  switch (activation) {
    case Activation::Relu:
      NABLA_SIMD
      for (std::int64_t i = 0; i < size; i++) dz[i] = y[i] > 0 ? dz[i] : T(0);
      return;
    case Activation::Sigmoid:
      NABLA_SIMD
      for (std::int64_t i = 0; i < size; i++) dz[i] = dz[i] * y[i] * (1 - y[i]);
      return;
    case Activation::Tanh:
      NABLA_SIMD
      for (std::int64_t i = 0; i < size; i++) dz[i] = dz[i] * (1 - y[i] * y[i]);
      return;
    case Activation::Linear:
    case Activation::Softmax:  // its derivative is no product; the check refuses it
      return;
  }
}

void matMul(const Operands& operands, Part part) {
  const View& y = operands.output();
  withFloat(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    gemmRows(operands.input(0), operands.flag(0), operands.input(1), operands.flag(1), y,
             rowsOf(y.dims[0], part), T(1), T(0));
  });
}

void dense(const Operands& operands, Part part) {
  const View& y = operands.output();
  const std::int64_t n = y.dims[1];
  const Range rows = rowsOf(y.dims[0], part);
  if (n == 0) return;
  withFloat(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    gemmRows(operands.input(0), false, operands.input(1), false, y, rows, T(1), T(0));
    activateRows(activationOf(operands), y.as<T>() + rows.begin * n, operands.input(2).as<T>(),
                 rows.end - rows.begin, n);
  });
}

void denseGrad(const Operands& operands, Part part) {
  const View& dz = operands.output();
  const std::int64_t n = dz.dims[1];
  const Range rows = rowsOf(dz.dims[0], part);
  withFloat(dz.dtype, [&](auto zero) {
    using T = decltype(zero);
    gemmRows(operands.input(0), false, operands.input(1), true, dz, rows, T(1), T(0));
    scaleByDerivative(activationOf(operands), dz.as<T>() + rows.begin * n,
                      operands.input(2).as<T>() + rows.begin * n, (rows.end - rows.begin) * n);
  });
}

// ---- rules

void matMulRule(TypeQuery& query) {
  productRule(query, 0, query.flag(0), 1, query.flag(1), query.output());
}

void denseRule(TypeQuery& query) {
  activationRule(query, 0, Activation::Softmax);
  Type& y = query.output();
  productRule(query, 0, false, 1, false, y);
  Type bias = y;
  bias.rank = 1;
  bias.dims[0] = y.dims[1];
  query.expectType(2, bias);
}

void denseGradRule(TypeQuery& query) {
  activationRule(query, 0, Activation::Tanh);
  productRule(query, 0, false, 1, true, query.output());
  query.expectType(2, query.output());
}

// ---- rows

Access accessOfFactor(const Operands& operands, int input) {
  return input == 0 && !operands.flag(0) ? Access::Rows : Access::Whole;
}

double matMulWork(const Operands& operands) {
  return multiplications(operands.output(), operands.input(0).dims[operands.flag(0) ? 0 : 1]);
}

double denseWork(const Operands& operands) {
  return multiplications(operands.output(), operands.input(0).dims[1]);
}

constexpr OpRow kRows[] = {
    OpRow("matMul", "y = op(a) op(b), op(x) = x or its transpose; matrices")
        .reads("a")
        .reads("b")
        .accesses(accessOfFactor)
        .gives("y", Access::Rows)
        .flag("transposeA")
        .flag("transposeB")
        .costs(Cost::Products, matMulWork)
        .rule(matMulRule)
        .kernel(matMul),
    OpRow("dense", "y = f(x w + b); inputs x [m, k], w [k, n], b [n]; attribute activation f")
        .reads("x", Access::Rows)
        .reads("w")
        .reads("b")
        .gives("y", Access::Rows)
        .activation("activation")
        .costs(Cost::Products, denseWork)
        .fused()
        .rule(denseRule)
        .kernel(dense),
    OpRow("denseGrad",
          "dz = (dy w^T) f'(y), by the output y of f; inputs dy [m, n], w [k, n], y [m, k]; "
          "attribute activation f")
        .reads("dy", Access::Rows)
        .reads("w")
        .reads("y", Access::Rows)
        .gives("dz", Access::Rows)
        .activation("activation")
        .costs(Cost::Products, denseWork)
        .fused()
        .rule(denseGradRule)
        .kernel(denseGrad),
};

}  // namespace

NABLA_FAMILY(products, kRows);

}  // namespace nabla::NABLA_ISA
