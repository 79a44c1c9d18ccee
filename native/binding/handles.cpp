#include "binding/handles.hpp"

#include <utility>

namespace nabla {

void Handles::makeRoom(int count) {
  while (free_.size() < static_cast<std::size_t>(count)) {
    // Room for all handles, so that `release` needs no memory.
    if (free_.capacity() <= entries_.size()) free_.reserve(2 * entries_.size() + 64);
    entries_.emplace_back();
    free_.push_back(static_cast<int>(entries_.size()) - 1);
  }
}

int Handles::add(BufferRef buffer, View view) {
  view.data = buffer.data();
  makeRoom(1);
  const int handle = free_.back();
  free_.pop_back();
  Entry& entry = entries_[static_cast<std::size_t>(handle)];
  if (buffer.get()->handles++ == 0) byteChange_ += static_cast<std::ptrdiff_t>(buffer.capacity());
  entry.buffer = std::move(buffer);
  entry.view = view;
  return handle;
}

const View* Handles::find(int handle) const {
  if (handle < 0 || static_cast<std::size_t>(handle) >= entries_.size()) return nullptr;
  const Entry& entry = entries_[static_cast<std::size_t>(handle)];
  return entry.buffer ? &entry.view : nullptr;
}

bool Handles::release(int handle) {
  if (find(handle) == nullptr) return false;
  Entry& entry = entries_[static_cast<std::size_t>(handle)];
  Buffer* buffer = entry.buffer.get();
  if (--buffer->handles == 0) byteChange_ -= static_cast<std::ptrdiff_t>(buffer->capacity);
  entry.buffer.reset();
  free_.push_back(handle);  // reserved
  return true;
}

}  // namespace nabla
