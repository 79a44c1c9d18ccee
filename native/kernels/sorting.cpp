// Order along the last axis: the greatest, and all sorted.
#include <cstring>

#include "kernels.hpp"
#include "math.hpp"
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

/// Calls f(x, n, values, indices, k) for the part's rows of n values, k of which each gives with
/// their indices.
template <typename F>
void eachRanking(const Operands& operands, Part part, F f) {
  const View &x = operands.input(0), &values = operands.output(0), &indices = operands.output(1);
  const std::int64_t n = x.lastDim(), k = values.lastDim();
  const Range rows = leadingRows(x, part);
  withType(x.dtype, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t row = rows.begin; row < rows.end; row++) {
      f(static_cast<const T*>(x.as<T>()) + row * n, n, values.as<T>() + row * k,
        indices.as<std::int32_t>() + row * k, k);
    }
  });
}

void topK(const Operands& operands, Part part) {
  eachRanking(
      operands, part,
      [&](const auto* x, std::int64_t n, auto* values, std::int32_t* indices, std::int64_t k) {
        greatestOf(x, n, k, static_cast<std::int32_t*>(part.workspace), values, indices);
      });
}

// Sorting is by radix, on keys that order as unsigned integers as their values do: NaN last, -0
// like 0. Equal keys keep their order.

inline std::uint32_t keyOf(float x) {
  constexpr std::uint32_t kSign = 0x80000000u;
  if (x != x) return 0xffffffffu;
  const std::uint32_t bits = math::bitsOf(x == 0 ? 0.0f : x);
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

inline std::uint64_t keyOf(double x) {
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
  if (x != x) return ~std::uint64_t{0};
  const double plain = x == 0 ? 0.0 : x;
  std::uint64_t bits;
  std::memcpy(&bits, &plain, sizeof bits);
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

inline std::uint32_t keyOf(std::int32_t x) { return static_cast<std::uint32_t>(x) ^ 0x80000000u; }
inline std::uint32_t keyOf(std::uint8_t x) { return x; }

/// Keys and the places they come from.
template <typename Key>
struct Keyed {
  Key* keys;
  std::int32_t* places;

  void put(std::int64_t at, Key key, std::int32_t place) {
    keys[at] = key;
    places[at] = place;
  }
};

template <typename Key>
void insertionSort(Keyed<Key> list, std::int64_t n) {
  for (std::int64_t i = 1; i < n; i++) {
    const Key key = list.keys[i];
    const std::int32_t place = list.places[i];
    std::int64_t at = i;
    for (; at > 0 && list.keys[at - 1] > key; at--) {
      list.put(at, list.keys[at - 1], list.places[at - 1]);
    }
    list.put(at, key, place);
  }
}

/// Orders `from` by eight bits of its keys into `to`; false if that would change nothing.
template <typename Key>
bool radixPass(Keyed<Key> from, Keyed<Key> to, std::int64_t n, int shift) {
  std::int64_t next[256] = {};
  for (std::int64_t i = 0; i < n; i++) next[from.keys[i] >> shift & 0xff]++;
  if (next[from.keys[0] >> shift & 0xff] == n) return false;
  std::int64_t total = 0;
  for (std::int64_t& count : next) {
    const std::int64_t before = total;
    total += count;
    count = before;
  }
  for (std::int64_t i = 0; i < n; i++) {
    to.put(next[from.keys[i] >> shift & 0xff]++, from.keys[i], from.places[i]);
  }
  return true;
}

constexpr std::int64_t kFewToSort = 48;

/// A row in ascending order. `workspace` has room for two lists of n keys and places.
template <typename T>
void sortRow(const T* row, std::int64_t n, void* workspace, T* values, std::int32_t* indices) {
  using Key = decltype(keyOf(T{}));
  Key* const keys = static_cast<Key*>(workspace);
  std::int32_t* const places = reinterpret_cast<std::int32_t*>(keys + 2 * n);
  Keyed<Key> list = {keys, places}, other = {keys + n, places + n};
  for (std::int64_t i = 0; i < n; i++) list.put(i, keyOf(row[i]), static_cast<std::int32_t>(i));
  if (n <= kFewToSort) {
    insertionSort(list, n);
  } else {
    for (int shift = 0; shift < 8 * static_cast<int>(sizeof(T)); shift += 8) {
      if (!radixPass(list, other, n, shift)) continue;
      const Keyed<Key> sorted = other;
      other = list;
      list = sorted;
    }
  }
  for (std::int64_t i = 0; i < n; i++) {
    indices[i] = list.places[i];
    values[i] = row[list.places[i]];
  }
}

void sort(const Operands& operands, Part part) {
  eachRanking(operands, part,
              [&](const auto* x, std::int64_t n, auto* values, std::int32_t* indices,
                  std::int64_t) { sortRow(x, n, part.workspace, values, indices); });
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

void sortRule(TypeQuery& query) {
  const Type& x = query.input(0);
  if (x.rank == 0) query.fail(ErrorKind::Range, "expected at least one axis but received {0}");
  if (x.dims[x.rank - 1] > INT32_MAX) {
    query.fail(ErrorKind::Range, "expected a last axis below 2^31 for {0}");
  }
  for (int i = 0; i < 2; i++) query.output(i) = x;
  query.output(1).dtype = DType::Int32;
}

// ---- rows

std::int64_t indicesOfRow(const Operands& operands) {
  return operands.input(0).lastDim() * static_cast<std::int64_t>(sizeof(std::int32_t));
}

std::int64_t keysOfRow(const Operands& operands) {
  const View& x = operands.input(0);
  const std::size_t key = x.dtype == DType::Float64 ? sizeof(std::uint64_t) : sizeof(std::uint32_t);
  return 2 * x.lastDim() * static_cast<std::int64_t>(key + sizeof(std::int32_t));
}

constexpr OpRow kRows[] = {
    OpRow(
        "sort",
        "values, indices = the elements of the last axis in ascending order, equal ones in theirs, "
        "NaN last, and their int32 places (any dtype)")
        .reads("x", Access::Rows)
        .gives("values", Access::Rows)
        .gives("indices", Access::Rows)
        .slices(slicesOfRows)
        .workspace(keysOfRow)
        .costs(Cost::Functions)
        .rule(sortRule)
        .kernel(sort),
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
