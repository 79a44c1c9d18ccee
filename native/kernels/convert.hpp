// Conversion between element types.
#pragma once

#include <cstring>

#include "kernels.hpp"

namespace nabla::NABLA_ISA {

template <typename To, typename From>
struct Converter {
  static To convert(From x) { return static_cast<To>(x); }
};

/// Truncates towards 0 and saturates; NaN gives 0. Only values in range meet the cast.
template <typename From>
struct SaturatingConverter {
  static std::int32_t toInt32(From x) {
    const bool over = x >= From(2147483648.0);
    const bool inside = x >= From(-2147483648.0) && !over;
    const std::int32_t truncated = static_cast<std::int32_t>(inside ? x : From(0));
    const std::int32_t outside = over ? INT32_MAX : (x < 0 ? INT32_MIN : 0);
    return inside ? truncated : outside;
  }
  static std::uint8_t toUint8(From x) {
    const From raised = x > 0 ? x : From(0);  // NaN too
    return static_cast<std::uint8_t>(static_cast<std::int32_t>(raised < 255 ? raised : From(255)));
  }
};

template <>
struct Converter<std::int32_t, float> {
  static std::int32_t convert(float x) { return SaturatingConverter<float>::toInt32(x); }
};
template <>
struct Converter<std::int32_t, double> {
  static std::int32_t convert(double x) { return SaturatingConverter<double>::toInt32(x); }
};
template <>
struct Converter<std::uint8_t, float> {
  static std::uint8_t convert(float x) { return SaturatingConverter<float>::toUint8(x); }
};
template <>
struct Converter<std::uint8_t, double> {
  static std::uint8_t convert(double x) { return SaturatingConverter<double>::toUint8(x); }
};
template <>
struct Converter<std::uint8_t, std::int32_t> {
  static std::uint8_t convert(std::int32_t x) {
    return static_cast<std::uint8_t>(x < 0 ? 0 : (x > 255 ? 255 : x));
  }
};

/// y[i] = x[i] in y's type.
template <typename From, typename To>
inline void convertRun(const From* x, To* y, std::int64_t length) {
  NABLA_SIMD
  for (std::int64_t i = 0; i < length; i++) y[i] = Converter<To, From>::convert(x[i]);
}

template <typename T>
inline void convertRun(const T* x, T* y, std::int64_t length) {
  std::memmove(y, x, static_cast<std::size_t>(length) * sizeof(T));
}

}  // namespace nabla::NABLA_ISA
