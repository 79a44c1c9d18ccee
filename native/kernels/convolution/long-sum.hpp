// The sum over a long batch: what T adds up is carried over to double from time to time, before
// rounding grows with the number of terms.
#pragma once

#include <cstdint>

namespace nabla::NABLA_ISA {

template <typename T>
class LongSum {
 public:
  /// `values` and `totals`, of `count` numbers; `values` start as 0.
  LongSum(T* values, double* totals, std::int64_t count)
      : values_(values), totals_(totals), count_(count) {}

  /// Says that `windows` more are to be added to the values.
  void expect(std::int64_t windows) {
    if (pending_ > 0 && pending_ + windows > kWindows) carryOver();
    pending_ += windows;
  }

  void finish() {
    if (!hasTotals_) return;
    carryOver();
    for (std::int64_t i = 0; i < count_; i++) values_[i] = static_cast<T>(totals_[i]);
  }

 private:
  /// Few beside what their products take, many beside the time that it takes to carry over.
  static constexpr std::int64_t kWindows = 4096;

  void carryOver() {
    for (std::int64_t i = 0; i < count_; i++) {
      totals_[i] = (hasTotals_ ? totals_[i] : 0.0) + static_cast<double>(values_[i]);
      values_[i] = 0;
    }
    hasTotals_ = true;
    pending_ = 0;
  }

  T* values_;
  double* totals_;
  std::int64_t count_;
  std::int64_t pending_ = 0;
  bool hasTotals_ = false;
};

}  // namespace nabla::NABLA_ISA
