// Element-wise ops of one input, and the gradients of activations from their output. No
// broadcasting.
#include <cmath>

#include "convert.hpp"
#include "kernels.hpp"
#include "math.hpp"
#include "reciprocal-root.hpp"
#include "rescaling.hpp"
#include "table/tiles.hpp"
#include "tails.hpp"

namespace nabla::NABLA_ISA {
namespace {

// ---- kernels

/// y[i] = f(x[i])
template <typename T, typename F>
void mapElements(const Operands& operands, Part part, F f) {
  const T* const x = operands.input(0).as<T>();
  T* const y = operands.output().as<T>();
  const Range range = elementsOf(operands.output(), part);
  NABLA_SIMD
  for (std::int64_t i = range.begin; i < range.end; i++) y[i] = f(x[i]);
}

/// `f` is generic over float and double.
template <typename F>
void mapFloat(const Operands& operands, Part part, F f) {
  withFloat(operands.output().dtype,
            [&](auto zero) { mapElements<decltype(zero)>(operands, part, f); });
}

/// dx[i] = f(dy[i], y[i])
template <typename F>
void mapGradient(const Operands& operands, Part part, F f) {
  withFloat(operands.output().dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* const dy = operands.input(0).as<T>();
    const T* const y = operands.input(1).as<T>();
    T* const dx = operands.output().as<T>();
    const Range range = elementsOf(operands.output(), part);
    NABLA_SIMD
    for (std::int64_t i = range.begin; i < range.end; i++) dx[i] = f(dy[i], y[i]);
  });
}

// The kernels y = expression of x, and dx = expression of dy and y.
#define NABLA_OF_X(...)                                           \
  [](const Operands& operands, Part part) {                       \
    mapFloat(operands, part, [](auto x) { return __VA_ARGS__; }); \
  }
#define NABLA_OF_DY_AND_Y(...)                                                \
  [](const Operands& operands, Part part) {                                   \
    mapGradient(operands, part, [](auto dy, auto y) { return __VA_ARGS__; }); \
  }

/// y[i] = f(x[i]) as uint8, x of any dtype
template <typename F>
void mapTruth(const Operands& operands, Part part, F f) {
  const View& input = operands.input(0);
  std::uint8_t* const y = operands.output().as<std::uint8_t>();
  const Range range = elementsOf(operands.output(), part);
  withType(input.dtype, [&](auto zero) {
    const auto* const x = input.as<decltype(zero)>();
    NABLA_SIMD
    for (std::int64_t i = range.begin; i < range.end; i++) y[i] = f(x[i]) ? 1 : 0;
  });
}

// The kernel y = whether an expression of x holds.
#define NABLA_WHETHER_OF_X(...)                                   \
  [](const Operands& operands, Part part) {                       \
    mapTruth(operands, part, [](auto x) { return __VA_ARGS__; }); \
  }

void neg(const Operands& operands, Part part) {
  if (operands.output().dtype == DType::Int32) {
    mapElements<std::int32_t>(operands, part,
                              [](std::int32_t x) { return Arithmetic<std::int32_t>::sub(0, x); });
    return;
  }
  mapFloat(operands, part, [](auto x) { return -x; });
}

void abs(const Operands& operands, Part part) {
  if (operands.output().dtype == DType::Int32) {
    mapElements<std::int32_t>(operands, part, [](std::int32_t x) {
      return x < 0 ? Arithmetic<std::int32_t>::sub(0, x) : x;
    });
    return;
  }
  mapFloat(operands, part, [](auto x) { return std::fabs(x); });
}

void sign(const Operands& operands, Part part) {
  mapFloat(operands, part, [](auto x) {
    using T = decltype(x);
    const T magnitude = x > 0 ? T(1) : T(-1);
    return x > 0 || x < 0 ? magnitude : x;  // zeros and NaN stay
  });
}

void clipByValue(const Operands& operands, Part part) {
  const double lo = operands.number(0), hi = operands.number(1);
  mapFloat(operands, part, [lo, hi](auto x) {
    using T = decltype(x);
    const T low = static_cast<T>(lo), high = static_cast<T>(hi);
    const T raised = x < low ? low : x;
    return raised > high ? high : raised;
  });
}

void logClipped(const Operands& operands, Part part) {
  const double eps = operands.number(0);
  mapFloat(operands, part,
           [eps](auto x) { return math::logClipped(x, static_cast<decltype(x)>(eps)); });
}

void rsqrt(const Operands& operands, Part part) {
  const Range range = elementsOf(operands.output(), part);
  withFloat(operands.output().dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* const x = operands.input(0).as<T>();
    T* const y = operands.output().as<T>();
    for (std::int64_t i = range.begin; i < range.end; i += kLanes<T>) {
      const std::int64_t left = range.end - i;
      storeUpTo(y + i, reciprocalRoot(loadUpTo(x + i, left)), left);
    }
  });
}

