// Tensors of drivers: memory of exactly the bytes that are needed, so that the address sanitizer
// sees an access beside them.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "table/view.hpp"

namespace nabla::test {

using Dims = std::vector<std::int64_t>;
using Values = std::vector<double>;

inline std::int64_t sizeOf(const Dims& dims) {
  std::int64_t size = 1;
  for (std::int64_t dim : dims) size *= dim;
  return size;
}

inline View viewOf(DType dtype, const Dims& dims) {
  View view;
  view.dtype = dtype;
  view.rank = static_cast<int>(dims.size());
  for (std::size_t axis = 0; axis < dims.size(); axis++) view.dims[axis] = dims[axis];
  view.size = sizeOf(dims);
  return view;
}

/// Calls `f` with a zero of the element type.
template <typename F>
void withType(DType dtype, F f) {
  switch (dtype) {
    case DType::Float32:
      return f(float{});
    case DType::Float64:
      return f(double{});
    case DType::Int32:
      return f(std::int32_t{});
    case DType::Uint8:
      return f(std::uint8_t{});
  }
}

class Array {
 public:
  Array(DType dtype, const Dims& dims)
      : view_(viewOf(dtype, dims)), memory_(std::malloc(view_.bytes())) {
    view_.data = memory_.get();
    // Neither zeros nor right by chance.
    if (view_.bytes() > 0) std::memset(view_.data, 0x5a, view_.bytes());
  }

  Array(DType dtype, const Dims& dims, const Values& values) : Array(dtype, dims) { set(values); }

  const View& view() const { return view_; }

  void set(const Values& values) {
    withType(view_.dtype, [&](auto zero) {
      using T = decltype(zero);
      for (std::size_t i = 0; i < values.size(); i++) {
        view_.as<T>()[i] = static_cast<T>(values[i]);
      }
    });
  }

  /// float32, int32 and uint8 are exact in double.
  Values values() const {
    Values result(static_cast<std::size_t>(view_.size));
    withType(view_.dtype, [&](auto zero) {
      const auto* from = view_.as<decltype(zero)>();
      for (std::size_t i = 0; i < result.size(); i++) result[i] = static_cast<double>(from[i]);
    });
    return result;
  }

  bool sameBytes(const Array& other) const {
    const std::size_t bytes = view_.bytes();
    return bytes == other.view_.bytes() &&
           (bytes == 0 || std::memcmp(view_.data, other.view_.data, bytes) == 0);
  }

  void copyFrom(const Array& other) {
    if (view_.bytes() > 0) std::memcpy(view_.data, other.view_.data, view_.bytes());
  }

 private:
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  View view_;
  std::unique_ptr<void, Free> memory_;
};

}  // namespace nabla::test
