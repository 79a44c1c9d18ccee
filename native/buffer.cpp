#include "buffer.hpp"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <new>
#include <vector>
#ifdef _WIN32
#include <malloc.h>
#else
#include <unistd.h>
#endif

namespace nabla {
namespace {

constexpr std::size_t kAlignment = 64;  // a cache line, and an AVX-512 register
constexpr std::size_t kMaxPooledBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxBytes = std::size_t{1} << 46;  // keeps the arithmetic below from wrapping
constexpr int kClasses = 4 * 48;

void* allocateAligned(std::size_t bytes) {
#ifdef _WIN32
  return _aligned_malloc(bytes, kAlignment);
#else
  return std::aligned_alloc(kAlignment, bytes);
#endif
}

void freeAligned(void* data) {
#ifdef _WIN32
  _aligned_free(data);
#else
  std::free(data);
#endif
}

/// The most that one buffer may take. Where systems promise more memory than there is, a buffer
/// larger than all of it would be granted, and the process killed once it is filled.
std::size_t mostBytes() {
#ifdef _WIN32
  return kMaxBytes;
#else
  const long pages = sysconf(_SC_PHYS_PAGES), pageBytes = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || pageBytes <= 0) return kMaxBytes;
  return std::min(kMaxBytes, static_cast<std::size_t>(pages) * static_cast<std::size_t>(pageBytes));
#endif
}

struct SizeClass {
  int index;
  std::size_t bytes;
};

/// Four classes an octave, so that at most a fifth of a buffer lies idle.
SizeClass sizeClassOf(std::size_t bytes) {
  std::size_t octave = 4 * kAlignment;
  int index = 0;
  if (bytes <= octave) {  // 64, 128, 192, 256
    const std::size_t units = bytes == 0 ? 1 : (bytes + kAlignment - 1) / kAlignment;
    return {static_cast<int>(units) - 1, units * kAlignment};
  }
  while (bytes > 2 * octave) {
    octave *= 2;
    index++;
  }
  const std::size_t quarter = octave / 4;
  const std::size_t quarters = (bytes - octave + quarter - 1) / quarter;
  return {4 + 4 * index + static_cast<int>(quarters) - 1, octave + quarters * quarter};
}

class Allocator {
 public:
  Buffer* allocate(std::size_t bytes) {
    if (bytes > mostBytes_) return nullptr;
    const SizeClass sizeClass = sizeClassOf(bytes);
    if (Buffer* reused = takePooled(sizeClass)) return reused;
    void* data = allocateAligned(sizeClass.bytes);
    if (data == nullptr) return nullptr;
    Buffer* buffer = new (std::nothrow) Buffer;
    if (buffer == nullptr) {
      freeAligned(data);
      return nullptr;
    }
    buffer->data = data;
    buffer->capacity = sizeClass.bytes;
    const std::lock_guard<std::mutex> lock(mutex_);
    stats_.liveBuffers++;
    stats_.liveBytes += buffer->capacity;
    return buffer;
  }

  void recycle(Buffer* buffer) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      stats_.liveBuffers--;
      stats_.liveBytes -= buffer->capacity;
      if (stats_.pooledBytes + buffer->capacity <= kMaxPooledBytes) {
        stats_.pooledBytes += buffer->capacity;
        pool_[sizeClassOf(buffer->capacity).index].push_back(buffer);
        return;
      }
    }
    freeAligned(buffer->data);
    delete buffer;
  }

  MemoryStats stats() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return stats_;
  }

 private:
  Buffer* takePooled(SizeClass sizeClass) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<Buffer*>& free = pool_[sizeClass.index];
    if (free.empty()) return nullptr;
    Buffer* buffer = free.back();
    free.pop_back();
    buffer->references.store(1, std::memory_order_relaxed);
    stats_.pooledBytes -= buffer->capacity;
    stats_.liveBuffers++;
    stats_.liveBytes += buffer->capacity;
    return buffer;
  }

  const std::size_t mostBytes_ = mostBytes();
  std::mutex mutex_;
  std::vector<Buffer*> pool_[kClasses];
  MemoryStats stats_{0, 0, 0};
};

/// Never destroyed: worker threads may still release buffers while the process exits.
Allocator& allocator() {
  static Allocator* instance = new Allocator;
  return *instance;
}

}  // namespace

Buffer* allocateBuffer(std::size_t bytes) { return allocator().allocate(bytes); }

void retainBuffer(Buffer* buffer) { buffer->references.fetch_add(1, std::memory_order_relaxed); }

void releaseBuffer(Buffer* buffer) {
  if (buffer == nullptr) return;
  if (buffer->references.fetch_sub(1, std::memory_order_acq_rel) == 1) allocator().recycle(buffer);
}

MemoryStats memoryStats() { return allocator().stats(); }

}  // namespace nabla
