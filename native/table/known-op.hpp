// Ops that the engine's own code knows by name: what passes look for and make.
#pragma once

#include <atomic>

namespace nabla {

/// One such op; a constant at the top of the file that knows it. A test finds all of them, and that
/// the table has them.
class KnownOp {
 public:
  explicit KnownOp(const char* name) : name_(name), next_(first) { first = this; }
  KnownOp(const KnownOp&) = delete;
  KnownOp& operator=(const KnownOp&) = delete;

  const char* name() const { return name_; }
  /// In the table; -1 if it is not there.
  int number() const {
    const int number = number_.load(std::memory_order_relaxed);
    return number >= 0 ? number : lookUp();
  }

  /// The known ops of the process, one behind the other.
  static const KnownOp* all() { return first; }
  const KnownOp* next() const { return next_; }

 private:
  int lookUp() const;

  static inline const KnownOp* first = nullptr;

  const char* name_;
  const KnownOp* next_;
  mutable std::atomic<int> number_{-1};  // looked up at the first use
};

}  // namespace nabla
