// Updates of Variables in place. Parts take shares of each Variable's own leading axis.

#include <cmath>
#include <cstring>

#include "kernels.hpp"
#include "table/tiles.hpp"
#include "vector.hpp"

namespace nabla::NABLA_ISA {
namespace {

// ---- assignment

/// v = f(v, x) for float elements, and for int32 ones as unsigned numbers, whose overflow wraps.
template <typename F>
void assignWith(const Operands& operands, Part part, F f) {
  const View& target = operands.input(0);
  const Range range = elementsOf(target, part);
  auto run = [&](auto zero) {
    using T = decltype(zero);
    T* v = target.as<T>();
    const T* x = operands.input(1).as<T>();
    NABLA_SIMD
    for (std::int64_t i = range.begin; i < range.end; i++) v[i] = f(v[i], x[i]);
  };
  if (target.dtype == DType::Int32) {
    run(std::uint32_t{});
    return;
  }
  withFloat(target.dtype, run);
}

void assign(const Operands& operands, Part part) {
  const View& target = operands.input(0);
  const Range range = elementsOf(target, part);
  const std::size_t bytes = bytesPerElement(target.dtype);
  const std::size_t begin = static_cast<std::size_t>(range.begin) * bytes;
  const std::size_t count = static_cast<std::size_t>(range.end - range.begin) * bytes;
  if (count == 0) return;
  std::memmove(target.as<char>() + begin, operands.input(1).as<char>() + begin, count);
}

void assignAdd(const Operands& operands, Part part) {
  assignWith(operands, part, [](auto v, auto x) { return v + x; });
}

void assignSub(const Operands& operands, Part part) {
  assignWith(operands, part, [](auto v, auto x) { return v - x; });
}

void accumulate(const Operands& operands, Part) {
  const View& x = operands.input(1);
  withType(x.dtype, [&](auto zero) {
    const auto* values = x.as<decltype(zero)>();
    double total = 0;
    for (std::int64_t i = 0; i < x.size; i++) total += static_cast<double>(values[i]);
    *operands.input(0).as<double>() += total;
  });
}

// ---- optimizers, one weight's update each

/// It waits for memory alone, and processors fetch too little ahead by themselves where other cores
/// slow the last cache.
constexpr std::int64_t kBytesAhead = 4096;

void sgdElements(const View& weight, const View& gradient, double learningRate, Part part) {
  const Range range = elementsOf(weight, part);
  withFloat(weight.dtype, [&](auto zero) {
    using T = decltype(zero);
    constexpr std::int64_t kLine = kCacheLine / sizeof(T), kAhead = kBytesAhead / sizeof(T);
    const T rate = static_cast<T>(learningRate);
    T* w = weight.as<T>();
    const T* g = gradient.as<T>();
    std::int64_t line = range.begin;
    for (; line + kLine <= range.end; line += kLine) {
      NABLA_PREFETCH(w + line + kAhead);
      NABLA_PREFETCH(g + line + kAhead);
      NABLA_SIMD
      for (std::int64_t i = line; i < line + kLine; i++) w[i] -= rate * g[i];
    }
    NABLA_SIMD
    for (std::int64_t i = line; i < range.end; i++) w[i] -= rate * g[i];
  });
}

/// `attributes` are those of the row: momentum, nesterov.
void momentumElements(const View& weight, const View& velocities, const View& gradient,
                      double learningRate, const Operands& attributes, Part part) {
  const Range range = elementsOf(weight, part);
  withFloat(weight.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T rate = static_cast<T>(learningRate);
    const T momentum = static_cast<T>(attributes.number(0));
    const bool nesterov = attributes.flag(1);
    T* w = weight.as<T>();
    T* v = velocities.as<T>();
    const T* g = gradient.as<T>();
    NABLA_SIMD
    for (std::int64_t i = range.begin; i < range.end; i++) {
      const T step = rate * g[i];
      const T velocity = momentum * v[i] - step;
      v[i] = velocity;
      w[i] += nesterov ? momentum * velocity - step : velocity;
    }
  });
}

/// The rate that corrects for moments that began as zeros; attributes beta1, beta2, epsilon.
double adamRate(const View& rate, const View& iterations, const Operands& attributes) {
  const double step = *iterations.as<std::int32_t>();
  const double beta1 = attributes.number(0), beta2 = attributes.number(1);
  return scalarOf(rate) * std::sqrt(1 - std::pow(beta2, step)) / (1 - std::pow(beta1, step));
}

void adamElements(const View& weight, const View& means, const View& squares, const View& gradient,
                  double rate, const Operands& attributes, Part part) {
  const Range range = elementsOf(weight, part);
  withFloat(weight.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T alpha = static_cast<T>(rate), epsilon = static_cast<T>(attributes.number(2));
    const T decay1 = static_cast<T>(1 - attributes.number(0));
    const T decay2 = static_cast<T>(1 - attributes.number(1));
    T* w = weight.as<T>();
    T* m = means.as<T>();
    T* v = squares.as<T>();
    const T* g = gradient.as<T>();
    NABLA_SIMD
    for (std::int64_t i = range.begin; i < range.end; i++) {
      const T mean = m[i] + (g[i] - m[i]) * decay1;
      const T square = v[i] + (g[i] * g[i] - v[i]) * decay2;
      m[i] = mean;
      v[i] = square;
      w[i] -= alpha * mean / (std::sqrt(square) + epsilon);
    }
  });
}

