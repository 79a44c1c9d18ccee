// What a kernel sees of a tensor: a pointer, an element type and a shape. Contiguous, row-major.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nabla {

/// Element types, numbered as in `src/tensor/dtype.ts`.
enum class DType : std::uint8_t { Float32 = 0, Float64 = 1, Int32 = 2, Uint8 = 3 };

constexpr int kDTypeCount = 4;
constexpr int kMaxRank = 8;

constexpr std::size_t bytesPerElement(DType dtype) {
  switch (dtype) {
    case DType::Float64:
      return 8;
    case DType::Uint8:
      return 1;
    default:
      return 4;
  }
}

constexpr bool isFloat(DType dtype) { return dtype == DType::Float32 || dtype == DType::Float64; }

struct View {
  void* data = nullptr;
  std::int64_t size = 1;  // product of dims; 1 for a scalar
  std::int64_t dims[kMaxRank] = {};
  int rank = 0;
  DType dtype = DType::Float32;

  std::size_t bytes() const { return static_cast<std::size_t>(size) * bytesPerElement(dtype); }

  template <typename T>
  T* as() const {
    return static_cast<T*>(data);
  }

  /// Size of the last axis; 1 for a scalar.
  std::int64_t lastDim() const { return rank == 0 ? 1 : dims[rank - 1]; }
};

inline bool sameShape(const View& a, const View& b) {
  if (a.rank != b.rank) return false;
  for (int axis = 0; axis < a.rank; axis++) {
    if (a.dims[axis] != b.dims[axis]) return false;
  }
  return true;
}

}  // namespace nabla
