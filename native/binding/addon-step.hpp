// The binding of single steps: those that run by themselves, and those whose types alone are asked
// for.
#pragma once

#include <vector>

#include "binding/addon.hpp"
#include "table/type-query.hpp"

namespace nabla {

constexpr int kMaxOperands = 1024;  // of one step

/// A step by itself, as `words` describe it: op, number of inputs, inputs, attributes. An input is
/// a handle, or a type where types alone are asked for. Made once: to clear so much memory would
/// take as long as a small step.
struct LooseStep {
  const OpRow* row = nullptr;
  int nIn = 0;
  const View* views[kMaxOperands];
  std::vector<Type> given;  // where types alone are asked for
  const Type* types[kMaxOperands];
  Attribute attrs[kMaxAttributes];
  Inferred inferred;
  View results[kMaxOutputs];
  const View* outputs[kMaxOutputs];
};

/// Adds the functions of single steps.
void exportSteps(Napi::Env env, Napi::Object exports, Environment* environment);

}  // namespace nabla
