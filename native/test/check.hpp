// Counts what drivers check, and prints what does not hold.
#pragma once

#include <atomic>
#include <cstdio>
#include <string>

namespace nabla::test {

/// Any thread may check.
struct Tally {
  std::atomic<long> checks{0}, failures{0};
};

inline Tally& tally() {
  static Tally instance;
  return instance;
}

inline bool check(bool holds, const std::string& what) {
  tally().checks++;
  if (holds) return true;
  // The first ones tell enough.
  if (tally().failures++ < 20) std::fprintf(stderr, "FAILED: %s\n", what.c_str());
  return false;
}

/// The driver's exit status.
inline int report(const char* driver) {
  std::printf("%s: %ld checks, %ld failures\n", driver, tally().checks.load(),
              tally().failures.load());
  return tally().failures == 0 ? 0 : 1;
}

}  // namespace nabla::test
