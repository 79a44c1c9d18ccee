// The interface of an op: what the executor hands to a kernel, and what a kernel may answer.
#pragma once

#include <cstdint>

#include "table/view.hpp"

namespace nabla {

/// Why an op refused or failed. `None` is success. The binding turns the rest into JavaScript
/// errors (see fault.cpp for the wording).
enum class Fault : std::uint8_t {
  None = 0,
  Shape,       // operands' shapes do not fit the op; a = operand
  DTypeFault,  // operands' dtypes do not fit the op; a = operand
  Attribute,   // an attribute is out of its range; a = attribute
  LabelRange,  // label `a` at position `b` is outside [0, c)
  IndexRange,  // index `a` at position `b` is outside [0, c)
};

struct Status {
  Fault fault = Fault::None;
  std::int64_t a = 0, b = 0, c = 0;

  bool ok() const { return fault == Fault::None; }
};

/// One step's operands. Inputs first come those that the op writes (Variables), see `writes` in
/// ops.def. Shapes were checked by the op's `check`, so a kernel trusts them.
struct Operands {
  const View* const* in = nullptr;
  const View* const* out = nullptr;
  const double* attrs = nullptr;
  int nIn = 0, nOut = 0, nAttr = 0;

  const View& input(int i) const { return *in[i]; }
  const View& output(int i = 0) const { return *out[i]; }
};

/// A thread's share of a step: part `index` of `count`. A kernel cuts its split axis
/// (see `split` in ops.def) into `count` ranges and works on number `index` alone.
struct Part {
  int index = 0;
  int count = 1;
};

/// Half-open range of rows.
struct Range {
  std::int64_t begin, end;
};

/// The rows of part `part` when `rows` are cut as evenly as possible.
inline Range rowsOf(std::int64_t rows, Part part) {
  return {rows * part.index / part.count, rows * (part.index + 1) / part.count};
}

/// Shapes, dtypes and attributes; reads no data. Runs once when a plan is built, before each
/// eager step.
using CheckFn = Status (*)(const Operands&);
/// Label and index values of a part. Runs before anything of the plan is written where it can.
using ValidateFn = Status (*)(const Operands&, Part);

/// The check of an op's label or index values, and the only input whose values it reads.
struct Validator {
  ValidateFn run = nullptr;
  int operand = -1;
};

/// The arithmetic. Never allocates, throws or sees Node-API.
using KernelFn = Status (*)(const Operands&, Part);

/// How a step may be shared out.
enum class Split : std::uint8_t {
  Rows,      // by the leading axis of output 0 (all but the last axis flattened for row-wise ops)
  Elements,  // by flat elements of output 0
  Variable,  // by the first written input (updates): its elements, its rows or shares of them
  Single,    // one thread does it all
};

/// One row of ops.def.
struct OpRow {
  const char* name;
  int inputs;   // -1: any number from 1 on
  int outputs;  // 0 or 1
  int attrs;    // -1: any number
  int writes;   // the first `writes` inputs are written in place; -1: see grouped-updates.hpp
  Split split;
  CheckFn check;
  Validator validator;  // without a function where no values need a check
  const char* doc;
};

}  // namespace nabla
