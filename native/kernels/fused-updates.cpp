// SGD updates that never store the gradient: the op that computes it subtracts it from the weight,
// or adds up shares of it. Passes make them; see passes/fuse-updates.cpp and
// passes/split-updates.cpp.
#include "gemm-rows.hpp"
#include "product-rules.hpp"
#include "sums.hpp"

namespace nabla::NABLA_ISA {
namespace {

void matMulUpdate(const Operands& operands, Part part) {
  const View& w = operands.input(0);
  withFloat(w.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T rate = static_cast<T>(scalarOf(operands.input(3)));
    gemmRows(operands.input(1), operands.flag(0), operands.input(2), operands.flag(1), w,
             rowsOf(w.dims[0], part), -rate, T(1));
  });
}

/// Calls f(zero, w, rate, own) for weight and rate, inputs 0 and 2: `zero` tells the type, `own` is
/// the part's share of the weight.
template <typename F>
void withWeight(const Operands& operands, Part part, F f) {
  const View& w = operands.input(0);
  withFloat(w.dtype, [&](auto zero) {
    using T = decltype(zero);
    f(zero, w.as<T>(), static_cast<T>(scalarOf(operands.input(2))), elementsOf(w, part));
  });
}

void sumUpdate(const Operands& operands, Part part) {
  const View& x = operands.input(1);
  withWeight(operands, part, [&](auto zero, auto* w, auto rate, Range columns) {
    using T = decltype(zero);
    eachColumnSum(x.as<T>(), {0, x.dims[0]}, operands.input(0).size, columns,
                  [=](std::int64_t i, T sum) { w[i] -= rate * sum; });
  });
}

/// Calls f(zero, share, rows) for the part's shares of a result of `shares`, and the rows of inputs
/// of `count` that each is made of.
template <typename F>
void eachShare(const View& y, std::int64_t count, Part part, F f) {
  const int shares = static_cast<int>(y.dims[0]);
  const Range own = rowsOf(shares, part);
  withFloat(y.dtype, [&](auto zero) {
    for (std::int64_t share = own.begin; share < own.end; share++) {
      f(zero, share, rowsOf(count, Part{static_cast<int>(share), shares}));
    }
  });
}

void matMulShares(const Operands& operands, Part part) {
  const View& a = operands.input(0);
  const View& b = operands.input(1);
  const View& y = operands.output();
  const std::int64_t k = a.dims[1], n = b.dims[1];
  eachShare(y, a.dims[0], part, [&](auto zero, std::int64_t share, Range rows) {
    using T = decltype(zero);
    View x = a, dy = b, product = y;
    x.data = a.as<T>() + rows.begin * k;
    dy.data = b.as<T>() + rows.begin * n;
    x.dims[0] = dy.dims[0] = rows.end - rows.begin;
    product.data = y.as<T>() + share * k * n;
    product.dims[0] = k;
    product.dims[1] = n;
    gemmRows(x, true, dy, false, product, Range{0, k}, T(1), T(0));
  });
}

void sumShares(const Operands& operands, Part part) {
  const View& x = operands.input(0);
  const View& y = operands.output();
  const std::int64_t n = x.dims[1];
  eachShare(y, x.dims[0], part, [&](auto zero, std::int64_t share, Range rows) {
    using T = decltype(zero);
    T* const sums = y.as<T>() + share * n;
    eachColumnSum(x.as<T>(), rows, n, {0, n}, [=](std::int64_t i, T sum) { sums[i] = sum; });
  });
}

void sharesUpdate(const Operands& operands, Part part) {
  const View& g = operands.input(1);
  withWeight(operands, part, [&](auto zero, auto* w, auto rate, Range range) {
    using T = decltype(zero);
    for (std::int64_t share = 0; share < g.dims[0]; share++) {
      const T* const from = g.as<T>() + share * operands.input(0).size;
      NABLA_SIMD
      for (std::int64_t i = range.begin; i < range.end; i++) w[i] -= rate * from[i];
    }
  });
}

// ---- rules

void matMulUpdateRule(TypeQuery& query) {
  Type product;
  productRule(query, 1, query.flag(0), 2, query.flag(1), product);
  query.expectType(0, product);
  query.expectFloatScalar(3);
}

/// Inputs `weight` [n] and `x` [m, n] of one float dtype.
void sumRule(TypeQuery& query, int x) {
  query.expectFloat(x);
  if (query.input(x).rank != 2)
    query.fail(ErrorKind::Range, "expected a matrix but received {%d}", x);
}

void sumUpdateRule(TypeQuery& query) {
  sumRule(query, 1);
  Type sum = query.input(1);
  sum.rank = 1;
  sum.dims[0] = query.input(1).dims[1];
  query.expectType(0, sum);
  query.expectFloatScalar(2);
}

/// The output becomes so many slices of `slice`.
void sharesRule(TypeQuery& query, const Type& slice) {
  const std::int64_t shares = query.integer(0);
  if (shares < 1) query.fail(ErrorKind::Range, "expected shares but received {=0}");
  Type& y = query.output();
  y.dtype = slice.dtype;
  query.append(y, shares);
  for (int axis = 0; axis < slice.rank; axis++) query.append(y, slice.dims[axis]);
}

void matMulSharesRule(TypeQuery& query) {
  Type product;
  productRule(query, 0, true, 1, false, product);
  sharesRule(query, product);
}

void sumSharesRule(TypeQuery& query) {
  sumRule(query, 0);
  Type sum = query.input(0);
  sum.rank = 1;
  sum.dims[0] = query.input(0).dims[1];
  sharesRule(query, sum);
}

void sharesUpdateRule(TypeQuery& query) {
  query.expectFloat(0);
  const Type& weight = query.input(0);
  Type wanted;
  wanted.dtype = weight.dtype;
  query.append(wanted, kUnknown);
  for (int axis = 0; axis < weight.rank; axis++) query.append(wanted, weight.dims[axis]);
  query.expectType(1, wanted);
  query.expectFloatScalar(2);
}

// ---- rows

Access accessOfFactor(const Operands& operands, int input) {
  return input == 1 && !operands.flag(0) ? Access::Rows : Access::Whole;
}

double updateWork(const Operands& operands) {
  return multiplications(operands.input(0), operands.input(1).dims[operands.flag(0) ? 0 : 1]);
}

double sharesWork(const Operands& operands) {
  return multiplications(operands.input(0), operands.input(1).dims[1]);
}

constexpr OpRow kRows[] = {
    OpRow("matMulUpdate", "w -= lr * op(a) op(b); inputs w, a, b, lr")
        .writes("w", Access::Rows)
        .reads("a")
        .reads("b")
        .reads("lr")
        .accesses(accessOfFactor)
        .flag("transposeA")
        .flag("transposeB")
        .costs(Cost::Products, updateWork)
        .fused()
        .rule(matMulUpdateRule)
        .kernel(matMulUpdate),
    OpRow("sumUpdate", "w -= lr * sum of x over its rows; inputs w [n], x [m, n], lr")
        .writes("w", Access::Elements)
        .reads("x")
        .reads("lr")
        .fused()
        .rule(sumUpdateRule)
        .kernel(sumUpdate),
    // Shares of the rows need not be parts of them: a and b are read whole.
    OpRow("matMulShares",
          "y[s] = a^T b over share s of the rows; inputs a [m, k], b [m, n]; y [shares, k, n]")
        .reads("a")
        .reads("b")
        .gives("y", Access::Rows)
        .number("shares")
        .costs(Cost::Products, sharesWork)
        .fused()
        .rule(matMulSharesRule)
        .kernel(matMulShares),
    OpRow("sumShares", "y[s] = sum over share s of the rows; input x [m, n]; y [shares, n]")
        .reads("x")
        .gives("y", Access::Rows)
        .number("shares")
        .fused()
        .rule(sumSharesRule)
        .kernel(sumShares),
    OpRow("sharesUpdate", "w -= lr * sum over s of g[s]; inputs w, g [shares, w's shape], lr")
        .writes("w", Access::Elements)
        .reads("g")
        .reads("lr")
        .fused()
        .rule(sharesUpdateRule)
        .kernel(sharesUpdate),
};

}  // namespace

NABLA_FAMILY(fusedUpdates, kRows);

}  // namespace nabla::NABLA_ISA
