// The allocator: alignment, counts, reuse, refusal, many threads.

#include "memory/buffer.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "test/check.hpp"

namespace {

using namespace nabla;
using nabla::test::check;

constexpr std::size_t kMiB = std::size_t{1} << 20;

void testSizes() {
  for (std::size_t bytes = 0; bytes < 5000; bytes += 1 + bytes / 7) {
    const std::string what = std::to_string(bytes) + " bytes";
    Buffer* buffer = allocateBuffer(bytes);
    if (!check(buffer != nullptr, what)) continue;
    check(reinterpret_cast<std::uintptr_t>(buffer->data) % 64 == 0, what + ": alignment");
    check(buffer->capacity >= bytes, what + ": capacity");
    const bool isTight =
        bytes <= 256 ? buffer->capacity < bytes + 65 : buffer->capacity * 4 <= bytes * 5;
    check(isTight, what + ": no more than a fifth lies idle");
    std::memset(buffer->data, 1, buffer->capacity);
    releaseBuffer(buffer);
  }
}

void testCounts() {
  const MemoryStats before = memoryStats();
  Buffer* buffer = allocateBuffer(1000);
  const MemoryStats during = memoryStats();
  check(during.liveBuffers == before.liveBuffers + 1, "a live buffer is counted");
  check(during.liveBytes == before.liveBytes + buffer->capacity, "its bytes are counted");
  retainBuffer(buffer);
  releaseBuffer(buffer);
  check(memoryStats().liveBuffers == during.liveBuffers, "a buffer lives while it is referenced");
  releaseBuffer(buffer);
  check(memoryStats().liveBuffers == before.liveBuffers, "the last release frees it");
  check(memoryStats().liveBytes == before.liveBytes, "and its bytes");
  releaseBuffer(nullptr);
}

void testReuse() {
  Buffer* first = allocateBuffer(3000);
  const void* data = first->data;
  const std::size_t capacity = first->capacity;
  releaseBuffer(first);
  const MemoryStats pooled = memoryStats();
  Buffer* again = allocateBuffer(2990);
  check(again->data == data, "memory of the same size class is used again");
  check(memoryStats().pooledBytes == pooled.pooledBytes - capacity, "and leaves the pool");
  check(again->references.load() == 1, "with one reference");
  Buffer* other = allocateBuffer(2990);
  check(other->data != data, "but not twice at once");
  releaseBuffer(again);
  releaseBuffer(other);
}

void testPoolLimit() {
  std::vector<Buffer*> buffers;
  for (int i = 0; i < 24; i++) buffers.push_back(allocateBuffer(8 * kMiB));
  for (Buffer* buffer : buffers) releaseBuffer(buffer);
  check(memoryStats().pooledBytes <= 64 * kMiB, "the pool keeps 64 MiB at most");
  Buffer* large = allocateBuffer(100 * kMiB);
  const std::size_t pooled = memoryStats().pooledBytes;
  releaseBuffer(large);
  check(memoryStats().pooledBytes == pooled, "and nothing larger than itself");
}

void testPoolTurnover() {
  std::vector<Buffer*> buffers;
  for (int i = 0; i < 16; i++) buffers.push_back(allocateBuffer(8 * kMiB));
  for (Buffer* buffer : buffers) releaseBuffer(buffer);
  buffers.clear();
  // Another size: the pool is full of the first one, and yet has to serve it.
  for (int i = 0; i < 3; i++) buffers.push_back(allocateBuffer(9 * kMiB));
  std::vector<const void*> data;
  for (Buffer* buffer : buffers) {
    data.push_back(buffer->data);
    releaseBuffer(buffer);
  }
  const std::size_t full = memoryStats().pooledBytes;
  check(full > 48 * kMiB && full <= 64 * kMiB, "a full pool drops no more than it has to");
  for (std::size_t i = buffers.size(); i-- > 0;) {
    Buffer* again = allocateBuffer(9 * kMiB);
    check(again->data == data[i], "a full pool keeps what was freed last");
    buffers[i] = again;
  }
  for (Buffer* buffer : buffers) releaseBuffer(buffer);
}

void testRefusal() {
  const MemoryStats before = memoryStats();
  for (int bits = 44; bits < 64; bits++) {
    check(allocateBuffer(std::size_t{1} << bits) == nullptr,
          "2^" + std::to_string(bits) + " bytes");
  }
  check(allocateBuffer(SIZE_MAX) == nullptr, "all bytes that there are");
  check(memoryStats().liveBuffers == before.liveBuffers, "what is refused does not count");
}

void testThreads() {
  const MemoryStats before = memoryStats();
  Buffer* shared = allocateBuffer(64);
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; number++) {
    threads.emplace_back([shared, number] {
      std::vector<Buffer*> own;
      for (std::size_t i = 0; i < 3000; i++) {
        Buffer* buffer = allocateBuffer(i * 37 % 2000);
        std::memset(buffer->data, number, buffer->capacity);
        own.push_back(buffer);
        retainBuffer(shared);
        releaseBuffer(shared);
        if (own.size() < 20) continue;
        const auto* bytes = static_cast<const unsigned char*>(own.front()->data);
        if (bytes[own.front()->capacity - 1] != number) check(false, "another thread's memory");
        releaseBuffer(own.front());
        own.erase(own.begin());
      }
      for (Buffer* buffer : own) releaseBuffer(buffer);
    });
  }
  for (std::thread& thread : threads) thread.join();
  releaseBuffer(shared);
  check(memoryStats().liveBuffers == before.liveBuffers, "threads leave nothing behind");
  check(memoryStats().liveBytes == before.liveBytes, "nor bytes");
}

}  // namespace

int main() {
  testSizes();
  testCounts();
  testReuse();
  testPoolLimit();
  testPoolTurnover();
  testRefusal();
  testThreads();
  return nabla::test::report("buffer-test");
}
