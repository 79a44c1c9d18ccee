// Gather, scatter and one-hot along the first axis.

#include <cstring>

#include "chosen-rows.hpp"
#include "kernels.hpp"
#include "math.hpp"
#include "rows.hpp"

namespace nabla::NABLA_ISA {
namespace {

/// The indices whose rows are `part`'s share of an output [...indices, ...]. A single index is the
/// last part's.
Range indicesOf(const View& indices, Part part) {
  if (indices.rank > 0) return elementsOf(indices, part);
  return {0, part.index == part.count - 1 ? 1 : 0};
}

}  // namespace

Status gather(const Operands& operands, Part part) {
  const View& x = operands.input(0);
  const View& indices = operands.input(1);
  const View& y = operands.output();
  const Range range = indicesOf(indices, part);
  if (range.begin == range.end || x.size == 0) return {};
  const std::int64_t rowSize = x.size / x.dims[0];
  return withType(x, [&](auto from) {
    using From = decltype(from);
    if (x.dtype == y.dtype) {
      const std::size_t bytes = static_cast<std::size_t>(rowSize) * sizeof(From);
      eachChosenRow<From>(x, indices, range, {0, rowSize}, [&](std::int64_t i, const From* values) {
        std::memcpy(y.as<From>() + i * rowSize, values, bytes);
      });
      return;
    }
    withFloat(y, [&](auto to) {
      using T = decltype(to);
      eachChosenRow<From>(x, indices, range, {0, rowSize}, [&](std::int64_t i, const From* values) {
        T* const target = y.as<T>() + i * rowSize;
        NABLA_SIMD
        for (std::int64_t k = 0; k < rowSize; k++) target[k] = static_cast<T>(values[k]);
      });
    });
  });
}

Status gatherRescale(const Operands& operands, Part part) {
  const View& x = operands.input(0);
  const View& indices = operands.input(1);
  const View& y = operands.output();
  const Range range = indicesOf(indices, part);
  if (x.size == 0) return {};
  const std::int64_t rowSize = x.size / x.dims[0];
  return withType(x, [&](auto from) {
    withFloat(y, [&](auto to) {
      using From = decltype(from);
      using T = decltype(to);
      const T scale = static_cast<T>(operands.attrs[0]), offset = static_cast<T>(operands.attrs[1]);
      eachChosenRow<From>(x, indices, range, {0, rowSize}, [&](std::int64_t i, const From* values) {
        rescaleRow(values, y.as<T>() + i * rowSize, rowSize, scale, offset);
      });
    });
  });
}

Status scatterAdd(const Operands& operands, Part part) {
  if (isIdle(part)) return {};
  const View& updates = operands.input(0);
  const View& indices = operands.input(1);
  const View& y = operands.output();
  if (y.size > 0) std::memset(y.data, 0, y.bytes());
  if (updates.size == 0) return {};
  const std::int64_t rowSize = updates.size / indices.size;
  return withFloat(y, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = 0; i < indices.size; i++) {
      const T* from = updates.as<T>() + i * rowSize;
      T* to = y.as<T>() + indices.as<std::int32_t>()[i] * rowSize;
      for (std::int64_t k = 0; k < rowSize; k++) to[k] += from[k];
    }
  });
}

Status oneHot(const Operands& operands, Part part) {
  const View& indices = operands.input(0);
  const View& y = operands.output();
  const std::int64_t depth = y.lastDim();
  const Range range = indicesOf(indices, part);
  return withType(y, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = range.begin; i < range.end; i++) {
      T* row = y.as<T>() + i * depth;
      for (std::int64_t k = 0; k < depth; k++) row[k] = T(0);
      row[integerAt(indices, i)] = T(1);
    }
  });
}

}  // namespace nabla::NABLA_ISA
