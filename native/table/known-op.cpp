#include "table/known-op.hpp"

#include "table/registry.hpp"

namespace nabla {

int KnownOp::number() const {
  int number = number_.load(std::memory_order_relaxed);
  if (number < 0) {
    number = opNumber(name_);
    number_.store(number, std::memory_order_relaxed);
  }
  return number;
}

}  // namespace nabla
