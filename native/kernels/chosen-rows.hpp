// What the gathers share: the rows of a table in the order of given indices.
#pragma once

#include "kernels.hpp"
#include "vector.hpp"

namespace nabla::NABLA_ISA {

// Committed constants, calibrated on a shuffled table of images that no cache holds.
constexpr std::int64_t kRowsAhead = 2;
constexpr std::int64_t kMostBytesAhead = 2048;  // the processor foresees the rest of a long row

/// Asks for the beginning of what is read soon.
inline void fetchAhead(const void* row, std::int64_t bytes) {
#if defined(__GNUC__)
  const std::int64_t end = bytes < kMostBytesAhead ? bytes : kMostBytesAhead;
  for (std::int64_t at = 0; at < end; at += kCacheLine) {
    __builtin_prefetch(static_cast<const char*>(row) + at);
  }
#else
  static_cast<void>(row);
  static_cast<void>(bytes);
#endif
}

/// Calls f(i, columns of row indices[i] of x) for i in `range`. Rows in random order come from
/// memory, one stall each, unless they are asked for in time.
template <typename T, typename F>
inline void eachChosenRow(const View& x, const View& indices, Range range, Range columns, F f) {
  const std::int64_t rowSize = x.size / x.dims[0];
  const auto bytes = (columns.end - columns.begin) * static_cast<std::int64_t>(sizeof(T));
  const auto rowAt = [&](std::int64_t i) {
    return x.as<T>() + indices.as<std::int32_t>()[i] * rowSize + columns.begin;
  };
  for (std::int64_t i = range.begin; i < range.end; i++) {
    if (i + kRowsAhead < range.end) fetchAhead(rowAt(i + kRowsAhead), bytes);
    f(i, rowAt(i));
  }
}

/// For type rules: input `i` holds indices.
inline void expectIndices(const TypeQuery& query, int i) {
  if (query.input(i).dtype == DType::Int32) return;
  query.fail(ErrorKind::Type, "expected int32 indices but received {%d}; use cast", i);
}

}  // namespace nabla::NABLA_ISA