void cast(const Operands& operands, Part part) {
  const View& input = operands.input(0);
  const View& output = operands.output();
  const Range range = elementsOf(output, part);
  withType(input.dtype, [&](auto from) {
    withType(output.dtype, [&](auto to) {
      convertRun(input.as<decltype(from)>() + range.begin, output.as<decltype(to)>() + range.begin,
                 range.end - range.begin);
    });
  });
}

void rescale(const Operands& operands, Part part) {
  const Range range = elementsOf(operands.output(), part);
  withRescaling(operands, [&](auto from, auto scale, auto offset) {
    const auto* const x = operands.input(0).as<decltype(from)>() + range.begin;
    auto* const y = operands.output().as<decltype(scale)>() + range.begin;
    rescaleRow(x, y, range.end - range.begin, scale, offset);
  });
}

// ---- rules

void floatRule(TypeQuery& query) {
  query.expectFloat(0);
  query.output() = query.input(0);
}

void numericRule(TypeQuery& query) {
  query.expectNumeric(0);
  query.output() = query.input(0);
}

void truthRule(TypeQuery& query) {
  query.output() = query.input(0);
  query.output().dtype = DType::Uint8;
}

void clipRule(TypeQuery& query) {
  const double low = query.number(0), high = query.number(1);
  if (low > high) query.fail(ErrorKind::Range, "expected low <= high but received {=0} and {=1}");
  floatRule(query);
}

void epsilonRule(TypeQuery& query) {
  query.number(0);
  floatRule(query);
}

void gradientRule(TypeQuery& query) {
  query.expectFloat(0);
  query.expectType(1, query.input(0));
  query.output() = query.input(0);
}

void castRule(TypeQuery& query) {
  query.output() = query.input(0);
  query.output().dtype = query.dtype(0);
}

void rescaleRule(TypeQuery& query) {
  query.number(0);
  query.number(1);
  if (!isFloat(query.dtype(2))) {
    query.fail(ErrorKind::Type, "expected a float dtype but received {=2}");
  }
  query.output() = query.input(0);
  query.output().dtype = query.dtype(2);
}

// ---- rows

constexpr OpRow unary(const char* name, const char* doc, KernelFn kernel) {
  return OpRow(name, doc)
      .reads("x", Access::Elements)
      .gives("y", Access::Elements)
      .inPlace()
      .elementwise()
      .rule(floatRule)
      .kernel(kernel);
}

constexpr OpRow truth(const char* name, const char* doc, KernelFn kernel) {
  return OpRow(name, doc)
      .reads("x", Access::Elements)
      .gives("y", Access::Elements)
      .elementwise()
      .rule(truthRule)
      .kernel(kernel);
}

/// The gradient of an activation from its output.
constexpr OpRow gradient(const char* name, const char* doc, KernelFn kernel) {
  return OpRow(name, doc)
      .reads("dy", Access::Elements)
      .reads("y", Access::Elements)
      .gives("dx", Access::Elements)
      .inPlace()
      .elementwise()
      .rule(gradientRule)
      .kernel(kernel);
}

