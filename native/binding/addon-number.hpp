// The binding of single numbers: operands and results that would take longer as typed arrays than
// most ops take.
#pragma once

#include "binding/addon.hpp"

namespace nabla {

/// Adds the functions that make a tensor of a number, and read one.
void exportNumbers(Napi::Env env, Napi::Object exports, Environment* environment);

}  // namespace nabla
