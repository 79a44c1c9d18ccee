// Counted, 64-byte aligned memory from an allocator that reuses what was freed.
#pragma once

#include <atomic>
#include <cstddef>

namespace nabla {

/// Memory that one or more handles and plans share. Freed, or rather pooled, with the last release.
struct Buffer {
  void* data = nullptr;
  void* block = nullptr;     // what was allocated, in which the data lie
  std::size_t capacity = 0;  // bytes
  std::atomic<int> references{1};
  std::atomic<int> handles{0};  // of JavaScript: the references that V8 hears of
  // While it waits for reuse: its neighbours among all such buffers, and among those of its size.
  Buffer *older = nullptr, *newer = nullptr;
  Buffer *olderOfSize = nullptr, *newerOfSize = nullptr;
};

/// Process-wide counts; `live` is what someone still references, `pooled` what waits for reuse.
struct MemoryStats {
  std::size_t liveBuffers, liveBytes, pooledBytes;
};

/// A buffer of at least `bytes` with one reference, contents undefined; null when memory is out.
/// Safe to call from any thread, as are the functions below.
Buffer* allocateBuffer(std::size_t bytes);

void retainBuffer(Buffer* buffer);

/// Drops one reference; null is ignored.
void releaseBuffer(Buffer* buffer);

MemoryStats memoryStats();

}  // namespace nabla
