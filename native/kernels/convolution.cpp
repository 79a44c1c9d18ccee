// Convolution of pictures by kernels, and its gradients, which are convolutions themselves.
// Padding, strides, dilations and groups are attributes; so is the size that a gradient's operands
// leave open.
#include "convolution/convolution.hpp"

#include "activate-rows.hpp"
#include "product-rules.hpp"
#include "window-rules.hpp"

namespace nabla::NABLA_ISA {
namespace {

// Attributes behind those of windows; of gradients, `size` follows, of fused ones `activation`.
constexpr int kGroups = 4, kSize = 5;

/// The shapes of a step, from its pictures, its results and the sizes of its kernel.
template <typename Kernel>
Convolution shapeOf(const Operands& operands, const View& x, const View& y, Kernel&& kernel) {
  Convolution shape;
  placeWindows(operands, kWindows, x, y, kernel, shape);
  shape.inChannels = x.lastDim();
  shape.outChannels = y.lastDim();
  shape.groups = static_cast<std::int64_t>(operands.number(kGroups));
  return shape;
}

Convolution shapeByKernel(const Operands& operands, const View& x, const View& y, const View& w) {
  return shapeOf(operands, x, y, [&](int axis) { return w.dims[axis]; });
}

Convolution shapeBySize(const Operands& operands, const View& x, const View& y) {
  return shapeOf(operands, x, y, [&](int axis) {
    return static_cast<std::int64_t>(operands.list(kSize).values[axis]);
  });
}

/// Bytes that `f` counts for an element type.
template <typename F>
std::int64_t bytesFor(DType dtype, F&& f) {
  std::size_t bytes = 0;
  withFloat(dtype, [&](auto zero) { bytes = f(zero); });
  return static_cast<std::int64_t>(bytes);
}

// ---- convolution

Convolution forwardShape(const Operands& operands) {
  return shapeByKernel(operands, operands.input(0), operands.output(), operands.input(1));
}

std::int64_t forwardBytes(const Operands& operands) {
  const Convolution shape = forwardShape(operands);
  return bytesFor(operands.output().dtype,
                  [&](auto zero) { return convolutionBytes<decltype(zero)>(shape); });
}

void conv(const Operands& operands, Part part) {
  const Convolution shape = forwardShape(operands);
  const View& y = operands.output();
  withFloat(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    eachOwnBox(shape, y, part, [&](const Box& box) {
      convolution(shape, box, operands.input(0).as<T>(), operands.input(1).as<T>(),
                  static_cast<const T*>(nullptr), -math::kInfinity<T>, y.as<T>(), part.workspace,
                  [](T*, std::int64_t) {});
    });
  });
}

constexpr int kLayerActivation = 5;

void convBias(const Operands& operands, Part part) {
  const Convolution shape = forwardShape(operands);
  const View& y = operands.output();
  const Activation activation = activationOf(operands, kLayerActivation);
  const std::int64_t n = shape.outChannels;
  withFloat(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T *x = operands.input(0).as<T>(), *w = operands.input(1).as<T>();
    const T* const bias = operands.input(2).as<T>();
    const bool isPlain = activation == Activation::Linear || activation == Activation::Relu;
    const T floor = activation == Activation::Relu ? T(0) : -math::kInfinity<T>;
    eachOwnBox(shape, y, part, [&](const Box& box) {
      convolution(shape, box, x, w, isPlain ? bias : nullptr, floor, y.as<T>(), part.workspace,
                  [&](T* row, std::int64_t count) {
                    if (!isPlain) activateRows(activation, row, bias, count / n, n);
                  });
    });
  });
}

// ---- the gradient to the pictures

Convolution inputGradShape(const Operands& operands) {
  return shapeByKernel(operands, operands.output(), operands.input(0), operands.input(1));
}

std::int64_t inputGradBytes(const Operands& operands) {
  const Convolution shape = inputGradShape(operands);
  return bytesFor(operands.output().dtype, [&](auto zero) {
    return inputGradientBytes<decltype(zero)>(shape, operands.nIn == 2);
  });
}

/// `activation`, if the gradients are those of its results, input 2.
void inputGrad(const Operands& operands, Part part, Activation activation) {
  const Convolution shape = inputGradShape(operands);
  const View& dx = operands.output();
  withFloat(dx.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* const y = operands.nIn > 2 ? operands.input(2).as<T>() : nullptr;
    convolutionInputGradient(shape, rowsOf(dx.dims[0], part),
                             Pictures<T>{operands.input(0).as<T>(), y, activation},
                             operands.input(1).as<T>(), dx.as<T>(), part.workspace);
  });
}

void convInputGrad(const Operands& operands, Part part) {
  inputGrad(operands, part, Activation::Linear);
}

