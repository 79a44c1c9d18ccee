// What the processor can compute with, asked of itself and not of a list of models.
#pragma once

namespace nabla {

/// Groups of instructions and, beside them, whether the operating system keeps the registers that
/// they use. All false on processors other than x86.
struct ProcessorFeatures {
  bool isX86 = false, isAmd = false;
  bool avx2 = false, fma = false;
  bool bmi = false;     // BMI1, BMI2, LZCNT and MOVBE, which compilers use beside AVX2
  bool avx512 = false;  // F, CD, BW, DQ and VL: all that the first servers had
  bool keepsYmm = false, keepsZmm = false;
};

/// Asks once.
const ProcessorFeatures& processorFeatures();

/// AVX2 with all that kernels compiled for it use.
constexpr bool hasAvx2(const ProcessorFeatures& p) {
  return p.isX86 && p.avx2 && p.fma && p.bmi && p.keepsYmm;
}
constexpr bool hasAvx512(const ProcessorFeatures& p) {
  return hasAvx2(p) && p.avx512 && p.keepsZmm;
}

}  // namespace nabla
