// Element-wise ops of several inputs that stretch to one shape: trailing axes aligned, sizes of 1
// repeated.
#include <cmath>

#include "binary.hpp"
#include "division.hpp"
#include "math.hpp"
#include "table/tiles.hpp"

namespace nabla::NABLA_ISA {
namespace {

// ---- kernels

template <typename F>
void mapNumericPairs(const Operands& operands, Part part, F f) {
  withNumeric(operands.output().dtype, [&](auto zero) {
    using T = decltype(zero);
    mapPairs<T, T>(operands, part, f);
  });
}

template <typename F>
void mapFloatPairs(const Operands& operands, Part part, F f) {
  withFloat(operands.output().dtype, [&](auto zero) {
    using T = decltype(zero);
    mapPairs<T, T>(operands, part, f);
  });
}

template <typename F>
void comparePairs(const Operands& operands, Part part, F f) {
  withType(operands.input(0).dtype, [&](auto zero) {
    using T = decltype(zero);
    mapPairs<T, std::uint8_t>(operands, part, [f](T a, T b) -> std::uint8_t { return f(a, b); });
  });
}

// The kernels y = expression of a and b: of numbers, of floats, of truth.
#define NABLA_OF_NUMBERS(...)                                                    \
  [](const Operands& operands, Part part) {                                      \
    mapNumericPairs(operands, part, [](auto a, auto b) { return __VA_ARGS__; }); \
  }
#define NABLA_OF_FLOATS(...)                                                   \
  [](const Operands& operands, Part part) {                                    \
    mapFloatPairs(operands, part, [](auto a, auto b) { return __VA_ARGS__; }); \
  }
#define NABLA_WHETHER(...)                                                    \
  [](const Operands& operands, Part part) {                                   \
    comparePairs(operands, part, [](auto a, auto b) { return __VA_ARGS__; }); \
  }

void where(const Operands& operands, Part part) {
  const View& output = operands.output();
  if (output.size == 0) return;
  const Walk<3> walk = broadcastWalk<3>(output, operands.in);
  const std::int64_t conditionStep = walk.innerStride(0);
  const std::int64_t aStep = walk.innerStride(1), bStep = walk.innerStride(2);
  const bool allMove = conditionStep != 0 && aStep != 0 && bStep != 0;
  const std::uint8_t* const conditions = operands.input(0).as<std::uint8_t>();
  withType(output.dtype, [&](auto zero) {
    using T = decltype(zero);
    walk.forRuns(elementsOf(output, part),
                 [&](std::int64_t first, std::int64_t length, const std::int64_t* offsets) {
                   const std::uint8_t* const condition = conditions + offsets[0];
                   const T* const a = operands.input(1).as<T>() + offsets[1];
                   const T* const b = operands.input(2).as<T>() + offsets[2];
                   T* const y = output.as<T>() + first;
                   if (allMove) {
                     NABLA_SIMD
                     for (std::int64_t i = 0; i < length; i++)
                       y[i] = condition[i] != 0 ? a[i] : b[i];
                   } else {
                     NABLA_SIMD
                     for (std::int64_t i = 0; i < length; i++) {
                       y[i] = condition[i * conditionStep] != 0 ? a[i * aStep] : b[i * bStep];
                     }
                   }
                 });
  });
}

// ---- rules

/// a and b of one dtype, stretched to one shape.
void pairRule(TypeQuery& query) {
  query.expectSameDType(0, 1);
  query.output().dtype = query.input(0).dtype;
  query.broadcast(query.input(0), query.input(1), query.output());
}

void numericRule(TypeQuery& query) {
  query.expectSameDType(0, 1);
  query.expectNumeric(0);
  pairRule(query);
}

void floatRule(TypeQuery& query) {
  query.expectSameDType(0, 1);
  query.expectFloat(0);
  pairRule(query);
}

void comparisonRule(TypeQuery& query) {
  pairRule(query);
  query.output().dtype = DType::Uint8;
}

void whereRule(TypeQuery& query) {
  query.expectSameDType(1, 2);
  query.expectDType(0, DType::Uint8);
  Type& y = query.output();
  y.dtype = query.input(1).dtype;
  query.broadcast(query.input(1), query.input(2), y);
  query.broadcast(query.input(0), y, y);
}

// ---- rows

constexpr OpRow pair(const char* name, const char* doc, RuleFn rule, KernelFn kernel) {
  return OpRow(name, doc)
      .reads("a", Access::Elements)
      .reads("b", Access::Elements)
      .gives("y", Access::Elements)
      .elementwise()
      .rule(rule)
      .kernel(kernel);
}

constexpr OpRow numeric(const char* name, const char* doc, KernelFn kernel) {
  return pair(name, doc, numericRule, kernel).inPlace();
}

constexpr OpRow floats(const char* name, const char* doc, KernelFn kernel) {
  return pair(name, doc, floatRule, kernel).inPlace();
}

constexpr OpRow comparison(const char* name, const char* doc, KernelFn kernel) {
  return pair(name, doc, comparisonRule, kernel);
}

constexpr OpRow kRows[] = {
    numeric("add", "y = a + b (float or int32)",
            NABLA_OF_NUMBERS(Arithmetic<decltype(a)>::add(a, b)))
        .onTiles(TileCode::Add, TileCode::Add),
    numeric("sub", "y = a - b (float or int32)",
            NABLA_OF_NUMBERS(Arithmetic<decltype(a)>::sub(a, b)))
        .onTiles(TileCode::Sub, TileCode::SubFrom),
    numeric("mul", "y = a * b (float or int32; int32 wraps)",
            NABLA_OF_NUMBERS(Arithmetic<decltype(a)>::mul(a, b)))
        .onTiles(TileCode::Mul, TileCode::Mul),
    floats("multiplyNoNan", "y = b == 0 ? 0 : a * b",
           NABLA_OF_FLOATS(b == 0 ? decltype(a)(0) : a * b)),
    floats("div", "y = a / b", NABLA_OF_FLOATS(a / b)).onTiles(TileCode::Div, TileCode::DivInto),
    floats("pow", "y = a ^ b", NABLA_OF_FLOATS(math::pow(a, b))).costs(Cost::Functions),
    numeric("mod", "y = a - floorDiv(a, b) b, of b's sign (float or int32; int32: 0 where b = 0)",
            NABLA_OF_NUMBERS(mod(a, b)))
        .costs(Cost::Functions),
    numeric("floorDiv", "y = a / b rounded down (float or int32; int32: 0 where b = 0)",
            NABLA_OF_NUMBERS(floorDiv(a, b)))
        .costs(Cost::Functions),
    floats("atan2", "y = angle of the point (b, a), in radians", NABLA_OF_FLOATS(math::atan2(a, b)))
        .costs(Cost::Functions),
    // A NaN in `a` fails the comparison and stays; one in `b` is picked by b != b.
    numeric("maximum", "y = max(a, b); NaN if either is NaN",
            NABLA_OF_NUMBERS(a < b || b != b ? b : a))
        .onTiles(TileCode::Maximum, TileCode::MaximumFrom),
    numeric("minimum", "y = min(a, b); NaN if either is NaN",
            NABLA_OF_NUMBERS(a > b || b != b ? b : a))
        .onTiles(TileCode::Minimum, TileCode::MinimumFrom),
    comparison("equal", "y = a == b as uint8 (any dtype)", NABLA_WHETHER(a == b)),
    comparison("notEqual", "y = a != b as uint8 (any dtype)", NABLA_WHETHER(a != b)),
    comparison("greater", "y = a > b as uint8 (any dtype)", NABLA_WHETHER(a > b)),
    comparison("greaterEqual", "y = a >= b as uint8 (any dtype)", NABLA_WHETHER(a >= b)),
    comparison("less", "y = a < b as uint8 (any dtype)", NABLA_WHETHER(a < b)),
    comparison("lessEqual", "y = a <= b as uint8 (any dtype)", NABLA_WHETHER(a <= b)),
    comparison("logicalAnd", "y = a != 0 and b != 0 as uint8 (any dtype)",
               NABLA_WHETHER(a != 0 && b != 0)),
    comparison("logicalOr", "y = a != 0 or b != 0 as uint8 (any dtype)",
               NABLA_WHETHER(a != 0 || b != 0)),
    comparison("logicalXor", "y = either a != 0 or b != 0 as uint8 (any dtype)",
               NABLA_WHETHER((a != 0) != (b != 0))),
    OpRow("where", "y = condition != 0 ? a : b; uint8 condition, any dtype of a and b")
        .reads("condition", Access::Elements)
        .reads("a", Access::Elements)
        .reads("b", Access::Elements)
        .gives("y", Access::Elements)
        .elementwise()
        .rule(whereRule)
        .kernel(where),
};

}  // namespace

NABLA_FAMILY(broadcasting, kRows);

}  // namespace nabla::NABLA_ISA
