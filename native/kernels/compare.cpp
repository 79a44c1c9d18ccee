// Comparison and choice with broadcasting.
#include "binary.hpp"

namespace nabla::NABLA_ISA {
namespace {

template <typename F>
Status comparePairs(const Operands& operands, Part part, F f) {
  withType(operands.input(0).dtype, [&](auto zero) {
    using T = decltype(zero);
    mapPairs<T, std::uint8_t>(operands, part, [f](T a, T b) -> std::uint8_t { return f(a, b); });
  });
  return {};
}

}  // namespace

Status equal(const Operands& operands, Part part) {
  return comparePairs(operands, part, [](auto a, auto b) { return a == b; });
}

Status notEqual(const Operands& operands, Part part) {
  return comparePairs(operands, part, [](auto a, auto b) { return a != b; });
}

Status greater(const Operands& operands, Part part) {
  return comparePairs(operands, part, [](auto a, auto b) { return a > b; });
}

Status greaterEqual(const Operands& operands, Part part) {
  return comparePairs(operands, part, [](auto a, auto b) { return a >= b; });
}

Status less(const Operands& operands, Part part) {
  return comparePairs(operands, part, [](auto a, auto b) { return a < b; });
}

Status lessEqual(const Operands& operands, Part part) {
  return comparePairs(operands, part, [](auto a, auto b) { return a <= b; });
}

Status where(const Operands& operands, Part part) {
  const View& output = operands.output();
  if (output.size == 0) return {};
  const Walk<3> walk = broadcastWalk<3>(output, operands.in);
  const std::int64_t conditionStep = walk.innerStride(0);
  const std::int64_t aStep = walk.innerStride(1), bStep = walk.innerStride(2);
  const bool allMove = conditionStep != 0 && aStep != 0 && bStep != 0;
  const std::uint8_t* const conditions = operands.input(0).as<std::uint8_t>();
  withType(output.dtype, [&](auto zero) {
    using T = decltype(zero);
    walk.forRuns(elementsOf(output, part),
                 [&](std::int64_t first, std::int64_t length, const std::int64_t* offsets) {
                   const std::uint8_t* const condition = conditions + offsets[0];
                   const T* const a = operands.input(1).as<T>() + offsets[1];
                   const T* const b = operands.input(2).as<T>() + offsets[2];
                   T* const y = output.as<T>() + first;
                   if (allMove) {
                     NABLA_SIMD
                     for (std::int64_t i = 0; i < length; i++)
                       y[i] = condition[i] != 0 ? a[i] : b[i];
                   } else {
                     NABLA_SIMD
                     for (std::int64_t i = 0; i < length; i++) {
                       y[i] = condition[i * conditionStep] != 0 ? a[i * aStep] : b[i * bStep];
                     }
                   }
                 });
  });
  return {};
}

}  // namespace nabla::NABLA_ISA
