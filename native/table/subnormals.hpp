// Subnormal numbers count as zeros while kernels compute: arithmetic with them takes processors a
// hundred times as long.
#pragma once

#include <cstdint>

#if defined(__SSE2__) || defined(_M_X64)
#include <xmmintrin.h>
#endif

namespace nabla {

/// Flushes subnormal operands and results to zeros of their sign on this thread; puts its mode
/// back. Within another one it costs next to nothing: setting the mode is what takes time.
class FlushSubnormals {
 public:
  FlushSubnormals() : before_(mode()) {
    if (changes()) setMode(before_ | kFlush);
  }
  ~FlushSubnormals() {
    if (changes()) setMode(before_);
  }
  FlushSubnormals(const FlushSubnormals&) = delete;
  FlushSubnormals& operator=(const FlushSubnormals&) = delete;

 private:
#if defined(__SSE2__) || defined(_M_X64)
  using Mode = unsigned;
  static constexpr Mode kFlush = 0x8040;  // results (FTZ) and operands (DAZ)
  static Mode mode() { return _mm_getcsr(); }
  static void setMode(Mode mode) { _mm_setcsr(mode); }
#elif defined(__aarch64__) && defined(__GNUC__)
  using Mode = std::uint64_t;
  static constexpr Mode kFlush = Mode(1) << 24;  // FZ of FPCR
  static Mode mode() {
    Mode mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
  }
  static void setMode(Mode mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }
#else
  using Mode = unsigned;
  static constexpr Mode kFlush = 0;
  static Mode mode() { return 0; }
  static void setMode(Mode) {}
#endif

  bool changes() const { return (before_ & kFlush) != kFlush; }

  const Mode before_;
};

}  // namespace nabla
