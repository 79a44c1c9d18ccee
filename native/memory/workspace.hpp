// Scratch memory for the parts of a step, each its own.
#pragma once

#include <cstdint>

#include "memory/buffer-ref.hpp"

namespace nabla {

class Workspace {
 public:
  /// Room for so many parts, contents undefined; false when memory is out.
  bool reserve(int parts, std::int64_t bytesPerPart) {
    buffer_.reset();
    constexpr std::int64_t kAlignment = 64;
    stride_ = (bytesPerPart + kAlignment - 1) / kAlignment * kAlignment;
    if (stride_ == 0) return true;
    buffer_ =
        BufferRef::allocate(static_cast<std::size_t>(stride_) * static_cast<std::size_t>(parts));
    return static_cast<bool>(buffer_);
  }

  /// The memory of a part; null if none was asked for.
  void* of(int part) const {
    return buffer_ ? static_cast<char*>(buffer_.data()) + part * stride_ : nullptr;
  }

 private:
  BufferRef buffer_;
  std::int64_t stride_ = 0;
};

}  // namespace nabla
