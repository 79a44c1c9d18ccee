// Matrix multiplication by OpenBLAS, and a fully connected layer as one step: product, then bias
// and activation while the rows are in cache. Parts take rows of the output.
#include "activate-rows.hpp"
#include "gemm-rows.hpp"
#include "product-rules.hpp"
#include "walk.hpp"

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

// A product of more than two axes is one of many matrices, whose leading axes stretch to those of
// y.

/// The leading axes as an operand of their own.
View matricesOf(const View& view) {
  Type leading = view;
  leading.rank -= 2;
  return viewOf(leading);
}

/// True for rows of many matrices by the same one: a single product.
bool isFlat(const Operands& operands) {
  const View &a = operands.input(0), &b = operands.input(1), &y = operands.output();
  const View leading = matricesOf(y);
  return !operands.flag(0) && matricesOf(b).size == 1 && sameShape(matricesOf(a), leading) &&
         fitsBlas(leading.size * y.dims[y.rank - 2]);
}

constexpr std::int64_t kManySlices = 8;

/// The rows or matrices that are shared out.
std::int64_t unitsOf(const Operands& operands) {
  const View& y = operands.output();
  const std::int64_t matrices = matricesOf(y).size;
  return isFlat(operands) ? matrices * y.dims[y.rank - 2] : matrices;
}

/// Slices of the leading axis as steps around it have them, or, where those are few, finer ones.
std::int64_t slicesOfProduct(const Operands& operands) {
  const View& y = operands.output();
  return y.rank == 2 || y.dims[0] >= kManySlices ? y.dims[0] : unitsOf(operands);
}

/// A view as one matrix, whose rows are those of all.
View flattened(const View& view) {
  View rows = view;
  rows.rank = 2;
  rows.dims[1] = view.lastDim();
  rows.dims[0] = rows.dims[1] == 0 ? 0 : view.size / rows.dims[1];
  return rows;
}

/// Matrix number `i` of a view.
View matrixAt(const View& view, std::int64_t i) {
  View matrix = view;
  matrix.rank = 2;
  for (int axis = 0; axis < 2; axis++) matrix.dims[axis] = view.dims[view.rank - 2 + axis];
  matrix.size = matrix.dims[0] * matrix.dims[1];
  matrix.data = static_cast<char*>(view.data) + static_cast<std::size_t>(i) * matrix.bytes();
  return matrix;
}

template <typename T>
void multiplyEach(const Operands& operands, Range range) {
  const View &a = operands.input(0), &b = operands.input(1), &y = operands.output();
  const View leading[] = {matricesOf(a), matricesOf(b)};
  const View* const in[] = {&leading[0], &leading[1]};
  const Walk<2> walk = broadcastWalk<2>(matricesOf(y), in);
  const std::int64_t aStep = walk.innerStride(0), bStep = walk.innerStride(1);
  walk.forRuns(range, [&](std::int64_t first, std::int64_t length, const std::int64_t* offsets) {
    for (std::int64_t i = 0; i < length; i++) {
      const View target = matrixAt(y, first + i);
      gemmRows(matrixAt(a, offsets[0] + i * aStep), operands.flag(0),
               matrixAt(b, offsets[1] + i * bStep), operands.flag(1), target,
               Range{0, target.dims[0]}, T(1), T(0));
    }
  });
}

void multiplyMany(const Operands& operands, Part part) {
  const View &a = operands.input(0), &b = operands.input(1), &y = operands.output();
  if (y.size == 0) return;
  const std::int64_t slices = slicesOfProduct(operands);
  const std::int64_t units = unitsOf(operands), each = units / slices;
  const Range range = rowsOf(slices, part);
  const Range own = {range.begin * each, range.end * each};
  withFloat(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    if (!isFlat(operands)) {
      multiplyEach<T>(operands, own);
      return;
    }
    View rows = flattened(a);
    rows.dims[0] = units;  // also where they are empty
    gemmRows(rows, false, matrixAt(b, 0), operands.flag(1), flattened(y), own, T(1), T(0));
  });
}

void matMul(const Operands& operands, Part part) {
  const View& y = operands.output();
  if (y.rank > 2) {
    multiplyMany(operands, part);
    return;
  }
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

/// The last two axes of an operand.
Type matrixOf(const Type& type) {
  Type matrix;
  matrix.dtype = type.dtype;
  matrix.rank = 2;
  for (int axis = 0; axis < 2; axis++) matrix.dims[axis] = type.dims[type.rank - 2 + axis];
  return matrix;
}

void matMulRule(TypeQuery& query) {
  const Type &a = query.input(0), &b = query.input(1);
  Type& y = query.output();
  if (a.rank < 2 || b.rank < 2 || (a.rank == 2 && b.rank == 2)) {
    productRule(query, 0, query.flag(0), 1, query.flag(1), y);
    return;
  }
  query.expectSameDType(0, 1);
  query.expectFloat(0);
  const Type left = matrixOf(a), right = matrixOf(b);
  const int inner = query.flag(0) ? 0 : 1, outer = query.flag(1) ? 0 : 1;
  if (!TypeQuery::mayEqual(left.dims[inner], right.dims[1 - outer])) {
    query.fail(ErrorKind::Range,
               "expected matrices with matching inner sizes but received {0}%s and {1}%s",
               query.flag(0) ? " transposed" : "", query.flag(1) ? " transposed" : "");
  }
  if (!fitsBlas(left.dims[0]) || !fitsBlas(left.dims[1]) || !fitsBlas(right.dims[outer])) {
    query.fail(ErrorKind::Range, "expected sizes below 2^31 but received {0} and {1}");
  }
  Type leadingOfA = a, leadingOfB = b;
  leadingOfA.rank -= 2;
  leadingOfB.rank -= 2;
  y.dtype = a.dtype;
  query.broadcast(leadingOfA, leadingOfB, y);
  query.append(y, left.dims[1 - inner]);
  query.append(y, right.dims[outer]);
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
  if (operands.output().rank == 2) {
    return input == 0 && !operands.flag(0) ? Access::Rows : Access::Whole;
  }
  const bool isShared = isFlat(operands) && input == 1;
  const bool isAligned =
      sameShape(matricesOf(operands.input(input)), matricesOf(operands.output()));
  return isAligned && !isShared ? Access::Rows : Access::Whole;
}

double matMulWork(const Operands& operands) {
  const View& a = operands.input(0);
  return multiplications(operands.output(), a.dims[a.rank - (operands.flag(0) ? 2 : 1)]);
}

double denseWork(const Operands& operands) {
  return multiplications(operands.output(), operands.input(0).dims[1]);
}

constexpr OpRow kRows[] = {
    OpRow(
        "matMul",
        "y = op(a) op(b), op(x) = x or its transpose; matrices, or many of them whose leading axes "
        "broadcast")
        .reads("a")
        .reads("b")
        .accesses(accessOfFactor)
        .gives("y", Access::Rows)
        .slices(slicesOfProduct)
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
