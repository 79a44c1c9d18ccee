// Element-wise ops of one, two and three inputs.

#include <cmath>
#include <limits>

#include "test/case.hpp"

namespace nabla::test {
namespace {

using Unary = double (*)(double);
using Binary = double (*)(double, double);

Case unaryCase(const char* op, const Operand& x, Attributes attrs,
               std::function<double(double)> f) {
  return {op, {x}, std::move(attrs), x.type, [f](const std::vector<Values>& in) {
            Values y;
            for (double value : in[0]) y.push_back(f(value));
            return std::vector<Values>{y};
          }};
}

struct UnaryOp {
  const char* op;
  double low, high;
  Unary f;
};

double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double softplus(double x) { return std::log1p(std::exp(x)); }

const UnaryOp kUnary[] = {
    {"neg", -9, 9, [](double x) { return -x; }},
    {"abs", -9, 9, [](double x) { return std::fabs(x); }},
    {"sign", -9, 9, sign},
    {"exp", -20, 20, [](double x) { return std::exp(x); }},
    {"expm1", -3, 3, [](double x) { return std::expm1(x); }},
    {"log", 0, 50, [](double x) { return std::log(x); }},
    {"log1p", -0.9, 50, [](double x) { return std::log1p(x); }},
    {"sqrt", 0, 90, [](double x) { return std::sqrt(x); }},
    {"rsqrt", 0.1, 90, [](double x) { return 1 / std::sqrt(x); }},
    {"square", -9, 9, [](double x) { return x * x; }},
    {"reciprocal", 0.1, 9, [](double x) { return 1 / x; }},
    {"sin", -9, 9, [](double x) { return std::sin(x); }},
    {"cos", -9, 9, [](double x) { return std::cos(x); }},
    {"floor", -9, 9, [](double x) { return std::floor(x); }},
    {"sigmoid", -30, 30, sigmoid},
    {"tanh", -5, 5, [](double x) { return std::tanh(x); }},
    {"relu", -9, 9, [](double x) { return x > 0 ? x : 0; }},
    {"softplus", -30, 30, softplus},
};

Cases unaryCases() {
  Cases cases;
  for (const Dims& dims : oddShapes()) {
    for (DType dtype : kFloats) {
      for (const auto& [op, low, high, f] : kUnary) {
        cases.push_back(unaryCase(op, uniform(dtype, dims, low, high), {}, f));
      }
      cases.push_back(unaryCase("clipByValue", uniform(dtype, dims, -9, 9), {-2, 3}, [](double x) {
        return x < -2 ? -2 : x > 3 ? 3 : x;
      }));
      cases.push_back(
          unaryCase("logClipped", uniform(dtype, dims, -0.5, 1.5), {0.25}, [](double x) {
            return std::log(x < 0.25 ? 0.25 : x > 0.75 ? 0.75 : x);
          }));
    }
    const Operand integers = uniform(DType::Int32, dims, -2e9, 2e9);
    cases.push_back(unaryCase("neg", integers, {}, [](double x) { return -x; }));
    cases.push_back(unaryCase("abs", integers, {}, [](double x) { return std::fabs(x); }));
  }
  return cases;
}

Case gradientCase(const char* op, DType dtype, const Dims& dims, Binary f) {
  const Operand dy = uniform(dtype, dims, -2, 2, 3), y = uniform(dtype, dims, -0.9, 0.9, 4);
  return {op, {dy, y}, {}, dy.type, [f](const std::vector<Values>& in) {
            Values dx;
            for (std::size_t i = 0; i < in[0].size(); i++) dx.push_back(f(in[0][i], in[1][i]));
            return std::vector<Values>{dx};
          }};
}

Cases gradientCases() {
  Cases cases;
  for (const Dims& dims : oddShapes()) {
    for (DType dtype : kFloats) {
      cases.push_back(gradientCase("sigmoidGrad", dtype, dims,
                                   [](double dy, double y) { return dy * y * (1 - y); }));
      cases.push_back(gradientCase("tanhGrad", dtype, dims,
                                   [](double dy, double y) { return dy * (1 - y * y); }));
      cases.push_back(gradientCase("reluGrad", dtype, dims,
                                   [](double dy, double y) { return y > 0 ? dy : 0; }));
    }
  }
  return cases;
}

struct Stretch {
  Dims a, b, y;
};

std::vector<Stretch> stretches() {
  std::vector<Stretch> result = {
      {{17, 3}, {3}, {17, 3}},
      {{17, 3}, {17, 1}, {17, 3}},
      {{}, {17, 3}, {17, 3}},
      {{17, 3}, {}, {17, 3}},
      {{1, 3}, {17, 1}, {17, 3}},
      {{2, 1, 4}, {3, 1}, {2, 3, 4}},
      {{0, 3}, {3}, {0, 3}},
      {{5, 0}, {5, 1}, {5, 0}},
      {{4, 1, 3}, {1, 5, 1}, {4, 5, 3}},
      {{1}, {1000}, {1000}},
      {{2, 1, 2, 1, 2, 1, 2, 1}, {1, 3, 1, 2, 1, 2, 1, 2}, {2, 3, 2, 2, 2, 2, 2, 2}},
  };
  for (const Dims& dims : oddShapes()) result.push_back({dims, dims, dims});
  return result;
}

Reference broadcasting(const Stretch& shapes, Binary f) {
  return [shapes, f](const std::vector<Values>& in) {
    Values y;
    for (std::int64_t i = 0; i < sizeOf(shapes.y); i++) {
      y.push_back(f(in[0][at(stretched(shapes.a, shapes.y, i))],
                    in[1][at(stretched(shapes.b, shapes.y, i))]));
    }
    return std::vector<Values>{y};
  };
}

struct BinaryOp {
  const char* op;
  double low;
  Binary f;
};

/// int32 as unsigned numbers, whose overflow wraps.
std::uint32_t wrapped(double x) { return static_cast<std::uint32_t>(static_cast<std::int64_t>(x)); }
double asInt(std::uint32_t x) { return static_cast<double>(static_cast<std::int32_t>(x)); }

const BinaryOp kBinary[] = {
    {"add", -3, [](double a, double b) { return a + b; }},
    {"sub", -3, [](double a, double b) { return a - b; }},
    {"mul", -3, [](double a, double b) { return a * b; }},
    {"div", 0.5, [](double a, double b) { return a / b; }},
    {"pow", 0.5, [](double a, double b) { return std::pow(a, b); }},
    {"maximum", -3, [](double a, double b) { return a > b ? a : b; }},
    {"minimum", -3, [](double a, double b) { return a < b ? a : b; }},
};

const BinaryOp kInteger[] = {
    {"add", 0, [](double a, double b) { return asInt(wrapped(a) + wrapped(b)); }},
    {"sub", 0, [](double a, double b) { return asInt(wrapped(a) - wrapped(b)); }},
    {"mul", 0, [](double a, double b) { return asInt(wrapped(a) * wrapped(b)); }},
    {"maximum", 0, [](double a, double b) { return a > b ? a : b; }},
    {"minimum", 0, [](double a, double b) { return a < b ? a : b; }},
};

const BinaryOp kComparison[] = {
    {"equal", 0, [](double a, double b) -> double { return a == b; }},
    {"notEqual", 0, [](double a, double b) -> double { return a != b; }},
    {"greater", 0, [](double a, double b) -> double { return a > b; }},
    {"greaterEqual", 0, [](double a, double b) -> double { return a >= b; }},
    {"less", 0, [](double a, double b) -> double { return a < b; }},
    {"lessEqual", 0, [](double a, double b) -> double { return a <= b; }},
};

/// Integers, so that many are equal; rounded where the type is a float.
Operand smallIntegers(DType dtype, const Dims& dims, std::uint64_t seed) {
  Operand operand = uniform(DType::Int32, dims, 0, 4, seed);
  operand.type.dtype = dtype;
  return operand;
}

Cases binaryCases() {
  Cases cases;
  for (const Stretch& shapes : stretches()) {
    for (DType dtype : kFloats) {
      for (const auto& [op, low, f] : kBinary) {
        const Operand a = uniform(dtype, shapes.a, low, 3, 5),
                      b = uniform(dtype, shapes.b, low, 3, 6);
        cases.push_back({op, {a, b}, {}, {dtype, shapes.y}, broadcasting(shapes, f), 3});
      }
    }
    for (const auto& [op, low, f] : kInteger) {
      const Operand a = uniform(DType::Int32, shapes.a, -2e9, 2e9, 5);
      const Operand b = uniform(DType::Int32, shapes.b, -2e9, 2e9, 6);
      cases.push_back({op, {a, b}, {}, {DType::Int32, shapes.y}, broadcasting(shapes, f)});
    }
    for (DType dtype : kAll) {
      for (const auto& [op, low, f] : kComparison) {
        const Operand a = smallIntegers(dtype, shapes.a, 5), b = smallIntegers(dtype, shapes.b, 6);
        cases.push_back({op, {a, b}, {}, {DType::Uint8, shapes.y}, broadcasting(shapes, f)});
      }
    }
  }
  return cases;
}

Case whereCase(DType dtype, const Dims& condition, const Stretch& shapes) {
  return {"where",
          {smallIntegers(DType::Uint8, condition, 7), uniform(dtype, shapes.a, 0, 9, 8),
           uniform(dtype, shapes.b, 0, 9, 9)},
          {},
          {dtype, shapes.y},
          [=](const std::vector<Values>& in) {
            Values y;
            for (std::int64_t i = 0; i < sizeOf(shapes.y); i++) {
              const bool chosen = in[0][at(stretched(condition, shapes.y, i))] != 0;
              y.push_back(chosen ? in[1][at(stretched(shapes.a, shapes.y, i))]
                                 : in[2][at(stretched(shapes.b, shapes.y, i))]);
            }
            return std::vector<Values>{y};
          }};
}

Cases whereCases() {
  Cases cases;
  for (const Stretch& shapes : stretches()) {
    for (DType dtype : kAll) {
      cases.push_back(whereCase(dtype, {}, shapes));
      cases.push_back(whereCase(dtype, shapes.a, shapes));
      cases.push_back(whereCase(dtype, shapes.y, shapes));
    }
  }
  return cases;
}

}  // namespace

Cases elementwiseCases() {
  Cases cases;
  append(cases, unaryCases());
  append(cases, gradientCases());
  append(cases, binaryCases());
  append(cases, whereCases());
  return cases;
}

}  // namespace nabla::test
