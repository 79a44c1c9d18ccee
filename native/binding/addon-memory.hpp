// The binding of tensors' memory to files: ranges of it lent to JavaScript without a copy.
#pragma once

#include "binding/addon.hpp"

namespace nabla {

/// Adds the functions that lend memory.
void exportLending(Napi::Env env, Napi::Object exports, Environment* environment);

}  // namespace nabla
