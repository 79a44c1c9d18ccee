#include "table/checks.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "table/activation.hpp"
#include "table/grouped-updates.hpp"

namespace nabla {
namespace {

constexpr Status kFine{};

Status shapeFault(int operand) { return {Fault::Shape, operand, 0, 0}; }
Status dtypeFault(int operand) { return {Fault::DTypeFault, operand, 0, 0}; }
Status attributeFault(int attribute) { return {Fault::Attribute, attribute, 0, 0}; }

bool isInteger(DType dtype) { return !isFloat(dtype); }

/// BLAS counts in 32 bits.
bool fitsBlas(std::int64_t dim) { return dim <= std::numeric_limits<std::int32_t>::max(); }

/// True if `input` stretches to `output`: trailing axes aligned, sizes equal or 1.
bool broadcasts(const View& input, const View& output) {
  if (input.rank > output.rank) return false;
  for (int axis = 0; axis < input.rank; axis++) {
    const std::int64_t dim = input.dims[axis];
    if (dim != 1 && dim != output.dims[output.rank - input.rank + axis]) return false;
  }
  return true;
}

/// An attribute that is an integer in [low, high].
bool isIntegerIn(double value, double low, double high) {
  return value >= low && value <= high && value == std::floor(value);
}

/// All inputs have the shape and dtype of `model`.
Status allLike(const Operands& operands, int first, int last, const View& model) {
  for (int i = first; i <= last; i++) {
    if (operands.input(i).dtype != model.dtype) return dtypeFault(i);
    if (!sameShape(operands.input(i), model)) return shapeFault(i);
  }
  return kFine;
}

Status broadcastAll(const Operands& operands) {
  for (int i = 0; i < operands.nIn; i++) {
    if (!broadcasts(operands.input(i), operands.output())) return shapeFault(i);
  }
  return kFine;
}

Status floatScalar(const Operands& operands, int i) {
  if (!isFloat(operands.input(i).dtype)) return dtypeFault(i);
  return operands.input(i).rank == 0 ? kFine : shapeFault(i);
}

/// True if `rows` is `view` without its last axis.
bool isLeadingShape(const View& rows, const View& view) {
  if (view.rank == 0 || rows.rank != view.rank - 1) return false;
  for (int axis = 0; axis < rows.rank; axis++) {
    if (rows.dims[axis] != view.dims[axis]) return false;
  }
  return true;
}

Status labelsFor(const Operands& operands, int labels, const View& predicted) {
  if (!isInteger(operands.input(labels).dtype)) return dtypeFault(labels);
  return isLeadingShape(operands.input(labels), predicted) ? kFine : shapeFault(labels);
}

/// True if `view` is [...leading, ...trailing without its first axis].
bool isGathered(const View& view, const View& leading, const View& trailing) {
  if (trailing.rank == 0 || view.rank != leading.rank + trailing.rank - 1) return false;
  for (int axis = 0; axis < leading.rank; axis++) {
    if (view.dims[axis] != leading.dims[axis]) return false;
  }
  for (int axis = 1; axis < trailing.rank; axis++) {
    if (view.dims[leading.rank + axis - 1] != trailing.dims[axis]) return false;
  }
  return true;
}

Status generatorState(const Operands& operands) {
  const View& state = operands.input(0);
  if (state.dtype != DType::Int32) return dtypeFault(0);
  return state.rank == 1 && state.dims[0] == 4 ? kFine : shapeFault(0);
}

}  // namespace

namespace checks {

Status unary(const Operands& operands) {
  const DType dtype = operands.output().dtype;
  if (!isFloat(dtype) && dtype != DType::Int32) return dtypeFault(0);
  return allLike(operands, 0, 0, operands.output());
}

Status unaryFloat(const Operands& operands) {
  if (!isFloat(operands.output().dtype)) return dtypeFault(0);
  for (int i = 0; i < operands.nAttr; i++) {
    if (std::isnan(operands.attrs[i])) return attributeFault(i);
  }
  return allLike(operands, 0, 0, operands.output());
}

Status sameFloat(const Operands& operands) {
  if (!isFloat(operands.output().dtype)) return dtypeFault(0);
  return allLike(operands, 0, operands.nIn - 1, operands.output());
}

Status binary(const Operands& operands) {
  const DType dtype = operands.output().dtype;
  if (!isFloat(dtype) && dtype != DType::Int32) return dtypeFault(0);
  for (int i = 0; i < 2; i++) {
    if (operands.input(i).dtype != dtype) return dtypeFault(i);
  }
  return broadcastAll(operands);
}

Status binaryFloat(const Operands& operands) {
  if (!isFloat(operands.output().dtype)) return dtypeFault(0);
  return binary(operands);
}

Status compare(const Operands& operands) {
  if (operands.input(0).dtype != operands.input(1).dtype) return dtypeFault(1);
  if (operands.output().dtype != DType::Uint8) return dtypeFault(0);
  return broadcastAll(operands);
}

Status select(const Operands& operands) {
  if (operands.input(0).dtype != DType::Uint8) return dtypeFault(0);
  for (int i = 1; i < 3; i++) {
    if (operands.input(i).dtype != operands.output().dtype) return dtypeFault(i);
  }
  return broadcastAll(operands);
}

Status castShape(const Operands& operands) {
  return sameShape(operands.input(0), operands.output()) ? kFine : shapeFault(0);
}

Status rescale(const Operands& operands) {
  if (!isFloat(operands.output().dtype)) return dtypeFault(0);
  for (int i = 0; i < 2; i++) {
    if (std::isnan(operands.attrs[i])) return attributeFault(i);
  }
  return castShape(operands);
}

Status sameSize(const Operands& operands) {
  if (operands.input(0).dtype != operands.output().dtype) return dtypeFault(0);
  return operands.input(0).size == operands.output().size ? kFine : shapeFault(0);
}

Status broadcastTo(const Operands& operands) {
  if (operands.input(0).dtype != operands.output().dtype) return dtypeFault(0);
  return broadcastAll(operands);
}

Status transpose(const Operands& operands) {
  const View& x = operands.input(0);
  const View& y = operands.output();
  if (x.dtype != y.dtype) return dtypeFault(0);
  if (x.rank != y.rank || operands.nAttr != x.rank) return shapeFault(0);
  unsigned seen = 0;
  for (int axis = 0; axis < x.rank; axis++) {
    if (!isIntegerIn(operands.attrs[axis], 0, x.rank - 1)) return attributeFault(axis);
    const int from = static_cast<int>(operands.attrs[axis]);
    if (y.dims[axis] != x.dims[from]) return shapeFault(0);
    seen |= 1u << from;
  }
  return seen == (1u << x.rank) - 1 ? kFine : attributeFault(0);
}

/// `part` lies within `whole` from the attributes on.
static Status block(const Operands& operands, const View& part, const View& whole) {
  if (part.dtype != whole.dtype) return dtypeFault(0);
  if (part.rank != whole.rank || operands.nAttr != part.rank) return shapeFault(0);
  for (int axis = 0; axis < part.rank; axis++) {
    const double begin = operands.attrs[axis];
    if (!isIntegerIn(begin, 0, static_cast<double>(whole.dims[axis]))) return attributeFault(axis);
    if (static_cast<std::int64_t>(begin) + part.dims[axis] > whole.dims[axis]) return shapeFault(0);
  }
  return kFine;
}

Status slice(const Operands& operands) {
  return block(operands, operands.output(), operands.input(0));
}

Status pad(const Operands& operands) {
  return block(operands, operands.input(0), operands.output());
}

Status concat(const Operands& operands) {
  const View& y = operands.output();
  if (!isIntegerIn(operands.attrs[0], 0, y.rank - 1)) return attributeFault(0);
  const int along = static_cast<int>(operands.attrs[0]);
  std::int64_t length = 0;
  for (int i = 0; i < operands.nIn; i++) {
    const View& x = operands.input(i);
    if (x.dtype != y.dtype) return dtypeFault(i);
    if (x.rank != y.rank) return shapeFault(i);
    for (int axis = 0; axis < y.rank; axis++) {
      if (axis != along && x.dims[axis] != y.dims[axis]) return shapeFault(i);
    }
    length += x.dims[along];
    if (length > y.dims[along]) return shapeFault(i);
  }
  return length == y.dims[along] ? kFine : shapeFault(0);
}

Status anyOutput(const Operands&) { return kFine; }

Status matMul(const Operands& operands) {
  const View& a = operands.input(0);
  const View& b = operands.input(1);
  const View& y = operands.output();
  if (!isFloat(y.dtype)) return dtypeFault(0);
  if (a.dtype != y.dtype) return dtypeFault(0);
  if (b.dtype != y.dtype) return dtypeFault(1);
  if (a.rank != 2 || b.rank != 2 || y.rank != 2) return shapeFault(0);
  for (int i = 0; i < 2; i++) {
    if (!isIntegerIn(operands.attrs[i], 0, 1)) return attributeFault(i);
  }
  const int transposeA = static_cast<int>(operands.attrs[0]);
  const int transposeB = static_cast<int>(operands.attrs[1]);
  const bool fits = a.dims[transposeA] == y.dims[0] && b.dims[1 - transposeB] == y.dims[1] &&
                    a.dims[1 - transposeA] == b.dims[transposeB];
  if (!fits) return shapeFault(1);
  return fitsBlas(y.dims[0]) && fitsBlas(y.dims[1]) && fitsBlas(a.dims[1 - transposeA])
             ? kFine
             : shapeFault(0);
}

Status reduce(const Operands& operands) {
  const View& x = operands.input(0);
  const View& y = operands.output();
  if (x.dtype != y.dtype || x.dtype == DType::Uint8) return dtypeFault(0);
  if (!isIntegerIn(operands.attrs[0], 0, static_cast<double>((1u << x.rank) - 1))) {
    return attributeFault(0);
  }
  const unsigned mask = static_cast<unsigned>(operands.attrs[0]);
  // The kept sizes, in order; sizes of 1 may stand anywhere between them.
  std::int64_t kept = 1;
  for (int axis = 0; axis < x.rank; axis++) {
    if ((mask >> axis & 1) == 0) kept *= x.dims[axis];
  }
  return kept == y.size ? kFine : shapeFault(0);
}

Status reduceFloat(const Operands& operands) {
  return isFloat(operands.output().dtype) ? reduce(operands) : dtypeFault(0);
}

Status reduceExtreme(const Operands& operands) {
  // There is no greatest or least of nothing.
  if (operands.input(0).size == 0 && operands.output().size > 0) return shapeFault(0);
  return reduce(operands);
}

Status argReduce(const Operands& operands) {
  const View& x = operands.input(0);
  const View& y = operands.output();
  if (y.dtype != DType::Int32) return dtypeFault(0);
  if (x.rank == 0 || !isIntegerIn(operands.attrs[0], 0, x.rank - 1)) return attributeFault(0);
  const int along = static_cast<int>(operands.attrs[0]);
  if (y.rank != x.rank - 1 || x.dims[along] == 0 || !fitsBlas(x.dims[along])) return shapeFault(0);
  for (int axis = 0; axis < y.rank; axis++) {
    if (y.dims[axis] != x.dims[axis < along ? axis : axis + 1]) return shapeFault(0);
  }
  return kFine;
}

Status crossentropy(const Operands& operands) {
  const View& predicted = operands.input(0);
  if (!isFloat(predicted.dtype) || predicted.dtype != operands.output().dtype) return dtypeFault(0);
  if (operands.nAttr == 1 && !(operands.attrs[0] >= 0 && operands.attrs[0] < 0.5)) {
    return attributeFault(0);
  }
  if (!isLeadingShape(operands.output(), predicted) || predicted.lastDim() == 0) {
    return shapeFault(0);
  }
  return labelsFor(operands, 1, predicted);
}

Status crossentropyGrad(const Operands& operands) {
  const View& dy = operands.input(0);
  const View& predicted = operands.input(1);
  if (!isFloat(predicted.dtype) || predicted.dtype != operands.output().dtype) return dtypeFault(1);
  if (dy.dtype != predicted.dtype) return dtypeFault(0);
  if (!sameShape(predicted, operands.output()) || predicted.lastDim() == 0) return shapeFault(1);
  if (!isLeadingShape(dy, predicted)) return shapeFault(0);
  return labelsFor(operands, 2, predicted);
}

Status gather(const Operands& operands) {
  const View& x = operands.input(0);
  const View& indices = operands.input(1);
  const View& y = operands.output();
  if (indices.dtype != DType::Int32) return dtypeFault(1);
  if (y.dtype != x.dtype && !isFloat(y.dtype)) return dtypeFault(0);
  return isGathered(y, indices, x) ? kFine : shapeFault(0);
}

Status scatterAdd(const Operands& operands) {
  const View& updates = operands.input(0);
  const View& indices = operands.input(1);
  const View& y = operands.output();
  if (!isFloat(y.dtype) || updates.dtype != y.dtype) return dtypeFault(0);
  if (indices.dtype != DType::Int32) return dtypeFault(1);
  return isGathered(updates, indices, y) ? kFine : shapeFault(0);
}

Status oneHot(const Operands& operands) {
  const View& y = operands.output();
  if (!isInteger(operands.input(0).dtype)) return dtypeFault(0);
  return isLeadingShape(operands.input(0), y) && y.lastDim() > 0 ? kFine : shapeFault(0);
}

Status uniform(const Operands& operands) {
  if (!isFloat(operands.output().dtype)) return dtypeFault(0);
  if (!(operands.attrs[0] <= operands.attrs[1])) return attributeFault(1);
  return generatorState(operands);
}

Status normal(const Operands& operands) {
  if (!isFloat(operands.output().dtype)) return dtypeFault(0);
  if (std::isnan(operands.attrs[0])) return attributeFault(0);
  if (!(operands.attrs[1] >= 0)) return attributeFault(1);
  return generatorState(operands);
}

Status dropout(const Operands& operands) {
  if (!isFloat(operands.output().dtype)) return dtypeFault(0);
  if (!(operands.attrs[0] >= 0 && operands.attrs[0] < 1)) return attributeFault(0);
  return generatorState(operands);
}

Status bernoulli(const Operands& operands) {
  const View& p = operands.input(1);
  if (!isFloat(p.dtype) || p.dtype != operands.output().dtype) return dtypeFault(1);
  if (!sameShape(p, operands.output())) return shapeFault(1);
  return generatorState(operands);
}

Status advanceRandom(const Operands& operands) {
  if (!isIntegerIn(operands.attrs[0], 0, 9007199254740992.0)) return attributeFault(0);
  return generatorState(operands);
}

Status assign(const Operands& operands) { return allLike(operands, 1, 1, operands.input(0)); }

Status increment(const Operands& operands) {
  if (operands.input(0).dtype == DType::Uint8) return dtypeFault(0);
  return assign(operands);
}

Status sgd(const Operands& operands) {
  if (!isFloat(operands.input(0).dtype)) return dtypeFault(0);
  const Status status = allLike(operands, 1, 1, operands.input(0));
  return status.ok() ? floatScalar(operands, 2) : status;
}

Status momentum(const Operands& operands) {
  if (!isFloat(operands.input(0).dtype)) return dtypeFault(0);
  const Status status = allLike(operands, 1, 2, operands.input(0));
  return status.ok() ? floatScalar(operands, 3) : status;
}

Status adam(const Operands& operands) {
  if (!isFloat(operands.input(0).dtype)) return dtypeFault(0);
  if (operands.input(5).dtype != DType::Int32) return dtypeFault(5);
  if (operands.input(5).rank != 0) return shapeFault(5);
  const Status status = allLike(operands, 1, 3, operands.input(0));
  return status.ok() ? floatScalar(operands, 4) : status;
}

/// Each weight's operands fit the op for a single one.
static Status ofEachWeight(Op grouped, const Operands& all, CheckFn check) {
  const GroupedUpdate& update = *groupedUpdateOf(static_cast<int>(grouped));
  const int weights = update.weights(all.nIn);
  if (weights < 1 || all.nIn != weights * update.roles() + update.shared) return shapeFault(0);
  for (int weight = 0; weight < weights; weight++) {
    std::vector<const View*> in;
    for (int role = 0; role < update.roles(); role++) in.push_back(all.in[role * weights + weight]);
    for (int i = all.nIn - update.shared; i < all.nIn; i++) in.push_back(all.in[i]);
    const Status status =
        check({in.data(), all.out, all.attrs, static_cast<int>(in.size()), 0, all.nAttr});
    if (!status.ok()) return status;
  }
  return kFine;
}

Status sgdUpdates(const Operands& operands) { return ofEachWeight(Op::sgdUpdates, operands, sgd); }

Status momentumUpdates(const Operands& operands) {
  return ofEachWeight(Op::momentumUpdates, operands, momentum);
}

Status adamUpdates(const Operands& operands) {
  return ofEachWeight(Op::adamUpdates, operands, adam);
}

Status matMulShares(const Operands& operands) {
  const View& a = operands.input(0);
  const View& b = operands.input(1);
  const View& y = operands.output();
  if (!isFloat(a.dtype)) return dtypeFault(0);
  if (b.dtype != a.dtype || y.dtype != a.dtype) return dtypeFault(1);
  if (a.rank != 2 || !fitsBlas(a.dims[0]) || !fitsBlas(a.dims[1])) return shapeFault(0);
  if (b.rank != 2 || b.dims[0] != a.dims[0] || !fitsBlas(b.dims[1])) return shapeFault(1);
  const bool fits = y.rank == 3 && y.dims[1] == a.dims[1] && y.dims[2] == b.dims[1];
  return fits ? kFine : shapeFault(0);
}

Status sumShares(const Operands& operands) {
  const View& x = operands.input(0);
  const View& y = operands.output();
  if (!isFloat(x.dtype) || y.dtype != x.dtype) return dtypeFault(0);
  return x.rank == 2 && y.rank == 2 && y.dims[1] == x.dims[1] ? kFine : shapeFault(0);
}

Status sharesUpdate(const Operands& operands) {
  const View& w = operands.input(0);
  const View& g = operands.input(1);
  if (!isFloat(w.dtype)) return dtypeFault(0);
  if (g.dtype != w.dtype) return dtypeFault(1);
  if (g.rank != w.rank + 1) return shapeFault(1);
  for (int axis = 0; axis < w.rank; axis++) {
    if (g.dims[axis + 1] != w.dims[axis]) return shapeFault(1);
  }
  return floatScalar(operands, 2);
}

Status accumulate(const Operands& operands) {
  if (operands.input(0).dtype != DType::Float64) return dtypeFault(0);
  return operands.input(0).rank == 0 ? kFine : shapeFault(0);
}

/// An activation, by number; softmax only where `last` allows it.
static bool isActivation(double attribute, Activation last) {
  return isIntegerIn(attribute, 0, static_cast<double>(last));
}

Status dense(const Operands& operands) {
  const View& x = operands.input(0);
  const View& w = operands.input(1);
  const View& b = operands.input(2);
  const View& y = operands.output();
  if (!isActivation(operands.attrs[0], Activation::Softmax)) return attributeFault(0);
  if (b.dtype != y.dtype) return dtypeFault(2);
  if (b.rank != 1 || b.size != y.lastDim()) return shapeFault(2);
  const View* in[] = {&x, &w};
  const double attrs[] = {0, 0};
  return matMul({in, operands.out, attrs, 2, 1, 2});
}

Status denseGrad(const Operands& operands) {
  const View& y = operands.input(2);
  if (!isActivation(operands.attrs[0], Activation::Tanh)) return attributeFault(0);
  if (y.dtype != operands.output().dtype) return dtypeFault(2);
  if (!sameShape(y, operands.output())) return shapeFault(2);
  const double attrs[] = {0, 1};
  return matMul({operands.in, operands.out, attrs, 2, 1, 2});
}

/// Rows of a table by number, as floats; attributes scale and offset.
static Status rescaledRows(const Operands& operands) {
  const View& x = operands.input(0);
  if (operands.input(1).dtype != DType::Int32) return dtypeFault(1);
  if (!isFloat(operands.output().dtype)) return dtypeFault(0);
  for (int i = 0; i < 2; i++) {
    if (std::isnan(operands.attrs[i])) return attributeFault(i);
  }
  return x.rank == 0 || x.dims[0] == 0 ? shapeFault(0) : kFine;
}

Status gatherRescale(const Operands& operands) {
  const View& x = operands.input(0);
  const View& indices = operands.input(1);
  const View& y = operands.output();
  const Status status = rescaledRows(operands);
  if (!status.ok()) return status;
  if (indices.rank != 1 || y.rank == 0 || y.dims[0] != indices.size) return shapeFault(1);
  return y.size == x.size / x.dims[0] * indices.size ? kFine : shapeFault(0);
}

Status matMulUpdate(const Operands& operands) {
  const View* const* product = operands.in + 1;
  const Status status = matMul({product, operands.in, operands.attrs, 2, 1, 2});
  return status.ok() ? floatScalar(operands, 3) : status;
}

Status sumUpdate(const Operands& operands) {
  const View& w = operands.input(0);
  const View& x = operands.input(1);
  if (!isFloat(w.dtype) || x.dtype != w.dtype) return dtypeFault(0);
  if (w.rank != 1 || x.rank != 2 || x.dims[1] != w.size) return shapeFault(1);
  return floatScalar(operands, 2);
}

Status gatherColumns(const Operands& operands) {
  const View& x = operands.input(0);
  const View& indices = operands.input(1);
  const View& y = operands.output();
  const Status status = rescaledRows(operands);
  if (!status.ok()) return status;
  if (indices.rank != 1 || y.rank != 3 || y.dims[1] < indices.size) return shapeFault(1);
  return x.size / x.dims[0] == y.dims[0] * y.dims[2] ? kFine : shapeFault(0);
}

/// x [shares, m or more, k / shares] beside w [k, n]; share by share BLAS multiplies them.
static Status columnShares(const View& x, const View& w) {
  if (!isFloat(w.dtype) || x.dtype != w.dtype) return dtypeFault(0);
  if (x.rank != 3 || !fitsBlas(x.dims[1]) || !fitsBlas(x.dims[2])) return shapeFault(0);
  const bool fits = w.rank == 2 && w.dims[0] == x.dims[0] * x.dims[2] && fitsBlas(w.dims[1]);
  return fits ? kFine : shapeFault(1);
}

Status matMulColumns(const Operands& operands) {
  const View& x = operands.input(0);
  const View& w = operands.input(1);
  const View& y = operands.output();
  const Status status = columnShares(x, w);
  if (!status.ok()) return status;
  if (y.dtype != x.dtype) return dtypeFault(0);
  const bool fits =
      y.rank == 3 && y.dims[0] == x.dims[0] && y.dims[1] <= x.dims[1] && y.dims[2] == w.dims[1];
  return fits ? kFine : shapeFault(0);
}

Status denseSum(const Operands& operands) {
  const View& x = operands.input(0);
  const View& b = operands.input(1);
  const View& y = operands.output();
  if (!isActivation(operands.attrs[0], Activation::Softmax)) return attributeFault(0);
  if (!isFloat(y.dtype) || x.dtype != y.dtype) return dtypeFault(0);
  if (b.dtype != y.dtype) return dtypeFault(1);
  if (x.rank != 3 || y.rank != 2 || x.dims[1] != y.dims[0] || x.dims[2] != y.dims[1]) {
    return shapeFault(0);
  }
  return b.rank == 1 && b.size == y.dims[1] ? kFine : shapeFault(1);
}

Status columnsUpdate(const Operands& operands) {
  const View& w = operands.input(0);
  const View& x = operands.input(1);
  const View& dy = operands.input(2);
  const Status status = columnShares(x, w);
  if (!status.ok()) return status;
  if (dy.dtype != w.dtype) return dtypeFault(2);
  if (dy.rank != 2 || dy.dims[0] > x.dims[1] || dy.dims[1] != w.dims[1]) return shapeFault(2);
  return floatScalar(operands, 3);
}

}  // namespace checks

namespace validators {

/// Part p of a view: its share of the leading axis, as kernels cut it.
static Status within(const View& view, Part part, std::int64_t limit, Fault fault) {
  const std::int64_t rows = view.rank == 0 ? 1 : view.dims[0];
  const std::int64_t rowSize = rows == 0 ? 0 : view.size / rows;
  const Range range = rowsOf(rows, part);
  for (std::int64_t i = range.begin * rowSize; i < range.end * rowSize; i++) {
    const std::int64_t value =
        view.dtype == DType::Uint8 ? view.as<std::uint8_t>()[i] : view.as<std::int32_t>()[i];
    if (value < 0 || value >= limit) return {fault, value, i, limit};
  }
  return kFine;
}

Status checkLabels(const Operands& operands, Part part) {
  return within(operands.input(1), part, operands.input(0).lastDim(), Fault::LabelRange);
}

Status checkLabelsOfGrad(const Operands& operands, Part part) {
  return within(operands.input(2), part, operands.input(1).lastDim(), Fault::LabelRange);
}

Status checkGatherIndices(const Operands& operands, Part part) {
  return within(operands.input(1), part, operands.input(0).dims[0], Fault::IndexRange);
}

Status checkScatterIndices(const Operands& operands, Part part) {
  // The last part alone scatters, all of them.
  if (part.index != part.count - 1) return kFine;
  return within(operands.input(1), Part{}, operands.output().dims[0], Fault::IndexRange);
}

Status checkOneHotIndices(const Operands& operands, Part part) {
  return within(operands.input(0), part, operands.output().lastDim(), Fault::IndexRange);
}

}  // namespace validators

}  // namespace nabla
