// SGD updates that never store the gradient: the op that computes it subtracts it from the weight,
// or adds up shares of it.
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

Status matMulShares(const Operands& operands, Part part) {
  const View& a = operands.input(0);
  const View& b = operands.input(1);
  const View& y = operands.output();
  const std::int64_t k = a.dims[1], n = b.dims[1];
  const int shares = static_cast<int>(y.dims[0]);
  const Range own = rowsOf(shares, part);
  return withFloat(y, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t share = own.begin; share < own.end; share++) {
      const Range rows = rowsOf(a.dims[0], Part{static_cast<int>(share), shares});
      View x = a, dy = b, product = y;
      x.data = a.as<T>() + rows.begin * k;
      dy.data = b.as<T>() + rows.begin * n;
      x.dims[0] = dy.dims[0] = rows.end - rows.begin;
      product.data = y.as<T>() + share * k * n;
      product.dims[0] = k;
      product.dims[1] = n;
      gemmRows(x, true, dy, false, product, Range{0, k}, T(1), T(0));
    }
  });
}

Status sumShares(const Operands& operands, Part part) {
  const View& x = operands.input(0);
  const View& y = operands.output();
  const std::int64_t n = x.dims[1];
  const int shares = static_cast<int>(y.dims[0]);
  const Range own = rowsOf(shares, part);
  return withFloat(y, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t share = own.begin; share < own.end; share++) {
      const Range rows = rowsOf(x.dims[0], Part{static_cast<int>(share), shares});
      T* const sums = y.as<T>() + share * n;
      for (std::int64_t i = 0; i < n; i++) sums[i] = 0;
      for (std::int64_t row = rows.begin; row < rows.end; row++) {
        const T* const values = x.as<T>() + row * n;
        NABLA_SIMD
        for (std::int64_t i = 0; i < n; i++) sums[i] += values[i];
      }
    }
  });
}

Status sharesUpdate(const Operands& operands, Part part) {
  const View& w = operands.input(0);
  const View& g = operands.input(1);
  const Range range = elementsOf(w, part);
  return withFloat(w, [&](auto zero) {
    using T = decltype(zero);
    const T rate = static_cast<T>(scalarOf(operands.input(2)));
    T* const to = w.as<T>();
    for (std::int64_t share = 0; share < g.dims[0]; share++) {
      const T* const from = g.as<T>() + share * w.size;
      NABLA_SIMD
      for (std::int64_t i = range.begin; i < range.end; i++) to[i] -= rate * from[i];
    }
  });
}

}  // namespace nabla::NABLA_ISA
