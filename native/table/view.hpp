// Tensors as the engine sees them: an element type and a shape, and a pointer to contiguous,
// row-major memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nabla {

/// Element types, numbered as in `src/tensor/dtype.ts`.
enum class DType : std::uint8_t { Float32 = 0, Float64 = 1, Int32 = 2, Uint8 = 3 };

constexpr int kDTypeCount = 4;
constexpr int kMaxRank = 8;

/// A size that only a run tells: of a symbolic tensor, such as the number of its rows.
constexpr std::int64_t kUnknown = -1;

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

/// What is known of a tensor without its values.
struct Type {
  std::int64_t dims[kMaxRank] = {};
  int rank = 0;
  DType dtype = DType::Float32;
};

/// What a kernel sees of a tensor. All sizes are known.
struct View : Type {
  void* data = nullptr;
  std::int64_t size = 1;  // product of dims; 1 for a scalar

  std::size_t bytes() const { return static_cast<std::size_t>(size) * bytesPerElement(dtype); }

  template <typename T>
  T* as() const {
    return static_cast<T*>(data);
  }

  /// Size of the last axis; 1 for a scalar.
  std::int64_t lastDim() const { return rank == 0 ? 1 : dims[rank - 1]; }
};

inline bool sameShape(const Type& a, const Type& b) {
  if (a.rank != b.rank) return false;
  for (int axis = 0; axis < a.rank; axis++) {
    if (a.dims[axis] != b.dims[axis]) return false;
  }
  return true;
}

inline bool sameType(const Type& a, const Type& b) { return a.dtype == b.dtype && sameShape(a, b); }

/// A view without data; all sizes are known.
inline View viewOf(const Type& type) {
  View view;
  static_cast<Type&>(view) = type;
  for (int axis = 0; axis < type.rank; axis++) view.size *= type.dims[axis];
  return view;
}

}  // namespace nabla
