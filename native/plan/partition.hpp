// Which slices of its operands a part of a step touches.
//
// Kernels cut a step along the leading axis of what it writes. So part p of it writes the p-th
// share of `rows` equal slices of the storage, and of some inputs it reads just the same share.
// Steps whose shares agree need no barrier between them: part p of the later one reads what part p
// of the earlier one wrote.
#pragma once

#include "plan/graph.hpp"

namespace nabla {

/// Instead of a number of slices: a part may touch all of the storage.
constexpr std::int64_t kWhole = -1;

/// Slices of what a step writes: of its output, or of Variable number `written` of those that it
/// updates. Never kWhole.
std::int64_t writtenSlices(const Graph& graph, const Step& step, int written = 0);

/// Slices of an input as the step's parts read it, or kWhole.
std::int64_t readSlices(const Graph& graph, const Step& step, int input);

}  // namespace nabla
