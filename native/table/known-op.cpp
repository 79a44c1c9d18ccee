#include "table/known-op.hpp"

#include "table/registry.hpp"

namespace nabla {

int KnownOp::lookUp() const {
  const int number = opNumber(name_);
  number_.store(number, std::memory_order_relaxed);
  return number;
}

}  // namespace nabla
