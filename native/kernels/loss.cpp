// Cross-entropy of labels, and its gradients.

#include <limits>

#include "kernels.hpp"
#include "math.hpp"
#include "rows.hpp"

namespace nabla::NABLA_ISA {

// Inputs of the losses: p or z [..., classes], labels [...]; output [...].
// Inputs of the gradients: dy [...], p or z [..., classes], labels [...]; output [..., classes].

Status sparseCrossentropy(const Operands& operands, Part part) {
  const std::int64_t classes = operands.input(0).lastDim();
  const Range range = elementsOf(operands.output(), part);
  return withFloat(operands.output(), [&](auto zero) {
    using T = decltype(zero);
    const T low = static_cast<T>(operands.attrs[0]), high = static_cast<T>(1 - operands.attrs[0]);
    const T* p = operands.input(0).as<T>();
    T* loss = operands.output().as<T>();
    for (std::int64_t i = range.begin; i < range.end; i++) {
      const T chosen = p[i * classes + integerAt(operands.input(1), i)];
      loss[i] = -math::log(chosen < low ? low : chosen > high ? high : chosen);
    }
  });
}

Status sparseCrossentropyGrad(const Operands& operands, Part part) {
  const View& view = operands.output();
  const std::int64_t classes = view.lastDim();
  const Range rows = leadingRows(view, part);
  return withFloat(view, [&](auto zero) {
    using T = decltype(zero);
    const T* dy = operands.input(0).as<T>();
    const T* p = operands.input(1).as<T>();
    T* dp = view.as<T>();
    for (std::int64_t row = rows.begin; row < rows.end; row++) {
      const std::int64_t label = row * classes + integerAt(operands.input(2), row);
      const T chosen = p[label] < math::kLeastNormal<T> ? math::kLeastNormal<T> : p[label];
      for (std::int64_t i = row * classes; i < (row + 1) * classes; i++) dp[i] = 0;
      dp[label] = -dy[row] / chosen;
    }
  });
}

Status sparseCrossentropyLogits(const Operands& operands, Part part) {
  const std::int64_t classes = operands.input(0).lastDim();
  const Range range = elementsOf(operands.output(), part);
  return withFloat(operands.output(), [&](auto zero) {
    using T = decltype(zero);
    const T* z = operands.input(0).as<T>();
    T* loss = operands.output().as<T>();
    for (std::int64_t i = range.begin; i < range.end; i++) {
      const T* row = z + i * classes;
      const LogSumExp<T> total = logSumExp(row, classes);
      loss[i] = total.log + (total.max - row[integerAt(operands.input(1), i)]);
    }
  });
}

Status sparseCrossentropyLogitsGrad(const Operands& operands, Part part) {
  const View& view = operands.output();
  const std::int64_t classes = view.lastDim();
  const Range rows = leadingRows(view, part);
  return withFloat(view, [&](auto zero) {
    using T = decltype(zero);
    const T* dy = operands.input(0).as<T>();
    const T* z = operands.input(1).as<T>();
    T* dz = view.as<T>();
    for (std::int64_t row = rows.begin; row < rows.end; row++) {
      T* to = dz + row * classes;
      softmaxRow(z + row * classes, to, classes);
      to[integerAt(operands.input(2), row)] -= 1;
      for (std::int64_t i = 0; i < classes; i++) to[i] *= dy[row];
    }
  });
}

Status softmaxCrossentropyGrad(const Operands& operands, Part part) {
  const View& view = operands.output();
  const std::int64_t classes = view.lastDim();
  const Range rows = leadingRows(view, part);
  return withFloat(view, [&](auto zero) {
    using T = decltype(zero);
    const T* dy = operands.input(0).as<T>();
    const T* p = operands.input(1).as<T>();
    T* dz = view.as<T>();
    for (std::int64_t row = rows.begin; row < rows.end; row++) {
      const std::int64_t first = row * classes;
      NABLA_SIMD
      for (std::int64_t i = first; i < first + classes; i++) dz[i] = dy[row] * p[i];
      dz[first + integerAt(operands.input(2), row)] -= dy[row];
    }
  });
}

}  // namespace nabla::NABLA_ISA
