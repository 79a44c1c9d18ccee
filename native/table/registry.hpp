// The op table at run time: the rows of all families, with the kernels that suit this machine.
#pragma once

#include "table/row.hpp"
#include "table/tiles.hpp"

namespace nabla {

/// Ops by number. Those that JavaScript may ask for come first; otherwise the order means nothing.
int opCount();
int recordedOpCount();
const OpRow& opRow(int op);

/// -1 if there is none of that name.
int opNumber(const char* name);

/// What chains run on, of the same instruction set.
const TileKernels& tileKernels();

/// "avx512", "avx2" or "baseline": the instruction set of the kernels in use.
const char* isaName();

}  // namespace nabla
