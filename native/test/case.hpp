// One call of a kernel: operands and what it must compute, by plain code in double.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "table/attribute.hpp"
#include "test/array.hpp"

namespace nabla::test {

/// Type of an operand.
struct Given {
  DType dtype;
  Dims dims;
};

struct Operand {
  Given type;
  Values values;
};

using Attributes = std::vector<Attribute>;

inline Attribute listed(const Dims& numbers) {
  Attribute attribute = Attribute::list({});
  for (std::int64_t number : numbers) {
    attribute.values[attribute.count++] = static_cast<double>(number);
  }
  return attribute;
}

inline Attribute named(DType dtype) { return static_cast<double>(dtype); }

using Reference = std::function<std::vector<Values>(const std::vector<Values>&)>;

struct Case {
  Case() = default;
  Case(std::string name, std::vector<Operand> given, Attributes values, Given result,
       Reference expected, double terms = 1, bool bits = true)
      : op(std::move(name)),
        inputs(std::move(given)),
        attrs(std::move(values)),
        output(std::move(result)),
        reference(std::move(expected)),
        scale(terms),
        sameBits(bits) {}

  std::string op;
  std::vector<Operand> inputs;
  Attributes attrs;
  /// Of the first result; ignored for ops that only write Variables.
  Given output;
  /// What each output, or else each Variable, holds afterwards, from the inputs' values.
  Reference reference;
  /// Size of the terms that rounding is relative to, beside that of the result itself.
  double scale = 1;
  /// Likewise of each result, where they differ.
  std::vector<double> scales;
  /// Whether each part computes exactly what one part would.
  bool sameBits = true;
  double scaleOf(std::size_t result) const { return scales.empty() ? scale : scales[result]; }
  /// Instead of a reference: says what is wrong with a result, or nothing.
  std::function<std::string(const Values& output)> judge;
};

using Cases = std::vector<Case>;

Cases elementwiseCases();
Cases layoutCases();
Cases productCases();
Cases reductionCases();
Cases softmaxCases();
Cases indexingCases();
Cases randomCases();
Cases sortingCases();
Cases updateCases();
Cases convolutionCases();
Cases poolingCases();

// ---- numbers

/// Reproducible draws: SplitMix64.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : state_(seed) {}
  double next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
  }

 private:
  std::uint64_t state_;
};

/// An operand of numbers in [low, high), rounded to its type.
inline Operand uniform(DType dtype, const Dims& dims, double low, double high,
                       std::uint64_t seed = 1) {
  Draws draws(seed + static_cast<std::uint64_t>(sizeOf(dims)));
  Values values(static_cast<std::size_t>(sizeOf(dims)));
  for (double& value : values) {
    value = low + (high - low) * draws.next();
    if (!isFloat(dtype)) value = static_cast<double>(static_cast<std::int64_t>(value));
    if (dtype == DType::Float32) value = static_cast<double>(static_cast<float>(value));
  }
  return {{dtype, dims}, values};
}

inline Operand scalar(DType dtype, double value) { return uniform(dtype, {}, value, value); }

constexpr DType kFloats[] = {DType::Float32, DType::Float64};
constexpr DType kAll[] = {DType::Float32, DType::Float64, DType::Int32, DType::Uint8};

/// Shapes of element-wise work: odd sizes, few and many rows, nothing.
inline const std::vector<Dims>& oddShapes() {
  static const std::vector<Dims> shapes = {{},     {0},       {1},       {3},       {17},
                                           {1000}, {17, 3},   {3, 17},   {1, 1000}, {0, 5},
                                           {5, 0}, {7, 1, 9}, {2, 3, 5}, {9, 113}};
  return shapes;
}

/// The dims of `x` seen under `y`'s rank: strides of 0 where it is stretched.
inline std::int64_t stretched(const Dims& x, const Dims& y, std::int64_t flat) {
  std::int64_t at = 0, stride = 1;
  for (std::size_t k = 0; k < y.size(); k++) {
    const std::size_t axis = y.size() - 1 - k;
    const std::int64_t index = flat % y[axis];
    flat /= y[axis];
    if (k >= x.size()) continue;
    const std::int64_t dim = x[x.size() - 1 - k];
    if (dim != 1) at += index * stride;
    stride *= dim;
  }
  return at;
}

template <typename T>
std::size_t at(T i) {
  return static_cast<std::size_t>(i);
}

inline void append(Cases& cases, Cases more) {
  for (Case& item : more) cases.push_back(std::move(item));
}

}  // namespace nabla::test
