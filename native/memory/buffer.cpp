#include "memory/buffer.hpp"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <new>
#ifdef _WIN32
#include <malloc.h>
#else
#include <unistd.h>
#endif
#ifdef __linux__
#include <sys/mman.h>
#endif

namespace nabla {
namespace {

constexpr std::size_t kAlignment = 64;  // a cache line, and an AVX-512 register
// Large buffers begin at different places of their pages: of what lies at the same place caches of
// first level hold some eight lines, and steps go through as many buffers side by side.
constexpr std::size_t kLarge = std::size_t{64} << 10;
constexpr std::size_t kShift = 7 * kAlignment, kShifts = 8;
constexpr std::size_t kMaxPooledBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxBytes = std::size_t{1} << 46;  // keeps the arithmetic below from wrapping
constexpr int kClasses = 4 * 48;

// Buffers of several huge pages ask for them: passing through as many small ones costs a walk of
// the page table each.
constexpr std::size_t kHugePage = std::size_t{2} << 20;

void* allocateAligned(std::size_t bytes) {
#if defined(_WIN32)
  return _aligned_malloc(bytes, kAlignment);
#elif defined(__linux__)
  if (bytes < 2 * kHugePage) return std::aligned_alloc(kAlignment, bytes);
  const std::size_t room = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  void* const block = std::aligned_alloc(kHugePage, room);
  // Where the system refuses, small pages do.
  if (block != nullptr) madvise(block, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
  return block;
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

/// A list of buffers by the time they came, linked through two of their members.
template <Buffer* Buffer::*Older, Buffer* Buffer::*Newer>
class AgeList {
 public:
  Buffer* oldest() const { return oldest_; }
  Buffer* newest() const { return newest_; }

  void append(Buffer* buffer) {
    buffer->*Older = newest_;
    buffer->*Newer = nullptr;
    (newest_ == nullptr ? oldest_ : newest_->*Newer) = buffer;
    newest_ = buffer;
  }

  void remove(Buffer* buffer) {
    Buffer *older = buffer->*Older, *newer = buffer->*Newer;
    (older == nullptr ? oldest_ : older->*Newer) = newer;
    (newer == nullptr ? newest_ : newer->*Older) = older;
  }

 private:
  Buffer* oldest_ = nullptr;
  Buffer* newest_ = nullptr;
};

/// What waits for reuse. It serves the newest of a size, which may still be in a cache, and lets go
/// of the oldest of all, so that sizes that are no longer in use do not fill it for ever.
class Pool {
 public:
  std::size_t bytes() const { return bytes_; }
  Buffer* oldest() const { return all_.oldest(); }
  Buffer* newestOf(SizeClass sizeClass) const { return ofSize_[sizeClass.index].newest(); }

  void add(Buffer* buffer) {
    all_.append(buffer);
    ofSize_[sizeClassOf(buffer->capacity).index].append(buffer);
    bytes_ += buffer->capacity;
  }

  void remove(Buffer* buffer) {
    all_.remove(buffer);
    ofSize_[sizeClassOf(buffer->capacity).index].remove(buffer);
    bytes_ -= buffer->capacity;
  }

 private:
  AgeList<&Buffer::older, &Buffer::newer> all_;
  AgeList<&Buffer::olderOfSize, &Buffer::newerOfSize> ofSize_[kClasses];
  std::size_t bytes_ = 0;
};

class Allocator {
 public:
  Buffer* allocate(std::size_t bytes) {
    if (bytes > mostBytes_) return nullptr;
    const SizeClass sizeClass = sizeClassOf(bytes);
    if (Buffer* reused = takePooled(sizeClass)) return reused;
    const bool isLarge = sizeClass.bytes >= kLarge;
    const std::size_t room = isLarge ? kShift * (kShifts - 1) : 0;
    void* block = allocateAligned(sizeClass.bytes + room);
    if (block == nullptr) return nullptr;
    Buffer* buffer = new (std::nothrow) Buffer;
    if (buffer == nullptr) {
      freeAligned(block);
      return nullptr;
    }
    buffer->block = block;
    buffer->data = static_cast<char*>(block) + (isLarge ? nextShift() : 0);
    buffer->capacity = sizeClass.bytes;
    const std::lock_guard<std::mutex> lock(mutex_);
    countLive(buffer);
    return buffer;
  }

  void recycle(Buffer* buffer) {
    std::unique_lock<std::mutex> lock(mutex_);
    liveBuffers_--;
    liveBytes_ -= buffer->capacity;
    if (buffer->capacity > kMaxPooledBytes) {
      lock.unlock();
      destroy(buffer);
      return;
    }
    pool_.add(buffer);
    while (pool_.bytes() > kMaxPooledBytes) {
      Buffer* oldest = pool_.oldest();
      pool_.remove(oldest);
      lock.unlock();  // giving memory back can take the system a while
      destroy(oldest);
      lock.lock();
    }
  }

  MemoryStats stats() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return {liveBuffers_, liveBytes_, pool_.bytes()};
  }

 private:
  static void destroy(Buffer* buffer) {
    freeAligned(buffer->block);
    delete buffer;
  }

  std::size_t nextShift() {
    return kShift * (shifted_.fetch_add(1, std::memory_order_relaxed) % kShifts);
  }

  Buffer* takePooled(SizeClass sizeClass) {
    const std::lock_guard<std::mutex> lock(mutex_);
    Buffer* buffer = pool_.newestOf(sizeClass);
    if (buffer == nullptr) return nullptr;
    pool_.remove(buffer);
    buffer->references.store(1, std::memory_order_relaxed);
    countLive(buffer);
    return buffer;
  }

  void countLive(const Buffer* buffer) {
    liveBuffers_++;
    liveBytes_ += buffer->capacity;
  }

  const std::size_t mostBytes_ = mostBytes();
  std::atomic<std::size_t> shifted_{0};
  std::mutex mutex_;
  Pool pool_;
  std::size_t liveBuffers_ = 0, liveBytes_ = 0;
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
