// Elementary functions. Those of float are branch-free, so that loops over them vectorise, and err
// by about two units in the last place at most; those of double are the standard library's.
//
// The series are the plain Taylor series on a reduced argument, cut where the next term falls below
// half a unit in float's last place.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "kernels.hpp"

namespace nabla::NABLA_ISA::math {

template <typename T>
constexpr T kLeastNormal = std::numeric_limits<T>::min();
template <typename T>
constexpr T kInfinity = std::numeric_limits<T>::infinity();
template <typename T>
constexpr T kNaN = std::numeric_limits<T>::quiet_NaN();

/// The zero for which a subnormal number counts. The standard library's functions look at bits,
/// whatever the mode, and some go wrong: in that mode log2 of a negative one gives NaN.
template <typename T>
inline T flushed(T x) {
  return std::fabs(x) < kLeastNormal<T> ? std::copysign(T(0), x) : x;
}

inline std::uint32_t bitsOf(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

inline float floatOf(std::uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

/// 2^n for n in [-126, 127]; n may be garbage when the result is not used.
inline float powerOfTwo(std::uint32_t n) { return floatOf((n + 127u) << 23); }

/// x with its sign taken from `sign`.
inline float withSign(float x, float sign) {
  return floatOf((bitsOf(x) & 0x7fffffffu) | (bitsOf(sign) & 0x80000000u));
}

inline float magnitude(float x) { return floatOf(bitsOf(x) & 0x7fffffffu); }

// ln 2 in two parts; products of the first, of ten bits, with an exponent are exact.
constexpr float kLn2High = 0.693359375f;
constexpr float kLn2Low = -2.12194440e-4f;

/// x = n ln 2 + r with |r| <= ln 2 / 2, and m1 = e^r - 1; for |x| < 2^21.
struct Reduced {
  std::uint32_t n;
  float m1;
};

inline Reduced reduceExp(float x) {
  constexpr float kShift = 12582912.0f;  // 1.5 * 2^23: adding it rounds to the nearest integer
  const float shifted = x * 1.44269504f + kShift;
  const float n = shifted - kShift;
  const float r = (x - n * kLn2High) - n * kLn2Low;
  float p = 1.0f / 5040;
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  return {bitsOf(shifted) - bitsOf(kShift), p * r * r + r};
}

/// Half of n, rounded down: the scale 2^n is applied in two steps, so that results may be subnormal
/// and 2^128 does not overflow on the way.
inline std::uint32_t halfOf(std::uint32_t n) {
  return static_cast<std::uint32_t>(static_cast<std::int32_t>(n) >> 1);
}

inline float exp(float x) {
  float bounded = x > 89.0f ? 89.0f : x;  // NaN passes
  bounded = bounded < -104.0f ? -104.0f : bounded;
  const Reduced reduced = reduceExp(bounded);
  const std::uint32_t half = halfOf(reduced.n);
  return (1.0f + reduced.m1) * powerOfTwo(half) * powerOfTwo(reduced.n - half);
}

inline float expm1(float x) {
  float bounded = x > 89.0f ? 89.0f : x;
  bounded = bounded < -20.0f ? -20.0f : bounded;
  const Reduced reduced = reduceExp(bounded);
  const float scale = powerOfTwo(reduced.n);
  const float y = scale * reduced.m1 + (scale - 1.0f);
  // Beyond 88 it is e^x; computed always, for loops with a call in a branch are not vectorised.
  const std::uint32_t half = halfOf(reduced.n);
  const float large = (1.0f + reduced.m1) * powerOfTwo(half) * powerOfTwo(reduced.n - half);
  const float exact = x > 88.0f ? large : y;
  return x == 0.0f ? x : exact;
}

/// ln of the mantissa by the series of 2 artanh(f / (2 + f)), plus the exponent's part.
inline float log(float x) {
  const bool subnormal = x < kLeastNormal<float>;
  const float scaled = subnormal ? x * 8388608.0f : x;
  // m in [sqrt 1/2, sqrt 2): the bits of sqrt 1/2 as offset make the exponent change there.
  constexpr std::uint32_t kSqrtHalf = 0x3f3504f3u;
  const std::uint32_t offset = bitsOf(scaled) - kSqrtHalf;
  const std::int32_t exponent = static_cast<std::int32_t>(offset) >> 23;
  const float f = floatOf((offset & 0x007fffffu) + kSqrtHalf) - 1.0f;
  const float e = static_cast<float>(exponent) - (subnormal ? 23.0f : 0.0f);
  const float s = f / (2.0f + f);
  const float z = s * s;
  float p = 2.0f / 11;
  p = p * z + 2.0f / 9;
  p = p * z + 2.0f / 7;
  p = p * z + 2.0f / 5;
  p = p * z + 2.0f / 3;
  // 2 s = f - s f, and s f = f^2 / 2 - s f^2 / 2: what is subtracted from the exact f is small.
  const float halfSquare = 0.5f * f * f;
  const float y = e * kLn2High + (f - (halfSquare - (s * (halfSquare + p * z) + e * kLn2Low)));
  const float positive = x < kInfinity<float> ? y : x;  // infinity and NaN stay
  const float zero = x == 0.0f ? -kInfinity<float> : positive;
  return x < 0.0f ? kNaN<float> : zero;
}

inline float log1p(float x) {
  const float u = 1.0f + x;
  const float y = log(u);
  // What 1 + x lost by rounding, to first order.
  const float corrected = y + (x - (u - 1.0f)) / u;
  const bool plain = u == 0.0f || !(magnitude(u) < kInfinity<float>);
  const float tiny = magnitude(x) < 1e-8f ? x : corrected;
  return plain ? y : tiny;
}

inline float tanh(float x) {
  const float a = magnitude(x);
  const float e = expm1(2.0f * (a > 10.0f ? 10.0f : a));
  return withSign(e / (e + 2.0f), x);
}

inline float sigmoid(float x) {
  const float e = exp(-magnitude(x));
  return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

inline float softplus(float x) { return (x < 0.0f ? 0.0f : x) + log1p(exp(-magnitude(x))); }

inline double exp(double x) { return std::exp(x); }
inline double expm1(double x) { return std::expm1(x); }
inline double log(double x) { return std::log(flushed(x)); }
inline double log1p(double x) { return std::log1p(x); }
inline double tanh(double x) { return std::tanh(x); }
inline double sigmoid(double x) {
  const double e = std::exp(-std::fabs(x));
  return (x < 0 ? e : 1) / (1 + e);
}
inline double softplus(double x) { return (x < 0 ? 0 : x) + std::log1p(std::exp(-std::fabs(x))); }

template <typename T>
inline T log2(T x) {
  return std::log2(flushed(x));
}

template <typename T>
inline T pow(T a, T b) {
  return std::pow(flushed(a), flushed(b));
}

template <typename T>
inline T atan2(T a, T b) {
  return std::atan2(flushed(a), flushed(b));
}

/// ln(min(max(x, eps), 1 - eps)); NaN passes.
template <typename T>
inline T logClipped(T x, T eps) {
  T bounded = x < eps ? eps : x;
  bounded = bounded > 1 - eps ? 1 - eps : bounded;
  return log(bounded);
}

}  // namespace nabla::NABLA_ISA::math
