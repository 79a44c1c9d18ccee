// What a type rule is asked with, and how it answers.
//
// A rule checks a step's operand types and attributes, sets the types of its outputs, and replaces
// attributes by what they come to: an axis counted from the end by its number, a size left open by
// the one that follows. Sizes may be unknown (kUnknown); then a rule gives the benefit of the doubt
// and passes on what it knows. Rules end at the first fault, by an exception of their own.
//
// Rules stand in files that are compiled for several instruction sets: all that they call here is
// compiled once, in type-query.cpp.
#pragma once

#include <cstdarg>
#include <string>

#include "table/row.hpp"

#if defined(__GNUC__)
#define NABLA_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define NABLA_PRINTF(text, first)
#endif

namespace nabla {

/// JavaScript's classes of errors.
enum class ErrorKind { Type, Range };

/// A fault that a rule found. In `text`, "{2}" stands for input 2: its type, and its name if it has
/// one, which JavaScript alone knows (see `describeError`).
struct RuleError {
  ErrorKind kind;
  std::string text;
};

class TypeQuery {
 public:
  TypeQuery(const OpRow& row, const Type* const* inputs, int inputCount, Attribute* attributes,
            const Attribute* given, Type* outputs, bool isSymbolic)
      : row_(row),
        inputs_(inputs),
        inputCount_(inputCount),
        attributes_(attributes),
        given_(given),
        outputs_(outputs),
        isSymbolic_(isSymbolic) {}

  // ---- operands

  int inputs() const { return inputCount_; }
  const Type& input(int i) const { return *inputs_[i]; }
  Type& output(int i = 0) { return outputs_[i]; }
  /// Appends an axis to an output.
  void append(Type& output, std::int64_t dim) const;
  /// Number of elements; kUnknown if a size is, unless another is 0.
  std::int64_t sizeOf(const Type& type) const;

  // ---- checks of operands; `i` is an input's number

  void expectFloat(int i) const;
  /// float32, float64 or int32
  void expectNumeric(int i) const;
  void expectDType(int i, DType dtype) const;
  void expectSameDType(int a, int b) const;
  /// Exactly the type given.
  void expectType(int i, const Type& wanted) const;
  void expectScalar(int i) const;
  void expectFloatScalar(int i) const;

  /// True unless both are known to differ.
  static bool mayEqual(std::int64_t a, std::int64_t b) {
    return a == b || a == kUnknown || b == kUnknown;
  }
  static bool maySameShape(const Type& a, const Type& b);
  /// What is known of a size from two places where it stands.
  static std::int64_t known(std::int64_t a, std::int64_t b) { return a == kUnknown ? b : a; }
  /// The shape to which inputs a and b stretch: trailing axes aligned, sizes of 1 give way.
  void broadcast(const Type& a, const Type& b, Type& output) const;
  /// True if `from` may stretch to `to`.
  static bool stretches(const Type& from, const Type& to);

  // ---- attributes, by their number in the row

  /// A number; not NaN.
  double number(int i) const;
  /// Any number.
  double anyNumber(int i) const { return attributes_[i].values[0]; }
  bool flag(int i) const { return attributes_[i].values[0] != 0; }
  std::int64_t integer(int i) const;
  /// A number of parts of equal size, into which so many elements are cut for threads: slices of
  /// what parts write are equal. One for none.
  std::int64_t equalShares(int i, std::int64_t elements) const;
  DType dtype(int i) const { return static_cast<DType>(static_cast<int>(anyNumber(i))); }
  /// An axis of a tensor of this rank, from 0 on; resolved.
  int axis(int i, int rank);
  /// Axes as bits, all of them where none was named; resolved.
  unsigned axes(int i, int rank);
  /// The attribute itself, to read or resolve.
  Attribute& attribute(int i) { return attributes_[i]; }
  /// The attribute as the sizes of a result, none below 0; of unknown ones only where types alone
  /// are asked for.
  void shape(int i, Type& output) const;

  /// True where types alone are asked for: sizes may be unknown.
  bool isSymbolic() const { return isSymbolic_; }

  // ---- the end

  /// Ends the rule. The format is printf's; besides, "{2}" stands for input 2, "{2.shape}" for its
  /// shape, "{=1}" for the value of attribute 1 as it was given. The op's name comes before.
  [[noreturn]] void fail(ErrorKind kind, const char* format, ...) const NABLA_PRINTF(3, 4);

 private:
  std::string expanded(const char* text) const;

  const OpRow& row_;
  const Type* const* inputs_;
  int inputCount_;
  Attribute* attributes_;
  const Attribute* given_;  // as they came, for errors
  Type* outputs_;
  bool isSymbolic_;
};

/// What a rule found of a step.
struct Inferred {
  int outputs = 0;
  Type types[kMaxOutputs];
  Attribute given[kMaxAttributes];  // the attributes as they came
  bool resolved = false;            // an attribute was replaced
};

/// Asks the row's rule. Attributes are resolved in place. Throws RuleError.
void inferTypes(const OpRow& row, const Type* const* inputs, int inputCount, Attribute* attributes,
                int attributeCount, bool isSymbolic, Inferred& inferred);

/// The text of a rule's fault, with the inputs' types in their places.
std::string describeError(const RuleError& error, const Type* const* inputs, int inputCount);

/// "float32[32, 784]", "float32[null, 784]"
std::string describeType(const Type& type);

/// "0.5", "[2, 3]", "true", "float32"
std::string describeAttribute(const AttributeSpec& spec, const Attribute& attribute);

/// As JavaScript prints it, or almost.
std::string formatNumber(double number);

/// Short texts for the formats of `fail`, in memory of their own.
struct Text {
  char text[320];
};
Text textOf(double number);
Text textOf(DType dtype);
/// "[32, 784]", or with what may follow the sizes, "[32, 784, ...]"
Text shapeText(const Type& type, bool goesOn = false);

}  // namespace nabla
