// The op table at run time, with the kernels that suit this machine.
#pragma once

#include "table/op.hpp"

namespace nabla {

/// Ops of both tables, and of ops.def alone: those that JavaScript may ask for.
int opCount();
int recordedOpCount();
const OpRow& opRow(int op);
KernelFn kernelOf(int op);

/// "avx512", "avx2" or "baseline": the instruction set of the kernels in use.
const char* isaName();

}  // namespace nabla
