// The greatest along the last axis.
#include "kernels.hpp"
#include "rows.hpp"

namespace nabla::NABLA_ISA {
namespace {

// ---- kernels

/// True if element a of a row comes before element b, greatest first: NaN before all, and of equal
/// ones the first.
template <typename T>
bool comesBefore(const T* row, std::int32_t a, std::int32_t b) {
  const bool aIsNaN = row[a] != row[a], bIsNaN = row[b] != row[b];
  if (aIsNaN || bIsNaN) return aIsNaN && (!bIsNaN || a < b);
  return row[a] != row[b] ? row[a] > row[b] : a < b;
}

/// Lets the index at `at` sink in a heap of `size` indices until none below comes before it.
template <typename T>
void sink(const T* row, std::int32_t* heap, std::int64_t at, std::int64_t size) {
  while (true) {
    std::int64_t first = at;
    for (std::int64_t child = 2 * at + 1; child <= 2 * at + 2 && child < size; child++) {
      if (comesBefore(row, heap[child], heap[first])) first = child;
    }
    if (first == at) return;
    const std::int32_t index = heap[at];
    heap[at] = heap[first];
    heap[first] = index;
    at = first;
  }
}

/// The k greatest of a row of n. `heap` has room for n indices.
template <typename T>
void greatestOf(const T* row, std::int64_t n, std::int64_t k, std::int32_t* heap, T* values,
                std::int32_t* indices) {
  for (std::int64_t i = 0; i < n; i++) heap[i] = static_cast<std::int32_t>(i);
  for (std::int64_t i = n / 2; i-- > 0;) sink(row, heap, i, n);
  for (std::int64_t i = 0; i < k; i++) {
    indices[i] = heap[0];
    values[i] = row[heap[0]];
    heap[0] = heap[n - 1 - i];
    sink(row, heap, 0, n - 1 - i);
  }
}

void topK(const Operands& operands, Part part) {
  const View &x = operands.input(0), &values = operands.output(0), &indices = operands.output(1);
  const std::int64_t n = x.lastDim(), k = values.lastDim();
  const Range rows = leadingRows(x, part);
  withType(x.dtype, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t row = rows.begin; row < rows.end; row++) {
      greatestOf(x.as<T>() + row * n, n, k, static_cast<std::int32_t*>(part.workspace),
                 values.as<T>() + row * k, indices.as<std::int32_t>() + row * k);
    }
  });
}

// ---- rules

void topKRule(TypeQuery& query) {
  const Type& x = query.input(0);
  if (x.rank == 0) query.fail(ErrorKind::Range, "expected at least one axis but received {0}");
  const std::int64_t n = x.dims[x.rank - 1], k = query.integer(0);
  if (k < 0 || (n != kUnknown && k > n)) {
    query.fail(ErrorKind::Range, "expected k in [0, %lld] for {0} but received {=0}",
               static_cast<long long>(n));
  }
  if (n > INT32_MAX) query.fail(ErrorKind::Range, "expected a last axis below 2^31 for {0}");
  for (int i = 0; i < 2; i++) {
    query.output(i) = x;
    query.output(i).dims[x.rank - 1] = k;
  }
  query.output(1).dtype = DType::Int32;
}

// ---- rows

std::int64_t indicesOfRow(const Operands& operands) {
  return operands.input(0).lastDim() * static_cast<std::int64_t>(sizeof(std::int32_t));
}

constexpr OpRow kRows[] = {
    OpRow(
        "topK",
        "values, indices = the k greatest along the last axis, greatest first, NaN before all, and "
        "their int32 places (any dtype)")
        .reads("x", Access::Rows)
        .gives("values", Access::Rows)
        .gives("indices", Access::Rows)
        .number("k")
        .slices(slicesOfRows)
        .workspace(indicesOfRow)
        .costs(Cost::Functions)
        .rule(topKRule)
        .kernel(topK),
};

}  // namespace

NABLA_FAMILY(sorting, kRows);

}  // namespace nabla::NABLA_ISA