constexpr OpRow kRows[] = {
    unary("neg", "y = -x (float or int32)", neg).rule(numericRule).onTiles(TileCode::Neg),
    unary("abs", "y = |x| (float or int32)", abs).rule(numericRule).onTiles(TileCode::Abs),
    unary("sign", "y = -1, 0 or 1 by the sign of x", sign).onTiles(TileCode::Sign),
    unary("exp", "y = e^x", NABLA_OF_X(math::exp(x))).costs(Cost::Functions),
    unary("expm1", "y = e^x - 1, exact near 0", NABLA_OF_X(math::expm1(x))).costs(Cost::Functions),
    unary("log", "y = ln x", NABLA_OF_X(math::log(x))).costs(Cost::Functions),
    unary("log1p", "y = ln(1 + x), exact near 0", NABLA_OF_X(math::log1p(x)))
        .costs(Cost::Functions),
    unary("sqrt", "y = square root of x", NABLA_OF_X(std::sqrt(x))).onTiles(TileCode::Sqrt),
    unary("rsqrt", "y = 1 / sqrt x, of float32 within 4e-7 of it", rsqrt).onTiles(TileCode::Rsqrt),
    unary("square", "y = x * x", NABLA_OF_X(x* x)).onTiles(TileCode::Square),
    unary("reciprocal", "y = 1 / x", NABLA_OF_X(1 / x)).onTiles(TileCode::Reciprocal),
    unary("sin", "y = sin x, x in radians", NABLA_OF_X(std::sin(x))).costs(Cost::Functions),
    unary("cos", "y = cos x, x in radians", NABLA_OF_X(std::cos(x))).costs(Cost::Functions),
    unary("floor", "y = greatest integer <= x", NABLA_OF_X(std::floor(x))),
    unary("ceil", "y = least integer >= x", NABLA_OF_X(std::ceil(x))),
    unary("round", "y = nearest integer, halves to the even one", NABLA_OF_X(std::nearbyint(x))),
    unary("log2", "y = logarithm of x to base 2", NABLA_OF_X(math::log2(x))).costs(Cost::Functions),
    unary("erf", "y = error function of x", NABLA_OF_X(std::erf(x))).costs(Cost::Functions),
    unary("tan", "y = tan x, x in radians", NABLA_OF_X(std::tan(x))).costs(Cost::Functions),
    unary("asin", "y = angle in [-pi/2, pi/2] whose sine is x", NABLA_OF_X(std::asin(x)))
        .costs(Cost::Functions),
    unary("acos", "y = angle in [0, pi] whose cosine is x", NABLA_OF_X(std::acos(x)))
        .costs(Cost::Functions),
    unary("atan", "y = angle in (-pi/2, pi/2) whose tangent is x", NABLA_OF_X(std::atan(x)))
        .costs(Cost::Functions),
    unary("sinh", "y = (e^x - e^-x) / 2", NABLA_OF_X(std::sinh(x))).costs(Cost::Functions),
    unary("cosh", "y = (e^x + e^-x) / 2", NABLA_OF_X(std::cosh(x))).costs(Cost::Functions),
    truth("logicalNot", "y = x == 0 as uint8 (any dtype)", NABLA_WHETHER_OF_X(x == 0)),
    truth("isNaN", "y = x is NaN as uint8 (any dtype)", NABLA_WHETHER_OF_X(x != x)),
    truth("isFinite", "y = x is no infinity and no NaN as uint8 (any dtype)",
          NABLA_WHETHER_OF_X(x - x == 0)),
    unary("sigmoid", "y = 1 / (1 + e^-x)", NABLA_OF_X(math::sigmoid(x))).costs(Cost::Functions),
    unary("tanh", "y = tanh x", NABLA_OF_X(math::tanh(x))).costs(Cost::Functions),
    unary("relu", "y = max(x, 0); NaN stays NaN", NABLA_OF_X(x < 0 ? decltype(x)(0) : x))
        .onTiles(TileCode::Relu),
    unary("softplus", "y = ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|)", NABLA_OF_X(math::softplus(x)))
        .costs(Cost::Functions),
    unary("clipByValue", "y = min(max(x, low), high)", clipByValue)
        .number("low")
        .number("high")
        .onTiles(TileCode::Clip)
        .rule(clipRule),
    unary("logClipped", "y = ln(min(max(x, epsilon), 1 - epsilon))", logClipped)
        .number("epsilon")
        .costs(Cost::Functions)
        .rule(epsilonRule),
    gradient("sigmoidGrad", "dx = dy * y * (1 - y)", NABLA_OF_DY_AND_Y(dy* y*(1 - y))),
    gradient("tanhGrad", "dx = dy * (1 - y * y)", NABLA_OF_DY_AND_Y(dy*(1 - y * y))),
    gradient("reluGrad", "dx = y > 0 ? dy : 0", NABLA_OF_DY_AND_Y(y > 0 ? dy : decltype(y)(0)))
        .onTiles(TileCode::WherePositive, TileCode::Positive),
    OpRow("cast",
          "y = x in another dtype; to integers it truncates towards 0 and saturates, NaN gives 0")
        .reads("x", Access::Elements)
        .gives("y", Access::Elements)
        .dtype("dtype")
        .elementwise()
        .rule(castRule)
        .kernel(cast),
    OpRow("rescale", "y = x * scale + offset as float, x of any dtype")
        .reads("x", Access::Elements)
        .gives("y", Access::Elements)
        .number("scale")
        .number("offset")
        .dtype("dtype")
        .elementwise()
        .rule(rescaleRule)
        .kernel(rescale),
};

}  // namespace

NABLA_FAMILY(elementwise, kRows);

}  // namespace nabla::NABLA_ISA