void convBiasInputGrad(const Operands& operands, Part part) {
  inputGrad(operands, part, activationOf(operands, kSize + 1));
}

// ---- the gradient to the kernel

Convolution kernelGradShape(const Operands& operands) {
  return shapeBySize(operands, operands.input(0), operands.input(1));
}

std::int64_t kernelRows(const Operands& operands) {
  const View& dw = operands.output();
  return dw.lastDim() == 0 ? 0 : dw.size / dw.lastDim();
}

std::int64_t kernelGradBytes(const Operands& operands) {
  const Convolution shape = kernelGradShape(operands);
  return bytesFor(operands.output().dtype,
                  [&](auto zero) { return kernelGradientBytes<decltype(zero)>(shape); });
}

void convKernelGrad(const Operands& operands, Part part) {
  const Convolution shape = kernelGradShape(operands);
  const View& dw = operands.output();
  withFloat(dw.dtype, [&](auto zero) {
    using T = decltype(zero);
    convolutionKernelGradient(shape, Range{0, shape.in[0]}, rowsOf(kernelRows(operands), part),
                              operands.input(0).as<T>(), Pictures<T>{operands.input(1).as<T>()},
                              dw.as<T>(), static_cast<double*>(nullptr), part.workspace);
  });
}

constexpr int kSharesActivation = 6;

/// A part's memory: sums of the bias' gradient, then what one share's kernel needs.
std::int64_t kernelSharesBytes(const Operands& operands) {
  Carver carver(nullptr);
  carver.take<double>(operands.output(1).lastDim());
  return static_cast<std::int64_t>(carver.bytes()) + kernelGradBytes(operands);
}

void convKernelShares(const Operands& operands, Part part) {
  const Convolution shape = kernelGradShape(operands);
  const View &dw = operands.output(0), &db = operands.output(1);
  const std::int64_t rows = shape.taps() * shape.inOfGroup(), filters = shape.outChannels;
  const int shares = static_cast<int>(dw.dims[0]);
  const Range own = rowsOf(shares, part);
  Carver carver(part.workspace);
  double* const sums = carver.take<double>(filters);
  void* const rest = static_cast<char*>(part.workspace) + carver.bytes();
  withFloat(dw.dtype, [&](auto zero) {
    using T = decltype(zero);
    const Pictures<T> dz{operands.input(1).as<T>(), operands.input(2).as<T>(),
                         activationOf(operands, kSharesActivation)};
    for (std::int64_t share = own.begin; share < own.end; share++) {
      const Range pictures = rowsOf(shape.in[0], Part{static_cast<int>(share), shares});
      convolutionKernelGradient(shape, pictures, Range{0, rows}, operands.input(0).as<T>(), dz,
                                dw.as<T>() + share * rows * filters, sums, rest);
      T* const to = db.as<T>() + share * filters;
      for (std::int64_t n = 0; n < filters; n++) to[n] = static_cast<T>(sums[n]);
    }
  });
}

// ---- rules

std::int64_t groupsOf(TypeQuery& query) {
  const std::int64_t groups = query.integer(kGroups);
  if (groups < 1)
    query.fail(ErrorKind::Range, "expected groups from 1 on but received {=%d}", kGroups);
  return groups;
}

/// `channels` are those of input `i`, which must come in whole groups.
void expectGroups(TypeQuery& query, std::int64_t channels, std::int64_t groups, int i,
                  const char* what) {
  if (channels == kUnknown || (channels > 0 && channels % groups == 0)) return;
  query.fail(ErrorKind::Range, "expected %s in a multiple of groups, %s, but received {%d}", what,
             textOf(static_cast<double>(groups)).text, i);
}

/// Inputs of pictures, kernel or results: one float dtype, of one rank.
void expectOperands(TypeQuery& query) {
  query.expectFloat(0);
  query.expectSameDType(0, 1);
  expectPictures(query, 0);
  if (query.input(1).rank != query.input(0).rank) {
    query.fail(ErrorKind::Range, "expected operands of one rank but received {0} and {1}");
  }
}

/// Channels [channels of a group, filters] of the kernel, input 1.
void expectKernel(TypeQuery& query, std::int64_t channels, std::int64_t groups) {
  const Type& w = query.input(1);
  const std::int64_t wanted = channels == kUnknown ? kUnknown : channels / groups;
  if (!TypeQuery::mayEqual(w.dims[w.rank - 2], wanted)) {
    query.fail(ErrorKind::Range,
               "expected a kernel [..., %s, filters] for {0} in %s groups but received {1}",
               textOf(static_cast<double>(wanted)).text, textOf(static_cast<double>(groups)).text);
  }
  for (int axis = 0; axis < w.rank - 2; axis++) {
    if (w.dims[axis] > 0) continue;
    query.fail(ErrorKind::Range, "expected a kernel of at least one place but received {1}");
  }
  expectGroups(query, w.dims[w.rank - 1], groups, 1, "filters");
  expectFewElements(query, w, 0, "a kernel");
}

