// The table that gives JavaScript small integers for native views: one per environment (main
// thread or worker), touched by its thread alone.
#pragma once

#include <deque>
#include <vector>

#include "memory/buffer-ref.hpp"
#include "table/view.hpp"

namespace nabla {

class Handles {
 public:
  Handles() = default;
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;

  /// From here on so many handles can be added without memory for them.
  void makeRoom(int count);

  /// A handle to a buffer; `view.data` is set to the buffer's memory.
  int add(BufferRef buffer, View view);

  /// The view behind a handle, or null if there is none. Stays in place until it is released.
  const View* find(int handle) const;
  const BufferRef& bufferOf(int handle) const {
    return entries_[static_cast<std::size_t>(handle)].buffer;
  }

  /// False if there is no such handle.
  bool release(int handle);

  int count() const { return static_cast<int>(entries_.size() - free_.size()); }

  /// Bytes taken less bytes released since `settle`, those of several handles once: what V8 is
  /// still to be told.
  std::ptrdiff_t byteChange() const { return byteChange_; }
  void settle() { byteChange_ = 0; }

 private:
  struct Entry {
    BufferRef buffer;
    View view;
  };
  std::deque<Entry> entries_;  // a deque: growing it moves no view
  std::vector<int> free_;
  std::ptrdiff_t byteChange_ = 0;
};

}  // namespace nabla
