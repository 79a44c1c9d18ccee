// What accumulates along one axis: running sums and products, the product of all, recurrences.
#include "kernels.hpp"
#include "totals.hpp"

namespace nabla::NABLA_ISA {
namespace {

// ---- kernels

constexpr std::int64_t kWidth = 32;  // neighbours that are accumulated side by side

/// A tensor as [outer, n, inner], n being the axis that is walked.
struct Along {
  std::int64_t outer = 1, n, inner = 1;

  Along(const Type& x, int axis) : n(x.dims[axis]) {
    for (int i = 0; i < axis; i++) outer *= x.dims[i];
    for (int i = axis + 1; i < x.rank; i++) inner *= x.dims[i];
  }
};

/// The outer slices of `part`; the last part takes them all where the leading axis is walked.
Range outerOf(const View& y, int axis, const Along& along, Part part) {
  if (axis == 0) return {0, part.index == part.count - 1 ? 1 : 0};
  const std::int64_t each = y.dims[0] == 0 ? 0 : along.outer / y.dims[0];
  const Range rows = rowsOf(y.dims[0], part);
  return {rows.begin * each, rows.end * each};
}

/// Calls f(offset, width) for blocks of neighbours that cover the slices of `part`.
template <typename F>
void eachBlock(const View& y, int axis, const Along& along, Part part, F f) {
  const Range slices = outerOf(y, axis, along, part);
  for (std::int64_t slice = slices.begin; slice < slices.end; slice++) {
    const std::int64_t start = slice * along.n * along.inner;
    for (std::int64_t j = 0; j < along.inner; j += kWidth) {
      f(start + j, along.inner - j < kWidth ? along.inner - j : kWidth);
    }
  }
}

/// y[k] = total of x[0 ... k], or of x[0 ... k - 1]; backwards, of x[k ... n - 1] likewise.
template <typename Total, typename T>
void scanBlock(const T* x, T* y, const Along& along, std::int64_t width, bool exclusive,
               bool reverse) {
  Total totals[kWidth];
  for (std::int64_t step = 0; step < along.n; step++) {
    const std::int64_t at = (reverse ? along.n - 1 - step : step) * along.inner;
    for (std::int64_t j = 0; j < width; j++) {
      const T value = x[at + j];
      const T before = totals[j].value();
      totals[j].take(value);
      y[at + j] = exclusive ? before : totals[j].value();
    }
  }
}

template <template <typename> class Total>
void scan(const Operands& operands, Part part) {
  const View &x = operands.input(0), &y = operands.output();
  const int axis = operands.axis(0);
  const Along along(x, axis);
  withNumeric(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    eachBlock(y, axis, along, part, [&](std::int64_t offset, std::int64_t width) {
      scanBlock<Total<T>>(x.as<T>() + offset, y.as<T>() + offset, along, width, operands.flag(1),
                          operands.flag(2));
    });
  });
}

void linearScan(const Operands& operands, Part part) {
  const View &a = operands.input(0), &b = operands.input(1), &y = operands.output();
  const int axis = operands.axis(0);
  const bool reverse = operands.flag(1);
  const Along along(y, axis);
  withFloat(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    eachBlock(y, axis, along, part, [&](std::int64_t offset, std::int64_t width) {
      double last[kWidth] = {};
      for (std::int64_t step = 0; step < along.n; step++) {
        const std::int64_t at = offset + (reverse ? along.n - 1 - step : step) * along.inner;
        for (std::int64_t j = 0; j < width; j++) {
          const double added = static_cast<double>(b.as<T>()[at + j]);
          last[j] = step == 0 ? added : static_cast<double>(a.as<T>()[at + j]) * last[j] + added;
          y.as<T>()[at + j] = static_cast<T>(last[j]);
        }
      }
    });
  });
}

/// The product of `n` neighbours, in lanes that do not wait for each other.
template <typename T>
T productOfRow(const T* x, std::int64_t n) {
  constexpr std::int64_t kLanes = 8;
  Product<T> lanes[kLanes];
  for (std::int64_t i = 0; i < n; i++) lanes[i % kLanes].take(x[i]);
  for (std::int64_t k = 1; k < kLanes; k++) lanes[0].take(lanes[k].value());
  return lanes[0].value();
}

