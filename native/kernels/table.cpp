// The kernels of one instruction set, by op number.
#include "kernels.hpp"

namespace nabla::NABLA_ISA {

extern const KernelFn kernelTable[];
const KernelFn kernelTable[] = {
#define OP(name, inputs, outputs, attrs, writes, split, check, validate, doc) name,
#include "table/all-ops.def"
#undef OP
};

}  // namespace nabla::NABLA_ISA
