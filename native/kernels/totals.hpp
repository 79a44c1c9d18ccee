// Running sums and products whose rounding does not grow with their length.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels.hpp"

namespace nabla::NABLA_ISA {

/// `part` unless it is an infinity or NaN: what rounding lost of a finite total.
inline double finiteOr0(double part) { return part - part == 0 ? part : 0; }

/// The sum of what was added: of float in double, of double with what each addition lost (Knuth's
/// two-sum), of integers modulo 2^32.
template <typename T>
struct Sum {
  T total = 0;
  void take(T x) { total = Arithmetic<T>::add(total, x); }
  void take(const Sum& other) { take(other.total); }
  T value() const { return total; }
};

template <>
struct Sum<float> {
  double total = 0;
  void take(float x) { total += static_cast<double>(x); }
  void take(const Sum& other) { total += other.total; }
  float value() const { return static_cast<float>(total); }
};

template <>
struct Sum<double> {
  double total = 0, lost = 0;
  void take(double x) {
    const double next = total + x;
    const double added = next - total;
    lost += finiteOr0((total - (next - added)) + (x - added));
    total = next;
  }
  void take(const Sum& other) {
    take(other.total);
    lost += other.lost;
  }
  double value() const { return total + lost; }
};

/// The product likewise; what a multiplication of doubles lost, a fused one tells.
template <typename T>
struct Product {
  T total = 1;
  void take(T x) { total = Arithmetic<T>::mul(total, x); }
  T value() const { return total; }
};

template <>
struct Product<float> {
  double total = 1;
  void take(float x) { total *= static_cast<double>(x); }
  float value() const { return static_cast<float>(total); }
};

template <>
struct Product<double> {
  double total = 1, lost = 0;
  void take(double x) {
    const double next = total * x;
    lost = finiteOr0(lost * x + finiteOr0(std::fma(total, x, -next)));
    total = next;
  }
  double value() const { return total + lost; }
};

}  // namespace nabla::NABLA_ISA