/// y[j] = product of x[k][j] over k, for `width` neighbours.
template <typename T>
void multiplyBlock(const T* x, T* y, const Along& along, std::int64_t width) {
  Product<T> totals[kWidth];
  for (std::int64_t k = 0; k < along.n; k++) {
    for (std::int64_t j = 0; j < width; j++) totals[j].take(x[k * along.inner + j]);
  }
  for (std::int64_t j = 0; j < width; j++) y[j] = totals[j].value();
}

void prod(const Operands& operands, Part part) {
  const View &x = operands.input(0), &y = operands.output();
  const Along along(x, operands.axis(0));
  const Range range = elementsOf(y, part);
  withNumeric(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = range.begin; i < range.end;) {
      const std::int64_t j = i % along.inner;
      const T* const from = x.as<T>() + (i / along.inner) * along.n * along.inner + j;
      std::int64_t width = 1;
      if (along.inner == 1) {
        y.as<T>()[i] = productOfRow(from, along.n);
      } else {
        width = along.inner - j < kWidth ? along.inner - j : kWidth;
        if (width > range.end - i) width = range.end - i;
        multiplyBlock(from, y.as<T>() + i, along, width);
      }
      i += width;
    }
  });
}

// ---- rules

void scanRule(TypeQuery& query) {
  query.expectNumeric(0);
  query.axis(0, query.input(0).rank);
  query.output() = query.input(0);
}

void linearScanRule(TypeQuery& query) {
  query.expectFloat(0);
  query.expectType(1, query.input(0));
  query.axis(0, query.input(0).rank);
  query.output() = query.input(0);
}

void prodRule(TypeQuery& query) {
  query.expectNumeric(0);
  const Type& x = query.input(0);
  const int axis = query.axis(0, x.rank);
  Type& y = query.output();
  y.dtype = x.dtype;
  for (int i = 0; i < x.rank; i++) {
    if (i != axis) query.append(y, x.dims[i]);
    if (i == axis && query.flag(1)) query.append(y, 1);
  }
}

// ---- access: slices of the leading axis, but where it is the one that is walked

std::int64_t slicesOfScan(const Operands& operands) {
  return operands.axis(0) == 0 ? 1 : operands.output().dims[0];
}

Access accessOfProduct(const Operands& operands, int) {
  return operands.axis(0) > 0 ? Access::Rows : Access::Whole;
}

// ---- rows

constexpr OpRow running(const char* name, const char* doc, KernelFn kernel) {
  return OpRow(name, doc)
      .reads("x", Access::Rows)
      .gives("y", Access::Rows)
      .axis("axis")
      .flag("exclusive")
      .flag("reverse")
      .slices(slicesOfScan)
      .inPlace()
      .rule(scanRule)
      .kernel(kernel);
}

constexpr OpRow kRows[] = {
    running("cumSum",
            "y = sums of x along an axis up to each element, or up to the one before it "
            "(exclusive); from the end where reversed (float or int32)",
            scan<Sum>),
    running("cumProd", "y = products likewise (float or int32)", scan<Product>),
    OpRow("linearScan",
          "y[k] = a[k] y[k - 1] + b[k] along an axis, y[0] = b[0]; from the end where "
          "reversed")
        .reads("a", Access::Rows)
        .reads("b", Access::Rows)
        .gives("y", Access::Rows)
        .axis("axis")
        .flag("reverse")
        .slices(slicesOfScan)
        .inPlace()
        .rule(linearScanRule)
        .kernel(linearScan),
    OpRow("prod", "y = product along an axis (float or int32)")
        .reads("x")
        .accesses(accessOfProduct)
        .gives("y", Access::Rows)
        .axis("axis")
        .flag("keepDims")
        .rule(prodRule)
        .kernel(prod),
};

}  // namespace

NABLA_FAMILY(cumulatives, kRows);

}  // namespace nabla::NABLA_ISA
