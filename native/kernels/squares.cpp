// Sums of squares, which are not stored on their way. Passes make them; see
// passes/fuse-squares.cpp.
#include "sums-over-axes.hpp"

namespace nabla::NABLA_ISA {
namespace {

void sumSquares(const Operands& operands, Part part) {
  const View& y = operands.output();
  withFloat(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    sumOver<T>(operands.input(0), nullptr, y.as<T>(), operands.list(0), elementsOf(y, part),
               [](auto x, auto) { return x * x; });
  });
}

void meanSquares(const Operands& operands, Part part) {
  sumSquares(operands, part);
  divideByCount(operands.input(0), operands.output(), part);
}

// ---- rules

void squaresRule(TypeQuery& query) {
  query.expectFloat(0);
  reduceRule(query);
}

// ---- rows

constexpr OpRow kRows[] = {
    reduction("sumSquares", "y = sum of x * x over axes", squaresRule, sumSquares).fused(),
    reduction("meanSquares", "y = mean of x * x over axes", squaresRule, meanSquares).fused(),
};

}  // namespace

NABLA_FAMILY(squares, kRows);

}  // namespace nabla::NABLA_ISA
