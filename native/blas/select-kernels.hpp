// Sees to it that OpenBLAS computes with kernels of the processor's class.
#pragma once

#include <string>

#include "blas/kernel-choice.hpp"

namespace nabla {

struct BlasStatus {
  /// OpenBLAS' version and build options, in its own words.
  std::string config;
  /// The core whose kernels compute.
  std::string kernels;
  KernelClass kernelClass = KernelClass::other, processorClass = KernelClass::other;
  /// Whether nabla changed OpenBLAS' choice.
  bool forced = false;
  /// What to tell the user, with the mend, if the kernels do less than the processor can.
  std::string warning;
};

/// Not while another thread uses OpenBLAS, nor twice. Leaves the environment as it was.
BlasStatus selectKernels(const ProcessorFeatures& processor);

}  // namespace nabla
