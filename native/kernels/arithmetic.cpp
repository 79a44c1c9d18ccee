// Arithmetic of two operands with broadcasting.
#include <cmath>

#include "binary.hpp"

namespace nabla::NABLA_ISA {
namespace {

template <typename F>
Status mapNumericPairs(const Operands& operands, Part part, F f) {
  withNumeric(operands.output().dtype, [&](auto zero) {
    using T = decltype(zero);
    mapPairs<T, T>(operands, part, f);
  });
  return {};
}

template <typename F>
Status mapFloatPairs(const Operands& operands, Part part, F f) {
  withFloat(operands.output().dtype, [&](auto zero) {
    using T = decltype(zero);
    mapPairs<T, T>(operands, part, f);
  });
  return {};
}

}  // namespace

Status add(const Operands& operands, Part part) {
  return mapNumericPairs(operands, part,
                         [](auto a, auto b) { return Arithmetic<decltype(a)>::add(a, b); });
}

Status sub(const Operands& operands, Part part) {
  return mapNumericPairs(operands, part,
                         [](auto a, auto b) { return Arithmetic<decltype(a)>::sub(a, b); });
}

Status mul(const Operands& operands, Part part) {
  return mapNumericPairs(operands, part,
                         [](auto a, auto b) { return Arithmetic<decltype(a)>::mul(a, b); });
}

Status div(const Operands& operands, Part part) {
  return mapFloatPairs(operands, part, [](auto a, auto b) { return a / b; });
}

Status pow(const Operands& operands, Part part) {
  return mapFloatPairs(operands, part, [](auto a, auto b) { return std::pow(a, b); });
}

// A NaN in `a` fails the comparison and stays; one in `b` is picked by b != b.
Status maximum(const Operands& operands, Part part) {
  return mapNumericPairs(operands, part, [](auto a, auto b) { return a < b || b != b ? b : a; });
}

Status minimum(const Operands& operands, Part part) {
  return mapNumericPairs(operands, part, [](auto a, auto b) { return a > b || b != b ? b : a; });
}

}  // namespace nabla::NABLA_ISA
