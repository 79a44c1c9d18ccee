// The passes over a captured graph, in the order in which they run.
#pragma once

#include "graph.hpp"

namespace nabla::passes {

/// Marks the slots that are a `reshape` of another as sharing its storage and drops the step.
/// A reshape of a Variable stays a copy, since the Variable may be written later; so does one of an
/// argument or a held tensor that the plan returns.
void shareReshapes(Graph& graph);

/// Gives every temporary a place in one arena; two temporaries share bytes only when their
/// lifetimes (first write to last read) do not overlap.
void planMemory(Graph& graph);

}  // namespace nabla::passes