void sgdUpdate(const Operands& operands, Part part) {
  sgdElements(operands.input(0), operands.input(1), scalarOf(operands.input(2)), part);
}

void momentumUpdate(const Operands& operands, Part part) {
  momentumElements(operands.input(0), operands.input(1), operands.input(2),
                   scalarOf(operands.input(3)), operands, part);
}

void adamUpdate(const Operands& operands, Part part) {
  const double rate = adamRate(operands.input(4), operands.input(5), operands);
  adamElements(operands.input(0), operands.input(1), operands.input(2), operands.input(3), rate,
               operands, part);
}

// ---- the same of several weights: shared inputs first, then each weight with its own

void sgdUpdates(const Operands& operands, Part part) {
  const double rate = scalarOf(operands.input(0));
  for (int i = 1; i < operands.nIn; i += 2) {
    sgdElements(operands.input(i), operands.input(i + 1), rate, part);
  }
}

void momentumUpdates(const Operands& operands, Part part) {
  const double rate = scalarOf(operands.input(0));
  for (int i = 1; i < operands.nIn; i += 3) {
    momentumElements(operands.input(i), operands.input(i + 1), operands.input(i + 2), rate,
                     operands, part);
  }
}

void adamUpdates(const Operands& operands, Part part) {
  const double rate = adamRate(operands.input(0), operands.input(1), operands);
  for (int i = 2; i < operands.nIn; i += 4) {
    adamElements(operands.input(i), operands.input(i + 1), operands.input(i + 2),
                 operands.input(i + 3), rate, operands, part);
  }
}

// ---- rules

void assignRule(TypeQuery& query) { query.expectType(1, query.input(0)); }

void incrementRule(TypeQuery& query) {
  assignRule(query);
  query.expectNumeric(0);
}

void accumulateRule(TypeQuery& query) {
  Type total;
  total.dtype = DType::Float64;
  query.expectType(0, total);
}

/// A weight, and `count` inputs behind it that are like it: its state and its gradient.
void expectWeight(const TypeQuery& query, int weight, int count) {
  query.expectFloat(weight);
  for (int i = weight + 1; i <= weight + count; i++) query.expectType(i, query.input(weight));
}

void expectStep(const TypeQuery& query, int step) {
  query.expectScalar(step);
  query.expectDType(step, DType::Int32);
}

void sgdRule(TypeQuery& query) {
  expectWeight(query, 0, 1);
  query.expectFloatScalar(2);
}

void expectMomentum(const TypeQuery& query) { query.number(0); }

void momentumRule(TypeQuery& query) {
  expectMomentum(query);
  expectWeight(query, 0, 2);
  query.expectFloatScalar(3);
}

void expectDecays(const TypeQuery& query) {
  for (int i = 0; i < 3; i++) query.number(i);
}

void adamRule(TypeQuery& query) {
  expectDecays(query);
  expectWeight(query, 0, 3);
  query.expectFloatScalar(4);
  expectStep(query, 5);
}

void sgdUpdatesRule(TypeQuery& query) {
  query.expectFloatScalar(0);
  for (int i = 1; i < query.inputs(); i += 2) expectWeight(query, i, 1);
}

void momentumUpdatesRule(TypeQuery& query) {
  expectMomentum(query);
  query.expectFloatScalar(0);
  for (int i = 1; i < query.inputs(); i += 3) expectWeight(query, i, 2);
}