void convRule(TypeQuery& query) {
  expectOperands(query);
  const Type &x = query.input(0), &w = query.input(1);
  const int axes = x.rank - 2;
  const std::int64_t groups = groupsOf(query);
  expectWindowAttributes(query, kWindows, axes);
  expectGroups(query, x.dims[x.rank - 1], groups, 0, "channels");
  expectKernel(query, x.dims[x.rank - 1], groups);
  Type& y = query.output();
  y = x;
  for (int axis = 0; axis < axes; axis++) {
    y.dims[axis + 1] = windowsAlong(query, kWindows, axis, x.dims[axis + 1], w.dims[axis], 0);
  }
  y.dims[y.rank - 1] = w.dims[w.rank - 1];
  expectFewPlaces(query, kWindows, x);
  expectFewElements(query, y, 1, "results");
}

void convBiasRule(TypeQuery& query) {
  convRule(query);
  Type bias;
  bias.dtype = query.input(0).dtype;
  query.append(bias, query.output().dims[query.output().rank - 1]);
  query.expectType(2, bias);
}

/// Pictures of attribute `size` from results, input 0.
void convInputGradRule(TypeQuery& query) {
  expectOperands(query);
  const Type &dy = query.input(0), &w = query.input(1);
  const int axes = dy.rank - 2;
  const std::int64_t groups = groupsOf(query);
  expectWindowAttributes(query, kWindows, axes);
  const bool isSymbolic = query.isSymbolic();
  expectNumbers(query, kSize, axes, isSymbolic ? kUnknown : 0, "size");
  const std::int64_t ofGroup = w.dims[w.rank - 2];
  Type& dx = query.output();
  dx = dy;
  dx.dims[dx.rank - 1] = ofGroup == kUnknown ? kUnknown : ofGroup * groups;
  expectKernel(query, dx.dims[dx.rank - 1], groups);
  for (int axis = 0; axis < axes; axis++) {
    dx.dims[axis + 1] = static_cast<std::int64_t>(query.attribute(kSize).values[axis]);
    const std::int64_t out =
        windowsAlong(query, kWindows, axis, dx.dims[axis + 1], w.dims[axis], 0);
    if (TypeQuery::mayEqual(out, dy.dims[axis + 1])) continue;
    query.fail(ErrorKind::Range,
               "expected %s windows on axis %d of pictures of size {=%d} but received {0}",
               textOf(static_cast<double>(out)).text, axis + 1, kSize);
  }
  if (!TypeQuery::mayEqual(dy.dims[dy.rank - 1], w.dims[w.rank - 1])) {
    query.fail(ErrorKind::Range, "expected as many channels as filters but received {0} and {1}");
  }
  expectFewPlaces(query, kWindows, dx);
  expectFewElements(query, dy, 1, "results");
}

/// The kernel of attribute `size` from pictures x and results dy; appended to `dw`.
void kernelGradRule(TypeQuery& query, Type& dw) {
  expectOperands(query);
  const Type &x = query.input(0), &dy = query.input(1);
  const int axes = x.rank - 2;
  const std::int64_t groups = groupsOf(query);
  expectWindowAttributes(query, kWindows, axes);
  expectNumbers(query, kSize, axes, 1, "size");
  const std::int64_t channels = x.dims[x.rank - 1], filters = dy.dims[dy.rank - 1];
  expectGroups(query, channels, groups, 0, "channels");
  expectGroups(query, filters, groups, 1, "filters");
  dw.dtype = x.dtype;
  bool fits = TypeQuery::mayEqual(x.dims[0], dy.dims[0]);
  for (int axis = 0; axis < axes; axis++) {
    const auto kernel = static_cast<std::int64_t>(query.attribute(kSize).values[axis]);
    const std::int64_t out = windowsAlong(query, kWindows, axis, x.dims[axis + 1], kernel, 0);
    fits = fits && TypeQuery::mayEqual(out, dy.dims[axis + 1]);
    query.append(dw, kernel);
  }
  if (!fits) {
    query.fail(ErrorKind::Range,
               "expected results of windows of size {=%d} over {0} but received {1}", kSize);
  }
  query.append(dw, channels == kUnknown ? kUnknown : channels / groups);
  query.append(dw, filters);
  expectFewPlaces(query, kWindows, x);
  expectFewElements(query, dy, 1, "results");
  expectFewElements(query, dw, 0, "a kernel");
}

void convKernelGradRule(TypeQuery& query) { kernelGradRule(query, query.output()); }

void convBiasInputGradRule(TypeQuery& query) {
  convInputGradRule(query);
  activationRule(query, kSize + 1, Activation::Tanh);
  query.expectType(2, query.input(0));
}

