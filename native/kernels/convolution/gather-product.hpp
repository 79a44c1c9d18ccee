// A matrix product whose left operand is gathered while it is multiplied: element (m, k) lies at
// rows[m] + steps[k]. Windows of a picture are such a matrix, so that no column matrix is made; so
// is its transpose, which the gradient to a kernel takes.
//
// The right operand lies in panels of as many columns as a tile of registers has. A tile's sums
// stay in registers while a panel's rows pass; the panel stays in the first cache while the left
// operand's rows pass.
#pragma once

#include "kernels/math.hpp"
#include "kernels/vector.hpp"

namespace nabla::NABLA_ISA {

// Sizes of a tile: its sums, a row of the panel and an element of the left operand fill the
// registers.
constexpr int kTileRows = kVectorRegisters >= 32 ? 8 : 6;
constexpr int kTileVectors = 2;

/// Columns of a panel.
template <typename T>
constexpr std::int64_t kPanel = kTileVectors* kLanes<T>;

template <typename T>
struct GatherProduct {
  const T* a;
  const std::int32_t* rows;   // offsets into a, one a row of the result
  const std::int32_t* steps;  // offsets from there, one a term of the sums
  std::int64_t rowCount, depth;
  // Terms that are summed in registers before the sums go to memory: so many rows of a panel, and
  // what they meet, stay in the first cache, and long sums are sums of short ones.
  std::int64_t block;
  const T* b;
  std::int64_t bStride;      // from one row of a panel to the next
  std::int64_t panelStride;  // from one panel to the next
  std::int64_t columns;
  T* c;
  const std::int32_t* cRows;  // offsets into c, one a row
  const T* start;             // one a column, added to the sums; may be null
  bool adds;                  // to what is there
  T floor;                    // of the results: 0 or minus infinity
};

/// R rows and V vectors of a product, of which `columns` columns are wanted; V * lanes of `b` can
/// be read.
template <typename T, int R, int V>
void gatherTile(const GatherProduct<T>& p, std::int64_t columns) {
  constexpr int kWidth = V * kLanes<T>;
  const bool isWhole = columns == kWidth;
  const std::size_t bytes = static_cast<std::size_t>(columns) * sizeof(T);
  T padded[kWidth] = {};  // for rows that end within a register
  Vector<T> sums[R][V];
  const T* rows[R];
  T* targets[R];
  const T* start = p.start;
  if (start != nullptr && !isWhole) start = static_cast<T*>(std::memcpy(padded, start, bytes));
  NABLA_UNROLL
  for (int r = 0; r < R; r++) {
    rows[r] = p.a + p.rows[r];
    targets[r] = p.c + p.cRows[r];
    if (p.adds) NABLA_PREFETCH(targets[r]);
  }
  NABLA_UNROLL
  for (int v = 0; v < V; v++) {
    const Vector<T> first = start == nullptr ? zeroVector<T>() : loadVector(start + v * kLanes<T>);
    NABLA_UNROLL
    for (int r = 0; r < R; r++) sums[r][v] = first;
  }
  const T* b = p.b;
  const std::int64_t stride = p.bStride;
  const std::int32_t* const end = p.steps + p.depth;
  for (const std::int32_t* step = p.steps; step < end; step++, b += stride) {
    const std::int64_t k = *step;
    Vector<T> right[V];
    NABLA_UNROLL
    for (int v = 0; v < V; v++) right[v] = loadVector(b + v * kLanes<T>);
    NABLA_UNROLL
    for (int r = 0; r < R; r++) {
      const T left = rows[r][k];
      NABLA_UNROLL
      for (int v = 0; v < V; v++) sums[r][v] = multiplyAdd(sums[r][v], left, right[v]);
    }
  }
  const T floor = p.floor;
  if (p.adds) {
    NABLA_UNROLL
    for (int r = 0; r < R; r++) {
      const T* const from =
          isWhole ? targets[r] : static_cast<T*>(std::memcpy(padded, targets[r], bytes));
      NABLA_UNROLL
      for (int v = 0; v < V; v++) sums[r][v] = sums[r][v] + loadVector(from + v * kLanes<T>);
    }
  }
  NABLA_UNROLL
  for (int r = 0; r < R; r++) {
    T* const to = isWhole ? targets[r] : padded;
    NABLA_UNROLL
    for (int v = 0; v < V; v++) storeVector(to + v * kLanes<T>, atLeast(sums[r][v], floor));
    if (!isWhole) std::memcpy(targets[r], padded, bytes);
  }
}

/// The kernel for a tile of `rows` rows, at most R.
template <typename T, int V, int R = kTileRows>
void gatherTileOf(int rows, const GatherProduct<T>& p, std::int64_t columns) {
  if constexpr (R > 1) {
    if (rows < R) return gatherTileOf<T, V, R - 1>(rows, p, columns);
  }
  gatherTile<T, R, V>(p, columns);
}

/// All rows of one panel's columns, in tiles of nearly equal heights.
template <typename T, int V>
void gatherPanel(GatherProduct<T> p, std::int64_t columns) {
  const std::int64_t tiles = (p.rowCount + kTileRows - 1) / kTileRows;
  const std::int32_t* const rows = p.rows;
  const std::int32_t* const cRows = p.cRows;
  std::int64_t first = 0;
  for (std::int64_t tile = 1; tile <= tiles; tile++) {
    const std::int64_t next = p.rowCount * tile / tiles;
    p.rows = rows + first;
    p.cRows = cRows + first;
    gatherTileOf<T, V>(static_cast<int>(next - first), p, columns);
    first = next;
  }
}

/// The whole product.
template <typename T>
void gatherMultiply(const GatherProduct<T>& product) {
  for (std::int64_t column = 0; column < product.columns; column += kPanel<T>) {
    GatherProduct<T> p = product;
    const std::int64_t rest = product.columns - column;
    const std::int64_t columns = rest < kPanel<T> ? rest : kPanel<T>;
    p.b += column / kPanel<T> * p.panelStride;
    p.c += column;
    if (p.start != nullptr) p.start += column;
    for (std::int64_t term = 0; term < product.depth; term += product.block) {
      const std::int64_t left = product.depth - term;
      const bool isLast = left <= product.block;
      p.depth = isLast ? left : product.block;
      if (term > 0) p.start = nullptr;
      p.adds = term > 0 || product.adds;
      p.floor = isLast ? product.floor : -math::kInfinity<T>;
      if (columns <= kLanes<T>) {
        gatherPanel<T, 1>(p, columns);
      } else {
        gatherPanel<T, 2>(p, columns);
      }
      p.steps += p.depth;
      p.b += p.depth * p.bStride;
    }
  }
}

}  // namespace nabla::NABLA_ISA
