// Scratch memory for the parts of a step, each its own.
#pragma once

#include <cstdint>

#include "memory/buffer.hpp"

namespace nabla {

class Workspace {
 public:
  Workspace() = default;
  ~Workspace() { releaseBuffer(buffer_); }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  /// Room for so many parts, contents undefined; false when memory is out.
  bool reserve(int parts, std::int64_t bytesPerPart) {
    releaseBuffer(buffer_);
    buffer_ = nullptr;
    constexpr std::int64_t kAlignment = 64;
    stride_ = (bytesPerPart + kAlignment - 1) / kAlignment * kAlignment;
    if (stride_ == 0) return true;
    buffer_ = allocateBuffer(static_cast<std::size_t>(stride_) * static_cast<std::size_t>(parts));
    return buffer_ != nullptr;
  }

  /// The memory of a part; null if none was asked for.
  void* of(int part) const {
    return buffer_ == nullptr ? nullptr : static_cast<char*>(buffer_->data) + part * stride_;
  }

 private:
  Buffer* buffer_ = nullptr;
  std::int64_t stride_ = 0;
};

}  // namespace nabla
