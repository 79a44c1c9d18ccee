#include "blas/processor.hpp"

#include <cstdint>
#include <cstring>

#if defined(__x86_64__) || defined(__i386__) || defined(_M_X64) || defined(_M_IX86)
#define NABLA_X86
#ifdef _MSC_VER
#include <immintrin.h>
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#endif

namespace nabla {
namespace {

#ifdef NABLA_X86

struct Registers {
  std::uint32_t eax, ebx, ecx, edx;
};

Registers cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0) {
#ifdef _MSC_VER
  int r[4];
  __cpuidex(r, static_cast<int>(leaf), static_cast<int>(subleaf));
  return {static_cast<std::uint32_t>(r[0]), static_cast<std::uint32_t>(r[1]),
          static_cast<std::uint32_t>(r[2]), static_cast<std::uint32_t>(r[3])};
#else
  Registers r{};
  __cpuid_count(leaf, subleaf, r.eax, r.ebx, r.ecx, r.edx);
  return r;
#endif
}

/// The registers that the operating system keeps; the processor must have XGETBV.
std::uint64_t keptRegisters() {
#ifdef _MSC_VER
  return _xgetbv(0);
#else
  std::uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<std::uint64_t>(high) << 32) | low;
#endif
}

constexpr bool hasBits(std::uint64_t value, std::uint64_t bits) { return (value & bits) == bits; }
constexpr std::uint32_t bit(int index) { return std::uint32_t{1} << index; }

bool isAmd(const Registers& vendor) {
  char name[13] = {};
  std::memcpy(name, &vendor.ebx, 4);
  std::memcpy(name + 4, &vendor.edx, 4);
  std::memcpy(name + 8, &vendor.ecx, 4);
  return std::strcmp(name, "AuthenticAMD") == 0 || std::strcmp(name, "HygonGenuine") == 0;
}

ProcessorFeatures ask() {
  ProcessorFeatures p;
  p.isX86 = true;
  const Registers vendor = cpuid(0);
  p.isAmd = isAmd(vendor);
  if (vendor.eax < 7) return p;
  const Registers basic = cpuid(1), extended = cpuid(7);
  const bool hasLzcnt =
      cpuid(0x80000000).eax >= 0x80000001 && hasBits(cpuid(0x80000001).ecx, bit(5));
  p.fma = hasBits(basic.ecx, bit(12));
  p.avx2 = hasBits(extended.ebx, bit(5));
  p.bmi = hasBits(extended.ebx, bit(3) | bit(8)) && hasBits(basic.ecx, bit(22)) && hasLzcnt;
  p.avx512 = hasBits(extended.ebx, bit(16) | bit(17) | bit(28) | bit(30) | bit(31));
  const bool hasXgetbv = hasBits(basic.ecx, bit(27));
  const std::uint64_t kept = hasXgetbv ? keptRegisters() : 0;
  p.keepsYmm = hasBits(kept, 0x06);
  p.keepsZmm = hasBits(kept, 0xe6);
  return p;
}

#else

ProcessorFeatures ask() { return {}; }

#endif

}  // namespace

const ProcessorFeatures& processorFeatures() {
  static const ProcessorFeatures features = ask();
  return features;
}

}  // namespace nabla
