#include "table/cost.hpp"

#include <algorithm>
#include <atomic>

#include "table/grouped-updates.hpp"
#include "table/ops.hpp"

namespace nabla {
namespace {

// Committed constants, measured on 3 GHz cores with AVX2 and AVX-512.
constexpr double kFlopsPerNanosecond = 60;     // GEMM of small matrices, float32
constexpr double kElementsPerNanosecond = 6;   // arithmetic on what is in cache, float32
constexpr double kFunctionsPerNanosecond = 1;  // exponentials and their like
constexpr double kDrawsPerNanosecond = 0.2;    // random numbers
constexpr double kWorthAPart = 8000;           // nanoseconds: several times what a barrier costs

std::atomic<double> worthAPart{kWorthAPart};

double productCost(const View& y, std::int64_t inner) {
  const double flops = 2 * static_cast<double>(y.size) * static_cast<double>(inner);
  return flops / kFlopsPerNanosecond * (y.dtype == DType::Float64 ? 2 : 1);
}

std::int64_t innerDim(const View& a, double transposed) { return a.dims[transposed != 0 ? 0 : 1]; }

double elementsPerNanosecond(Op op) {
  switch (op) {
    case Op::exp:
    case Op::expm1:
    case Op::log:
    case Op::log1p:
    case Op::sin:
    case Op::cos:
    case Op::sigmoid:
    case Op::tanh:
    case Op::softplus:
    case Op::logClipped:
    case Op::pow:
    case Op::softmax:
    case Op::logSoftmax:
    case Op::logSoftmaxGrad:
    case Op::sparseCrossentropyLogitsGrad:
      return kFunctionsPerNanosecond;
    case Op::randomUniform:
    case Op::randomNormal:
    case Op::truncatedNormal:
    case Op::dropoutMask:
    case Op::bernoulli:
      return kDrawsPerNanosecond;
    default:
      return kElementsPerNanosecond;
  }
}

/// Ops that read all of an input larger than what they write; a gather's table is not one.
bool readsAll(Op op) { return op != Op::gather && op != Op::gatherRescale && op != Op::slice; }

}  // namespace

double costOf(int op, const Operands& operands) {
  if (const GroupedUpdate* update = groupedUpdateOf(op)) {
    double elements = 0;
    for (int i = 0; i < update->weights(operands.nIn); i++) {
      elements += static_cast<double>(operands.input(i).size);
    }
    return elements / kElementsPerNanosecond;
  }
  switch (static_cast<Op>(op)) {
    case Op::matMul:
      return productCost(operands.output(), innerDim(operands.input(0), operands.attrs[0]));
    case Op::dense:
    case Op::denseGrad:
      return productCost(operands.output(), innerDim(operands.input(0), 0));
    case Op::matMulUpdate:
      return productCost(operands.input(0), innerDim(operands.input(1), operands.attrs[0]));
    case Op::matMulShares:
      return productCost(operands.input(0), operands.input(1).dims[1]);
    case Op::gatherColumns: {
      const View& y = operands.output();  // its spare rows cost nothing
      const std::int64_t elements = operands.input(1).size * y.dims[0] * y.dims[2];
      return static_cast<double>(elements) / kElementsPerNanosecond;
    }
    case Op::matMulColumns:
      return productCost(operands.output(), operands.input(0).dims[2]);
    case Op::columnsUpdate:
      return productCost(operands.input(0), operands.input(2).dims[0]);
    default:
      break;
  }
  std::int64_t elements = operands.nOut > 0 ? operands.output().size : operands.input(0).size;
  for (int i = 0; i < operands.nIn && readsAll(static_cast<Op>(op)); i++) {
    elements = std::max(elements, operands.input(i).size);
  }
  return static_cast<double>(elements) / elementsPerNanosecond(static_cast<Op>(op));
}

int partsFor(double cost, std::int64_t slices, int threads) {
  const double worth = std::min({cost / worthAPart.load(std::memory_order_relaxed),
                                 static_cast<double>(slices), static_cast<double>(threads)});
  return std::max(1, static_cast<int>(worth));
}

void setWorthAPart(double nanoseconds) { worthAPart.store(nanoseconds); }

}  // namespace nabla
