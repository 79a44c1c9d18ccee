// Registers at the end of a row, where fewer elements may be left than they hold.
#pragma once

#include "vector.hpp"

#if defined(__GNUC__) && defined(__AVX2__)
#include <immintrin.h>
#endif

namespace nabla::NABLA_ISA {
namespace tails {

template <typename T>
inline Vector<T> load(const T* from, std::int64_t left) {
  T lanes[kLanes<T>] = {};
  for (std::int64_t i = 0; i < left; i++) lanes[i] = from[i];
  return loadVector(lanes);
}

template <typename T>
inline void store(T* to, Vector<T> x, std::int64_t left) {
  T lanes[kLanes<T>];
  storeVector(lanes, x);
  for (std::int64_t i = 0; i < left; i++) to[i] = lanes[i];
}

#if defined(__GNUC__) && defined(__AVX512F__)

/// A bit for each element that is left.
template <typename Mask>
inline Mask bitsOf(std::int64_t left) {
  return left <= 0 ? Mask(0) : static_cast<Mask>((1U << left) - 1U);
}

inline Vector<float> load(const float* from, std::int64_t left) {
  return {_mm512_maskz_loadu_ps(bitsOf<__mmask16>(left), from)};
}

inline Vector<double> load(const double* from, std::int64_t left) {
  return {_mm512_maskz_loadu_pd(bitsOf<__mmask8>(left), from)};
}

inline void store(float* to, Vector<float> x, std::int64_t left) {
  _mm512_mask_storeu_ps(to, bitsOf<__mmask16>(left), x.lanes);
}

inline void store(double* to, Vector<double> x, std::int64_t left) {
  _mm512_mask_storeu_pd(to, bitsOf<__mmask8>(left), x.lanes);
}

#elif defined(__GNUC__) && defined(__AVX2__)

// Stores by a mask take longer than the loop on many processors.
inline Vector<float> load(const float* from, std::int64_t left) {
  const __m256i places = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i most = _mm256_set1_epi32(static_cast<int>(left));
  return {_mm256_maskload_ps(from, _mm256_cmpgt_epi32(most, places))};
}

inline Vector<double> load(const double* from, std::int64_t left) {
  const __m256i places = _mm256_setr_epi64x(0, 1, 2, 3);
  const __m256i most = _mm256_set1_epi64x(left);
  return {_mm256_maskload_pd(from, _mm256_cmpgt_epi64(most, places))};
}

#endif

}  // namespace tails

/// The elements that are left (none if that is negative), if they are fewer than a register holds;
/// zeros after them.
template <typename T>
inline Vector<T> loadUpTo(const T* from, std::int64_t left) {
  return left >= kLanes<T> ? loadVector(from) : tails::load(from, left);
}

template <typename T>
inline void storeUpTo(T* to, Vector<T> x, std::int64_t left) {
  if (left >= kLanes<T>) return storeVector(to, x);
  tails::store(to, x, left);
}

}  // namespace nabla::NABLA_ISA
