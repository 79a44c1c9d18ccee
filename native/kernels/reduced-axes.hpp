// Reductions: which elements of the input make which result, and what their rows have in common.
#pragma once

#include "kernels.hpp"
#include "walk.hpp"

namespace nabla::NABLA_ISA {

/// The input of a reduction as [kept axes] x [reduced axes], both with strides into x.
struct Reduction {
  Walk<1> kept, reduced;
  std::int64_t count = 1;  // elements that make one result
};

/// Bit k: axis k.
inline unsigned maskOf(const Attribute& axes) {
  unsigned mask = 0;
  for (int i = 0; i < axes.count; i++) mask |= 1u << static_cast<unsigned>(axes.values[i]);
  return mask;
}

inline Reduction reductionOf(const View& x, unsigned mask) {
  std::int64_t strides[kMaxRank];
  std::int64_t stride = 1;
  for (int axis = x.rank - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= x.dims[axis];
  }
  Reduction result;
  for (int axis = 0; axis < x.rank; axis++) {
    const bool isReduced = (mask >> axis & 1) != 0;
    (isReduced ? result.reduced : result.kept).addAxis(x.dims[axis], {strides[axis]});
    if (isReduced) result.count *= x.dims[axis];
  }
  return result;
}

// ---- rules

/// The axes that are kept, with size 1 in the place of the others if `keepDims`.
inline void keepAxes(TypeQuery& query, unsigned mask, bool keepDims, Type& y) {
  const Type& x = query.input(0);
  for (int axis = 0; axis < x.rank; axis++) {
    const bool isReduced = (mask >> axis & 1) != 0;
    if (!isReduced || keepDims) query.append(y, isReduced ? 1 : x.dims[axis]);
  }
}

inline void reduceRule(TypeQuery& query) {
  Type& y = query.output();
  y.dtype = query.input(0).dtype;
  keepAxes(query, query.axes(0, query.input(0).rank), query.flag(1), y);
}

// ---- access: the input's leading axis is the output's, unless it goes

inline std::int64_t leadingDim(const View& view) { return view.rank == 0 ? 1 : view.dims[0]; }

inline Access accessOfReduction(const Operands& operands, int) {
  const View &x = operands.input(0), &y = operands.output();
  const bool keeps = (maskOf(operands.list(0)) & 1) == 0 && leadingDim(y) == leadingDim(x);
  return keeps || x.rank == 0 ? Access::Rows : Access::Whole;
}

// ---- rows

constexpr OpRow reduction(const char* name, const char* doc, RuleFn rule, KernelFn kernel) {
  return OpRow(name, doc)
      .reads("x")
      .accesses(accessOfReduction)
      .gives("y", Access::Rows)
      .axes("axis")
      .flag("keepDims")
      .rule(rule)
      .kernel(kernel);
}

}  // namespace nabla::NABLA_ISA
