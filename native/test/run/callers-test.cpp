// The bound on callers: never more at once than it says, and all get their turn.

#include "run/callers.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "test/check.hpp"

int main() {
  using nabla::test::check;
  std::atomic<int> inside{0}, most{0}, calls{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4 * nabla::kMaxCallers; i++) {
    threads.emplace_back([&] {
      for (int call = 0; call < 50; call++) {
        const nabla::Caller caller;
        const int now = inside.fetch_add(1) + 1;
        for (int seen = most.load(); seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        if (call % 10 == 0) std::this_thread::yield();
        calls.fetch_add(1);
        inside.fetch_sub(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  check(most.load() <= nabla::kMaxCallers, "more callers at once than there may be");
  check(calls.load() == 4 * nabla::kMaxCallers * 50, "a caller that got no turn");
  return nabla::test::report("callers-test");
}