void adamUpdatesRule(TypeQuery& query) {
  expectDecays(query);
  query.expectFloatScalar(0);
  expectStep(query, 1);
  for (int i = 2; i < query.inputs(); i += 4) expectWeight(query, i, 3);
}

// ---- rows

/// All elements of all weights; the last input of a group has as many as its weight.
template <int kShared, int kGroup>
double elementsOfWeights(const Operands& operands) {
  double elements = 0;
  for (int i = kShared; i < operands.nIn; i += kGroup) {
    elements += static_cast<double>(operands.input(i).size);
  }
  return elements;
}

constexpr OpRow assignment(const char* name, const char* doc, RuleFn rule, KernelFn kernel) {
  return OpRow(name, doc)
      .writes("target", Access::Elements)
      .reads("value", Access::Elements)
      .elementwise()
      .rule(rule)
      .kernel(kernel);
}

constexpr OpRow kRows[] = {
    assignment("assign", "target = value (any dtype)", assignRule, assign)
        .onTiles(TileCode::End, TileCode::Keep),
    assignment("assignAdd", "target += value (float or int32)", incrementRule, assignAdd)
        .onTiles(TileCode::Add, TileCode::Add),
    assignment("assignSub", "target -= value (float or int32)", incrementRule, assignSub)
        .onTiles(TileCode::Sub, TileCode::SubFrom),
    OpRow("accumulate", "total += sum of values in float64; total is a float64 scalar")
        .writes("total")
        .reads("values")
        .rule(accumulateRule)
        .kernel(accumulate),
    OpRow("sgdUpdate", "weight -= rate * gradient")
        .writes("weight", Access::Elements)
        .reads("gradient", Access::Elements)
        .reads("rate")
        .rule(sgdRule)
        .kernel(sgdUpdate),
    OpRow("momentumUpdate",
          "velocity = momentum * velocity - rate * gradient; weight += nesterov ? momentum * "
          "velocity - rate * gradient : velocity")
        .writes("weight", Access::Elements)
        .writes("velocity", Access::Elements)
        .reads("gradient", Access::Elements)
        .reads("rate")
        .number("momentum")
        .flag("nesterov")
        .rule(momentumRule)
        .kernel(momentumUpdate),
    OpRow("adamUpdate",
          "m += (g - m)(1 - beta1); v += (g^2 - v)(1 - beta2); weight -= rate sqrt(1 - beta2^step) "
          "/ (1 - beta1^step) * m / (sqrt(v) + epsilon); gradient g")
        .writes("weight", Access::Elements)
        .writes("m", Access::Elements)
        .writes("v", Access::Elements)
        .reads("gradient", Access::Elements)
        .reads("rate")
        .reads("step")
        .number("beta1")
        .number("beta2")
        .number("epsilon")
        .rule(adamRule)
        .kernel(adamUpdate),
    OpRow("sgdUpdates", "sgdUpdate of several weights")
        .reads("rate")
        .writes("weight", Access::Elements)
        .reads("gradient", Access::Elements)
        .repeats(2)
        .costs(Cost::Elements, elementsOfWeights<1, 2>)
        .fused()
        .rule(sgdUpdatesRule)
        .kernel(sgdUpdates),
    OpRow("momentumUpdates", "momentumUpdate of several weights")
        .reads("rate")
        .writes("weight", Access::Elements)
        .writes("velocity", Access::Elements)
        .reads("gradient", Access::Elements)
        .repeats(3)
        .number("momentum")
        .flag("nesterov")
        .costs(Cost::Elements, elementsOfWeights<1, 3>)
        .fused()
        .rule(momentumUpdatesRule)
        .kernel(momentumUpdates),
    OpRow("adamUpdates", "adamUpdate of several weights")
        .reads("rate")
        .reads("step")
        .writes("weight", Access::Elements)
        .writes("m", Access::Elements)
        .writes("v", Access::Elements)
        .reads("gradient", Access::Elements)
        .repeats(4)
        .number("beta1")
        .number("beta2")
        .number("epsilon")
        .costs(Cost::Elements, elementsOfWeights<2, 4>)
        .fused()
        .rule(adamUpdatesRule)
        .kernel(adamUpdates),
};

}  // namespace

NABLA_FAMILY(updates, kRows);

}  // namespace nabla::NABLA_ISA
