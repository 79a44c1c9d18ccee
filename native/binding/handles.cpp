#include "binding/handles.hpp"

namespace nabla {

Handles::~Handles() {
  for (Entry& entry : entries_) releaseBuffer(entry.buffer);
}

int Handles::add(Buffer* buffer, View view) {
  view.data = buffer->data;
  byteChange_ += static_cast<std::ptrdiff_t>(buffer->capacity);
  int handle;
  if (free_.empty()) {
    handle = static_cast<int>(entries_.size());
    entries_.emplace_back();
  } else {
    handle = free_.back();
    free_.pop_back();
  }
  entries_[static_cast<std::size_t>(handle)] = {buffer, view};
  return handle;
}

const View* Handles::find(int handle) const {
  if (handle < 0 || static_cast<std::size_t>(handle) >= entries_.size()) return nullptr;
  const Entry& entry = entries_[static_cast<std::size_t>(handle)];
  return entry.buffer == nullptr ? nullptr : &entry.view;
}

bool Handles::release(int handle) {
  if (find(handle) == nullptr) return false;
  Entry& entry = entries_[static_cast<std::size_t>(handle)];
  byteChange_ -= static_cast<std::ptrdiff_t>(entry.buffer->capacity);
  releaseBuffer(entry.buffer);
  entry.buffer = nullptr;
  free_.push_back(handle);
  return true;
}

}  // namespace nabla
