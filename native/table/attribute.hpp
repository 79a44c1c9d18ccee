// Attributes: the plain values that an op takes beside its operands, by name.
#pragma once

#include <initializer_list>

#include "table/view.hpp"

namespace nabla {

/// What an attribute's numbers mean.
enum class AttributeKind : std::uint8_t {
  Number,
  Flag,        // 0 or 1
  Axis,        // of a tensor, counted from its end where negative
  Axes,        // several, or none at all where the caller named none
  Shape,       // one integer an axis: sizes, begins, margins
  DType,       // the number of an element type
  Activation,  // a number of enum Activation; for ops that passes make
};

struct AttributeSpec {
  const char* name = nullptr;
  AttributeKind kind = AttributeKind::Number;
};

/// Instead of a count: the caller said nothing.
constexpr int kNotGiven = -1;

/// An attribute's value: so many numbers, one but for `Axes` and `Shape`.
struct Attribute {
  Attribute() = default;
  Attribute(double number) { values[0] = number; }  // implicit: steps are written down with numbers
  static Attribute list(std::initializer_list<double> numbers) {
    Attribute attribute;
    attribute.count = 0;
    for (double number : numbers) attribute.values[attribute.count++] = number;
    return attribute;
  }

  int count = 1;
  double values[kMaxRank] = {};

  bool operator==(const Attribute& other) const {
    if (count != other.count) return false;
    for (int i = 0; i < count; i++) {
      const bool areNaN = values[i] != values[i] && other.values[i] != other.values[i];
      if (values[i] != other.values[i] && !areNaN) return false;
    }
    return true;
  }
  bool operator!=(const Attribute& other) const { return !(*this == other); }
};

}  // namespace nabla
