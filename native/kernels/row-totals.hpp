// Totals of rows that are added in any order.
#pragma once

#include <cstdint>

#include "totals.hpp"

namespace nabla::NABLA_ISA {

/// totals[k] takes row[k]
template <typename T>
void takeRow(Sum<T>* totals, const T* row, std::int64_t length) {
  for (std::int64_t k = 0; k < length; k++) totals[k].take(row[k]);
}

template <typename T>
void clearTotals(Sum<T>* totals, std::int64_t count) {
  for (std::int64_t i = 0; i < count; i++) totals[i] = Sum<T>();
}

template <typename T>
void writeTotals(const Sum<T>* totals, T* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; i++) y[i] = totals[i].value();
}

}  // namespace nabla::NABLA_ISA
