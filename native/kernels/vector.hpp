// A register of the instruction set that is being compiled, for kernels that hold their sums in
// registers by hand.
#pragma once

#include <cmath>
#include <cstring>

#include "kernels.hpp"

namespace nabla::NABLA_ISA {

// Before a loop over registers, of a constant number of them; one that is not unrolled as a whole
// keeps them in memory.
#if defined(__clang__)
#define NABLA_UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define NABLA_UNROLL _Pragma("GCC unroll 32")
#else
#define NABLA_UNROLL
#endif

constexpr int kMostUnrolled = 32;

// Before a function whose callers hold registers for it.
#if defined(_MSC_VER) && !defined(__clang__)
#define NABLA_INLINE __forceinline
#else
#define NABLA_INLINE inline __attribute__((always_inline))
#endif

// Before a function whose loop wants all registers of the processor for itself.
#if defined(__GNUC__)
#define NABLA_APART __attribute__((noinline))
#else
#define NABLA_APART
#endif

constexpr int kCacheLine = 64;

// Memory that is used soon.
#if defined(__GNUC__)
#define NABLA_PREFETCH(address) __builtin_prefetch(address)
#else
#define NABLA_PREFETCH(address) static_cast<void>(address)
#endif

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
constexpr int kVectorRegisters = 32;
#elif defined(__AVX__)
constexpr int kVectorBytes = 32;
constexpr int kVectorRegisters = 16;
#elif defined(__aarch64__) || defined(_M_ARM64)
constexpr int kVectorBytes = 16;
constexpr int kVectorRegisters = 32;
#else
constexpr int kVectorBytes = 16;
constexpr int kVectorRegisters = 16;
#endif

/// Elements in a register.
template <typename T>
constexpr int kLanes = kVectorBytes / static_cast<int>(sizeof(T));

#if defined(__GNUC__)

template <typename T>
struct Vector {
  typedef T Lanes __attribute__((vector_size(kVectorBytes)));
  Lanes lanes;
};

template <typename T>
inline Vector<T> zeroVector() {
  return {typename Vector<T>::Lanes{}};
}

template <typename T>
inline Vector<T> repeat(T x) {
  return {typename Vector<T>::Lanes{} + x};
}

/// sum + a * x
template <typename T>
inline Vector<T> multiplyAdd(Vector<T> sum, T a, Vector<T> x) {
  return {sum.lanes + a * x.lanes};
}

template <typename T>
inline Vector<T> multiplyAdd(Vector<T> sum, Vector<T> a, Vector<T> x) {
  return {sum.lanes + a.lanes * x.lanes};
}

template <typename T>
inline Vector<T> operator+(Vector<T> a, Vector<T> b) {
  return {a.lanes + b.lanes};
}

template <typename T>
inline Vector<T> operator-(Vector<T> a, Vector<T> b) {
  return {a.lanes - b.lanes};
}

template <typename T>
inline Vector<T> operator*(Vector<T> a, Vector<T> b) {
  return {a.lanes * b.lanes};
}

template <typename T>
inline Vector<T> operator/(Vector<T> a, Vector<T> b) {
  return {a.lanes / b.lanes};
}

template <typename T>
inline Vector<T> negative(Vector<T> x) {
  return {-x.lanes};
}

template <typename T>
inline Vector<T> absolute(Vector<T> x) {
  using Bits = decltype(x.lanes < x.lanes);
  const typename Vector<T>::Lanes zero = {};
  return {(typename Vector<T>::Lanes)((Bits)x.lanes & ~(Bits)-zero)};
}

template <typename T>
inline Vector<T> squareRoot(Vector<T> x) {
  Vector<T> y;
  for (int i = 0; i < kLanes<T>; i++) y.lanes[i] = std::sqrt(x.lanes[i]);
  return y;
}

/// x < floor ? floor : x; NaN stays
template <typename T>
inline Vector<T> atLeast(Vector<T> x, Vector<T> floor) {
  return {x.lanes < floor.lanes ? floor.lanes : x.lanes};
}

/// x > ceiling ? ceiling : x; NaN stays
template <typename T>
inline Vector<T> atMost(Vector<T> x, Vector<T> ceiling) {
  return {x.lanes > ceiling.lanes ? ceiling.lanes : x.lanes};
}

/// a < b ? b : a; NaN if either is NaN
template <typename T>
inline Vector<T> maximumOf(Vector<T> a, Vector<T> b) {
  return {((a.lanes < b.lanes) | (b.lanes != b.lanes)) ? b.lanes : a.lanes};
}

/// a > b ? b : a; NaN if either is NaN
template <typename T>
inline Vector<T> minimumOf(Vector<T> a, Vector<T> b) {
  return {((a.lanes > b.lanes) | (b.lanes != b.lanes)) ? b.lanes : a.lanes};
}

/// y > 0 ? x : 0
template <typename T>
inline Vector<T> wherePositive(Vector<T> y, Vector<T> x) {
  const typename Vector<T>::Lanes zero = {};
  return {y.lanes > zero ? x.lanes : zero};
}

/// x < floor ? floor : x; NaN stays
template <typename T>
inline Vector<T> atLeast(Vector<T> x, T floor) {
  const typename Vector<T>::Lanes floors = typename Vector<T>::Lanes{} + floor;
  return {x.lanes < floors ? floors : x.lanes};
}

/// Where x is greater than `best`, or the first that is no number: takes it and its number.
template <typename T>
inline void keepGreater(Vector<T>& best, Vector<T>& numbers, Vector<T> x, T number) {
  // Nothing is worse than a NaN that is held, and a NaN is not worse than anything.
  const auto isWorse = (x.lanes <= best.lanes) | (best.lanes != best.lanes);
  best.lanes = isWorse ? best.lanes : x.lanes;
  numbers.lanes = isWorse ? numbers.lanes : typename Vector<T>::Lanes{} + number;
}

#else

template <typename T>
struct Vector {
  T lanes[kLanes<T>];
};

template <typename T, typename F>
inline Vector<T> eachLane(F f) {
  Vector<T> y;
  for (int i = 0; i < kLanes<T>; i++) y.lanes[i] = f(i);
  return y;
}

template <typename T>
inline Vector<T> zeroVector() {
  return {};
}

template <typename T>
inline Vector<T> repeat(T x) {
  return eachLane<T>([&](int) { return x; });
}

template <typename T>
inline Vector<T> multiplyAdd(Vector<T> sum, T a, Vector<T> x) {
  return eachLane<T>([&](int i) { return sum.lanes[i] + a * x.lanes[i]; });
}

template <typename T>
inline Vector<T> multiplyAdd(Vector<T> sum, Vector<T> a, Vector<T> x) {
  return eachLane<T>([&](int i) { return sum.lanes[i] + a.lanes[i] * x.lanes[i]; });
}

template <typename T>
inline Vector<T> operator+(Vector<T> a, Vector<T> b) {
  return eachLane<T>([&](int i) { return a.lanes[i] + b.lanes[i]; });
}

template <typename T>
inline Vector<T> operator-(Vector<T> a, Vector<T> b) {
  return eachLane<T>([&](int i) { return a.lanes[i] - b.lanes[i]; });
}

template <typename T>
inline Vector<T> operator*(Vector<T> a, Vector<T> b) {
  return eachLane<T>([&](int i) { return a.lanes[i] * b.lanes[i]; });
}

template <typename T>
inline Vector<T> operator/(Vector<T> a, Vector<T> b) {
  return eachLane<T>([&](int i) { return a.lanes[i] / b.lanes[i]; });
}

template <typename T>
inline Vector<T> negative(Vector<T> x) {
  return eachLane<T>([&](int i) { return -x.lanes[i]; });
}

template <typename T>
inline Vector<T> absolute(Vector<T> x) {
  return eachLane<T>([&](int i) { return std::fabs(x.lanes[i]); });
}

template <typename T>
inline Vector<T> squareRoot(Vector<T> x) {
  return eachLane<T>([&](int i) { return std::sqrt(x.lanes[i]); });
}

template <typename T>
inline Vector<T> atLeast(Vector<T> x, Vector<T> floor) {
  return eachLane<T>(
      [&](int i) { return x.lanes[i] < floor.lanes[i] ? floor.lanes[i] : x.lanes[i]; });
}

template <typename T>
inline Vector<T> atMost(Vector<T> x, Vector<T> ceiling) {
  return eachLane<T>(
      [&](int i) { return x.lanes[i] > ceiling.lanes[i] ? ceiling.lanes[i] : x.lanes[i]; });
}

template <typename T>
inline Vector<T> maximumOf(Vector<T> a, Vector<T> b) {
  return eachLane<T>([&](int i) {
    const T x = a.lanes[i], y = b.lanes[i];
    return x < y || y != y ? y : x;
  });
}

template <typename T>
inline Vector<T> minimumOf(Vector<T> a, Vector<T> b) {
  return eachLane<T>([&](int i) {
    const T x = a.lanes[i], y = b.lanes[i];
    return x > y || y != y ? y : x;
  });
}

template <typename T>
inline Vector<T> wherePositive(Vector<T> y, Vector<T> x) {
  return eachLane<T>([&](int i) { return y.lanes[i] > 0 ? x.lanes[i] : T(0); });
}

template <typename T>
inline Vector<T> atLeast(Vector<T> x, T floor) {
  return eachLane<T>([&](int i) { return x.lanes[i] < floor ? floor : x.lanes[i]; });
}

template <typename T>
inline void keepGreater(Vector<T>& best, Vector<T>& numbers, Vector<T> x, T number) {
  for (int i = 0; i < kLanes<T>; i++) {
    const T held = best.lanes[i], candidate = x.lanes[i];
    if (!(candidate > held) && (candidate == candidate || held != held)) continue;
    best.lanes[i] = candidate;
    numbers.lanes[i] = number;
  }
}

#endif

/// The sum of neighbouring elements, so many, a power of 2: the second half onto the first, again
/// and again.
template <int kCount, typename T>
inline T sumOfHalves(const T* x) {
  if constexpr (kCount == 1) {
    return x[0];
  } else {
    constexpr int kHalf = kCount / 2;
    T sums[kHalf];
#if defined(__GNUC__)
    // By a loop, compilers would add element by element.
    typedef T Half __attribute__((vector_size(kHalf * sizeof(T))));
    Half first, second;
    std::memcpy(&first, x, sizeof first);
    std::memcpy(&second, x + kHalf, sizeof second);
    first = first + second;
    std::memcpy(sums, &first, sizeof first);
#else
    for (int i = 0; i < kHalf; i++) sums[i] = x[i] + x[i + kHalf];
#endif
    return sumOfHalves<kHalf>(static_cast<const T*>(sums));
  }
}

/// From any address.
template <typename T>
inline Vector<T> loadVector(const T* from) {
  Vector<T> x;
  std::memcpy(&x, from, sizeof x);
  return x;
}

template <typename T>
inline void storeVector(T* to, Vector<T> x) {
  std::memcpy(to, &x, sizeof x);
}

/// Halves onto halves.
template <typename T>
inline T sumOfLanes(Vector<T> x) {
  T lanes[kLanes<T>];
  storeVector(lanes, x);
  return sumOfHalves<kLanes<T>>(static_cast<const T*>(lanes));
}

}  // namespace nabla::NABLA_ISA
