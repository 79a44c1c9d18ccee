#include "run/callers.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace nabla {
namespace {

struct Callers {
  std::atomic<int> count{0};
  std::atomic<int> waiting{0};
  std::mutex mutex;
  std::condition_variable left;

  bool tryEnter() {
    int seen = count.load();
    while (seen < kMaxCallers) {
      if (count.compare_exchange_weak(seen, seen + 1)) return true;
    }
    return false;
  }
};

/// Never destroyed: threads may outlive static destruction.
Callers& callers() {
  static Callers* instance = new Callers;
  return *instance;
}

}  // namespace

Caller::Caller() {
  Callers& all = callers();
  if (all.tryEnter()) return;
  std::unique_lock<std::mutex> lock(all.mutex);
  all.waiting.fetch_add(1);  // before it tries again: who leaves in between sees it and wakes it
  all.left.wait(lock, [&all] { return all.tryEnter(); });
  all.waiting.fetch_sub(1);
}

Caller::~Caller() {
  Callers& all = callers();
  all.count.fetch_sub(1);
  if (all.waiting.load() == 0) return;
  const std::lock_guard<std::mutex> lock(all.mutex);
  all.left.notify_one();
}

}  // namespace nabla
