// Division that rounds down, and what it leaves: a = floorDiv(a, b) b + mod(a, b), as in Python.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels.hpp"

namespace nabla::NABLA_ISA {

/// The remainder, of the divisor's sign; NaN for a divisor of 0.
template <typename T>
inline T mod(T a, T b) {
  const T rest = std::fmod(a, b);
  if (rest == 0) return std::copysign(T(0), b);
  return (rest < 0) != (b < 0) ? rest + b : rest;
}

/// The quotient rounded down: from the remainder, so that it is exact where a / b would round up.
template <typename T>
inline T floorDiv(T a, T b) {
  if (b == 0) return a / b;
  const T rest = std::fmod(a, b);
  T quotient = (a - rest) / b;
  if (rest != 0 && (rest < 0) != (b < 0)) quotient -= 1;
  if (quotient == 0) return std::copysign(T(0), a / b);
  const T floored = std::floor(quotient);
  return quotient - floored > T(0.5) ? floored + 1 : floored;
}

// Of integers: 0 for a divisor of 0, and -2^31 / -1 wraps around.

inline std::int32_t mod(std::int32_t a, std::int32_t b) {
  if (b == 0 || b == -1) return 0;
  const std::int32_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

inline std::int32_t floorDiv(std::int32_t a, std::int32_t b) {
  if (b == 0) return 0;
  if (b == -1) return Arithmetic<std::int32_t>::sub(0, a);
  const std::int32_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

}  // namespace nabla::NABLA_ISA