void convKernelSharesRule(TypeQuery& query) {
  constexpr int kShares = kSharesActivation + 1;
  const std::int64_t shares = query.integer(kShares);
  if (shares < 1) query.fail(ErrorKind::Range, "expected shares but received {=%d}", kShares);
  activationRule(query, kSharesActivation, Activation::Tanh);
  query.append(query.output(0), shares);
  kernelGradRule(query, query.output(0));
  Type& db = query.output(1);
  db.dtype = query.input(1).dtype;
  query.append(db, shares);
  query.append(db, query.input(1).dims[query.input(1).rank - 1]);
  query.expectType(2, query.input(1));
}

// ---- rows

double forwardWork(const Operands& operands) {
  const View& w = operands.input(1);
  return multiplications(operands.output(), w.size / w.lastDim());
}

double inputGradWork(const Operands& operands) {
  const View& w = operands.input(1);
  return multiplications(operands.input(0), w.size / w.lastDim());
}

double kernelGradWork(const Operands& operands) {
  const Convolution shape = kernelGradShape(operands);
  return multiplications(operands.input(1), shape.taps() * shape.inOfGroup());
}

std::int64_t forwardSlices(const Operands& operands) { return pictureSlices(operands.output()); }

Access accessOfPictures(const Operands& operands, int input) {
  return input == 0 && isLongBatch(operands.output()) ? Access::Rows : Access::Whole;
}

/// A row with the attributes that all these ops have.
constexpr OpRow convRow(const char* name, const char* doc) {
  return windowRow(name, doc).number("groups");
}

constexpr OpRow kRows[] = {
    convRow(
        "conv",
        "y = x convolved by w; x [batch, height, width, channels] or with one axis less or more, w "
        "[height, width, channels / groups, filters] likewise; padding of -1 is that of \"same\"")
        .reads("x")
        .reads("w")
        .accesses(accessOfPictures)
        .gives("y", Access::Rows)
        .slices(forwardSlices)
        .costs(Cost::Products, forwardWork)
        .workspace(forwardBytes)
        .rule(convRule)
        .kernel(conv),
    convRow(
        "convInputGrad",
        "dx = the gradient to pictures of attribute size (without batch and channels) by that to a "
        "convolution's results dy; the transposed convolution")
        .reads("dy", Access::Rows)
        .reads("w")
        .gives("dx", Access::Rows)
        .shape("size")
        .costs(Cost::Products, inputGradWork)
        .workspace(inputGradBytes)
        .rule(convInputGradRule)
        .kernel(convInputGrad),
    convRow("convKernelGrad",
            "dw = the gradient to a kernel of attribute size (without channels and filters) by "
            "that to a "
            "convolution's results dy")
        .reads("x")
        .reads("dy")
        .gives("dw", Access::Rows)
        .shape("size")
        .slices(kernelRows)
        .costs(Cost::Products, kernelGradWork)
        .workspace(kernelGradBytes)
        .rule(convKernelGradRule)
        .kernel(convKernelGrad),
    convRow("convBias", "y = f(x convolved by w, + b); see conv; attribute activation f")
        .reads("x")
        .reads("w")
        .reads("b")
        .accesses(accessOfPictures)
        .gives("y", Access::Rows)
        .activation("activation")
        .slices(forwardSlices)
        .costs(Cost::Products, forwardWork)
        .workspace(forwardBytes)
        .fused()
        .rule(convBiasRule)
        .kernel(convBias),
    convRow("convBiasInputGrad",
            "dx = convInputGrad of dy f'(y), by the output y of f; attribute activation f")
        .reads("dy", Access::Rows)
        .reads("w")
        .reads("y", Access::Rows)
        .gives("dx", Access::Rows)
        .shape("size")
        .activation("activation")
        .costs(Cost::Products, inputGradWork)
        .workspace(inputGradBytes)
        .fused()
        .rule(convBiasInputGradRule)
        .kernel(convBiasInputGrad),
    // Shares of the batch need not be parts of it: pictures are read whole.
    convRow("convKernelShares",
            "dw[s] = convKernelGrad of dy f'(y) over share s of the batch, by the output y of f; "
            "db[s] = "
            "its sum over all but the filters; attribute activation f")
        .reads("x")
        .reads("dy")
        .reads("y")
        .gives("dw", Access::Rows)
        .gives("db", Access::Rows)
        .shape("size")
        .activation("activation")
        .number("shares")
        .costs(Cost::Products, kernelGradWork)
        .workspace(kernelSharesBytes)
        .fused()
        .rule(convKernelSharesRule)
        .kernel(convKernelShares),
};

}  // namespace

NABLA_FAMILY(convolutions, kRows);

}  // namespace nabla::NABLA_ISA
