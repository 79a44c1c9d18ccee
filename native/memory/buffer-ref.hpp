// A reference to a buffer that counts itself: whoever holds one holds the memory.
#pragma once

#include <utility>

#include "memory/buffer.hpp"

namespace nabla {

class BufferRef {
 public:
  BufferRef() = default;
  /// Takes over one reference; null for none.
  explicit BufferRef(Buffer* owned) : buffer_(owned) {}
  BufferRef(const BufferRef& other) : buffer_(other.buffer_) {
    if (buffer_ != nullptr) retainBuffer(buffer_);
  }
  BufferRef(BufferRef&& other) noexcept : buffer_(std::exchange(other.buffer_, nullptr)) {}
  BufferRef& operator=(BufferRef other) noexcept {
    std::swap(buffer_, other.buffer_);
    return *this;
  }
  ~BufferRef() { releaseBuffer(buffer_); }

  /// A buffer of so many bytes, contents undefined; none when memory is out.
  static BufferRef allocate(std::size_t bytes) { return BufferRef(allocateBuffer(bytes)); }

  explicit operator bool() const { return buffer_ != nullptr; }
  Buffer* get() const { return buffer_; }
  void* data() const { return buffer_->data; }
  std::size_t capacity() const { return buffer_->capacity; }
  void reset() { *this = BufferRef(); }

 private:
  Buffer* buffer_ = nullptr;
};

}  // namespace nabla
