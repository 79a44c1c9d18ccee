#include "table/cost.hpp"

#include <algorithm>
#include <atomic>

namespace nabla {
namespace {

// Committed constants, measured on 3 GHz cores with AVX2 and AVX-512.
constexpr double kFlopsPerNanosecond = 60;     // GEMM of small matrices, float32
constexpr double kElementsPerNanosecond = 6;   // arithmetic on what is in cache, float32
constexpr double kFunctionsPerNanosecond = 1;  // exponentials and their like
constexpr double kDrawsPerNanosecond = 0.2;    // random numbers
constexpr double kWorthAPart = 8000;           // nanoseconds: several times what a barrier costs

std::atomic<double> worthAPart{kWorthAPart};

double perNanosecond(Cost cost, DType dtype) {
  switch (cost) {
    case Cost::Functions:
      return kFunctionsPerNanosecond;
    case Cost::Draws:
      return kDrawsPerNanosecond;
    case Cost::Products:
      return kFlopsPerNanosecond / (dtype == DType::Float64 ? 4 : 2);
    case Cost::Elements:
      break;
  }
  return kElementsPerNanosecond;
}

double largest(const Operands& operands) {
  std::int64_t elements = 0;
  for (int i = 0; i < operands.nIn; i++) elements = std::max(elements, operands.input(i).size);
  for (int i = 0; i < operands.nOut; i++) elements = std::max(elements, operands.output(i).size);
  return static_cast<double>(elements);
}

}  // namespace

double costOf(const OpRow& row, const Operands& operands) {
  const double amount = row.amount != nullptr ? row.amount(operands) : largest(operands);
  const DType dtype = operands.nOut > 0  ? operands.output().dtype
                      : operands.nIn > 0 ? operands.input(0).dtype
                                         : DType::Float32;
  return amount / perNanosecond(row.costClass, dtype);
}

int partsFor(double cost, std::int64_t slices, int threads) {
  const double worth = std::min({cost / worthAPart.load(std::memory_order_relaxed),
                                 static_cast<double>(slices), static_cast<double>(threads)});
  return std::max(1, static_cast<int>(worth));
}

void setWorthAPart(double nanoseconds) { worthAPart.store(nanoseconds); }

}  // namespace nabla
