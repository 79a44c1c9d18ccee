// The op table of one instruction set: the families of ops, in any order.
#include "kernels.hpp"

namespace nabla::NABLA_ISA {

extern const Family broadcasting, columnShares, elementwise, fusedUpdates, indexing, layout, losses,
    products, randoms, reductions, softmaxes, updates;

extern const Family* const families[];
const Family* const families[] = {
    &elementwise, &broadcasting, &layout,  &products,     &reductions,   &softmaxes, &losses,
    &indexing,    &randoms,      &updates, &fusedUpdates, &columnShares, nullptr,
};

}  // namespace nabla::NABLA_ISA
