#pragma once

namespace nabla {

/// Whether OpenBLAS' kernels, as they are chosen now, compute what plain loops do: products of a
/// few sizes, in float and double, with either operand transposed.
bool multipliesCorrectly();

}  // namespace nabla
