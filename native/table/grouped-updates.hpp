// Updates of several Variables as one step: an optimizer's for all of its weights.
//
// The operands stand by role: all weights, then each kind of state, then all gradients, then what
// the weights share (rate, step). Each weight is cut along its own leading axis.
#pragma once

#include "table/op.hpp"
#include "table/ops.hpp"

namespace nabla {

/// What such an op stands for, of one weight.
struct GroupedUpdate {
  Op grouped, single;
  int written;  // operands that are written: the weight and its state
  int shared;   // operands at the end that all weights share

  /// Operands of each weight: those written, and the gradient.
  constexpr int roles() const { return written + 1; }
  constexpr int weights(int inputs) const { return (inputs - shared) / roles(); }
};

constexpr GroupedUpdate kGroupedUpdates[] = {
    {Op::sgdUpdates, Op::sgdUpdate, 1, 1},
    {Op::momentumUpdates, Op::momentumUpdate, 2, 1},
    {Op::adamUpdates, Op::adamUpdate, 3, 2},
};

/// Null if the op is none.
inline const GroupedUpdate* groupedUpdateOf(int op) {
  for (const GroupedUpdate& update : kGroupedUpdates) {
    if (static_cast<int>(update.grouped) == op) return &update;
  }
  return nullptr;
}

/// How many of a step's first inputs it writes in place.
inline int writesOf(const OpRow& row, int op, int inputs) {
  if (row.writes >= 0) return row.writes;
  const GroupedUpdate& update = *groupedUpdateOf(op);
  return update.written * update.weights(inputs);
}

}  // namespace nabla
