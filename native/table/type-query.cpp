#include "table/type-query.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "table/activation.hpp"

namespace nabla {
namespace {

constexpr double kMostElements = 35184372088832.0;  // 2^45: their bytes still fit an int64

const char* nameOf(DType dtype) {
  switch (dtype) {
    case DType::Float32:
      return "float32";
    case DType::Float64:
      return "float64";
    case DType::Int32:
      return "int32";
    case DType::Uint8:
      return "uint8";
  }
  return "unknown";
}

/// "[2, 3]"
std::string describeShape(const Type& type) {
  std::string text = "[";
  for (int axis = 0; axis < type.rank; axis++) {
    if (axis > 0) text += ", ";
    text += type.dims[axis] == kUnknown ? "null" : std::to_string(type.dims[axis]);
  }
  return text + "]";
}

/// Length of a "{...}" at the beginning of a text, with the number in it; 0 if there is none.
int matches(const char* text, const char* format, int& number) {
  int length = 0;
  if (*text != '{' || std::sscanf(text, format, &number, &length) != 1) return 0;
  return length;
}

bool isIntegerIn(double value, double low, double high) {
  return value >= low && value <= high && value == std::floor(value);
}

/// Whether an attribute has the form of its kind, which the words of JavaScript always have.
bool fits(const AttributeSpec& spec, const Attribute& attribute) {
  constexpr double kMost = std::numeric_limits<double>::max();
  switch (spec.kind) {
    case AttributeKind::Axes:
      if (attribute.count == kNotGiven) return true;
      [[fallthrough]];
    case AttributeKind::Shape:
      if (attribute.count < 0 || attribute.count > kMaxRank) return false;
      for (int i = 0; i < attribute.count; i++) {
        if (!isIntegerIn(attribute.values[i], -kMost, kMost)) return false;
      }
      return true;
    case AttributeKind::Flag:
      return attribute.count == 1 && isIntegerIn(attribute.values[0], 0, 1);
    case AttributeKind::Axis:
      return attribute.count == 1 && isIntegerIn(attribute.values[0], -kMost, kMost);
    case AttributeKind::DType:
      return attribute.count == 1 && isIntegerIn(attribute.values[0], 0, kDTypeCount - 1);
    case AttributeKind::Activation:
      return attribute.count == 1 &&
             isIntegerIn(attribute.values[0], 0, static_cast<double>(Activation::Softmax));
    case AttributeKind::Number:
      return attribute.count == 1;
  }
  return false;
}

void checkForm(const OpRow& row, int inputCount, const Attribute* attributes, int attributeCount) {
  if (!row.takes(inputCount) || attributeCount != row.attributeCount) {
    throw RuleError{ErrorKind::Type,
                    std::string(row.name) + ": wrong number of inputs or attributes"};
  }
  for (int i = 0; i < attributeCount; i++) {
    if (fits(row.attributes[i], attributes[i])) continue;
    throw RuleError{ErrorKind::Type, std::string(row.name) + ": attribute " +
                                         row.attributes[i].name + " is not of its kind"};
  }
}

/// What no tensor may be, whatever its op.
void checkResult(const TypeQuery& query, const Type& type, bool isSymbolic) {
  double product = 1;  // of the sizes that are not 0: kernels multiply some without the others
  for (int axis = 0; axis < type.rank; axis++) {
    const std::int64_t dim = type.dims[axis];
    const bool isSize = dim >= 0 || (isSymbolic && dim == kUnknown);
    if (!isSize) query.fail(ErrorKind::Range, "a size of its result is unknown");
    if (dim > 0) product *= static_cast<double>(dim);
  }
  if (product <= kMostElements) return;
  query.fail(ErrorKind::Range, "expected at most 2^45 elements in its result but received %s",
             describeType(type).c_str());
}

}  // namespace

void TypeQuery::append(Type& output, std::int64_t dim) const {
  if (output.rank == kMaxRank) {
    fail(ErrorKind::Range, "expected a rank of at most %d for its result", kMaxRank);
  }
  output.dims[output.rank++] = dim;
}

std::int64_t TypeQuery::sizeOf(const Type& type) const {
  std::int64_t size = 1;
  bool isKnown = true;
  for (int axis = 0; axis < type.rank; axis++) {
    if (type.dims[axis] == 0) return 0;
    if (type.dims[axis] == kUnknown)
      isKnown = false;
    else
      size *= type.dims[axis];
  }
  return isKnown ? size : kUnknown;
}

void TypeQuery::expectFloat(int i) const {
  if (isFloat(input(i).dtype)) return;
  fail(ErrorKind::Type,
       "expected a float tensor for %s but received {%d}; use cast(x, \"float32\")",
       row_.inputSpec(i).name, i);
}

void TypeQuery::expectNumeric(int i) const {
  if (input(i).dtype != DType::Uint8) return;
  fail(ErrorKind::Type, "expected a float or int32 tensor for %s but received {%d}; use cast",
       row_.inputSpec(i).name, i);
}

void TypeQuery::expectDType(int i, DType dtype) const {
  if (input(i).dtype == dtype) return;
  const char* wanted = nameOf(dtype);
  fail(ErrorKind::Type, "expected %s %s tensor for %s but received {%d}",
       wanted[0] == 'i' ? "an" : "a", wanted, row_.inputSpec(i).name, i);
}

void TypeQuery::expectSameDType(int a, int b) const {
  if (input(a).dtype == input(b).dtype) return;
  fail(ErrorKind::Type,
       "expected operands of one dtype but received {%d} and {%d}; convert one with cast", a, b);
}

void TypeQuery::expectType(int i, const Type& wanted) const {
  const bool sameDType = input(i).dtype == wanted.dtype;
  if (sameDType && maySameShape(input(i), wanted)) return;
  fail(ErrorKind::Type, "expected %s for %s but received {%d}%s", describeType(wanted).c_str(),
       row_.inputSpec(i).name, i, sameDType ? "" : "; convert it with cast");
}

void TypeQuery::expectScalar(int i) const {
  if (input(i).rank == 0) return;
  fail(ErrorKind::Type, "expected a scalar for %s but received {%d}", row_.inputSpec(i).name, i);
}

void TypeQuery::expectFloatScalar(int i) const {
  if (input(i).rank == 0 && isFloat(input(i).dtype)) return;
  fail(ErrorKind::Type, "expected a %sscalar for %s but received {%d}",
       input(i).rank == 0 ? "float " : "", row_.inputSpec(i).name, i);
}

bool TypeQuery::maySameShape(const Type& a, const Type& b) {
  if (a.rank != b.rank) return false;
  for (int axis = 0; axis < a.rank; axis++) {
    if (!mayEqual(a.dims[axis], b.dims[axis])) return false;
  }
  return true;
}

void TypeQuery::broadcast(const Type& a, const Type& b, Type& output) const {
  Type result;
  result.dtype = output.dtype;
  result.rank = a.rank > b.rank ? a.rank : b.rank;
  for (int i = 1; i <= result.rank; i++) {
    const std::int64_t x = i <= a.rank ? a.dims[a.rank - i] : 1;
    const std::int64_t y = i <= b.rank ? b.dims[b.rank - i] : 1;
    if (!mayEqual(x, y) && x != 1 && y != 1) {
      fail(ErrorKind::Range, "expected shapes that broadcast but received %s and %s",
           describeShape(a).c_str(), describeShape(b).c_str());
    }
    result.dims[result.rank - i] = x == 1 || (x == kUnknown && y != 1) ? y : x;
  }
  output = result;
}

bool TypeQuery::stretches(const Type& from, const Type& to) {
  if (from.rank > to.rank) return false;
  for (int axis = 0; axis < from.rank; axis++) {
    const std::int64_t dim = from.dims[axis];
    if (dim != 1 && !mayEqual(dim, to.dims[to.rank - from.rank + axis])) return false;
  }
  return true;
}

double TypeQuery::number(int i) const {
  const double value = anyNumber(i);
  if (!std::isnan(value)) return value;
  fail(ErrorKind::Type, "expected a number for %s but received NaN", row_.attributes[i].name);
}

std::int64_t TypeQuery::integer(int i) const {
  const double value = anyNumber(i);
  constexpr double kFar = 9007199254740992.0;
  if (isIntegerIn(value, -kFar, kFar)) return static_cast<std::int64_t>(value);
  fail(ErrorKind::Type, "expected an integer for %s but received {=%d}", row_.attributes[i].name,
       i);
}

std::int64_t TypeQuery::equalShares(int i, std::int64_t elements) const {
  constexpr std::int64_t kMost = 1 << 16;
  const std::int64_t shares = integer(i), most = elements == 0 ? 1 : kMost;
  const bool areEqual = elements == kUnknown || (shares != 0 && elements % shares == 0);
  if (shares < 1 || shares > most || !areEqual) {
    fail(ErrorKind::Range, "expected a number of equal shares for %s but received {=%d}",
         row_.attributes[i].name, i);
  }
  return shares;
}

int TypeQuery::axis(int i, int rank) {
  double& axis = attributes_[i].values[0];
  if (axis < -rank || axis >= rank) {
    fail(ErrorKind::Range, "expected an axis in [%d, %d) but received {=%d}", -rank, rank, i);
  }
  if (axis < 0) axis += rank;
  return static_cast<int>(axis);
}

unsigned TypeQuery::axes(int i, int rank) {
  Attribute& axes = attributes_[i];
  if (axes.count == kNotGiven) {
    axes.count = rank;
    for (int axis = 0; axis < rank; axis++) axes.values[axis] = axis;
    return (1u << rank) - 1;
  }
  unsigned mask = 0;
  bool isDistinct = true;
  for (int k = 0; k < axes.count; k++) {
    double& axis = axes.values[k];
    if (axis < -rank || axis >= rank) {
      fail(ErrorKind::Range, "expected an axis in [%d, %d) but received %s", -rank, rank,
           formatNumber(axis).c_str());
    }
    if (axis < 0) axis += rank;
    const unsigned bit = 1u << static_cast<unsigned>(axis);
    if ((mask & bit) != 0) isDistinct = false;
    mask |= bit;
  }
  if (isDistinct) return mask;
  fail(ErrorKind::Range, "expected distinct axes but received %s",
       describeAttribute(row_.attributes[i], axes).c_str());
}

void TypeQuery::shape(int i, Type& output) const {
  const Attribute& sizes = attributes_[i];
  output.rank = sizes.count;
  double product = 1;
  for (int axis = 0; axis < sizes.count; axis++) {
    const double dim = sizes.values[axis];
    if (dim < 0 && !(isSymbolic_ && dim == kUnknown)) {
      fail(ErrorKind::Range, "expected non-negative integers for %s but received {=%d}",
           row_.attributes[i].name, i);
    }
    if (dim > 0) product *= dim;
    output.dims[axis] = dim <= kMostElements ? static_cast<std::int64_t>(dim) : 0;
  }
  if (product <= kMostElements) return;
  fail(ErrorKind::Range, "expected at most 2^45 elements for %s but received {=%d}",
       row_.attributes[i].name, i);
}

void TypeQuery::fail(ErrorKind kind, const char* format, ...) const {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  throw RuleError{kind, std::string(row_.name) + ": " + expanded(text)};
}

/// Fills in what needs no more than the types: "{2.shape}" and "{=1}".
std::string TypeQuery::expanded(const char* text) const {
  std::string result;
  for (const char* at = text; *at != '\0'; at++) {
    int number = 0;
    if (const int length = matches(at, "{%d.shape}%n", number)) {
      result += describeShape(input(number));
      at += length - 1;
    } else if (const int length = matches(at, "{=%d}%n", number)) {
      result += describeAttribute(row_.attributes[number], given_[number]);
      at += length - 1;
    } else {
      result += *at;
    }
  }
  return result;
}

void inferTypes(const OpRow& row, const Type* const* inputs, int inputCount, Attribute* attributes,
                int attributeCount, bool isSymbolic, Inferred& inferred) {
  checkForm(row, inputCount, attributes, attributeCount);
  for (int i = 0; i < attributeCount; i++) inferred.given[i] = attributes[i];
  inferred.outputs = row.outputCount;
  for (int i = 0; i < row.outputCount; i++) inferred.types[i] = Type{};
  TypeQuery query(row, inputs, inputCount, attributes, inferred.given, inferred.types, isSymbolic);
  row.typeRule(query);
  for (int i = 0; i < row.outputCount; i++) checkResult(query, inferred.types[i], isSymbolic);
  inferred.resolved = false;
  for (int i = 0; i < attributeCount; i++) {
    if (attributes[i] != inferred.given[i]) inferred.resolved = true;
  }
}

std::string describeError(const RuleError& error, const Type* const* inputs, int inputCount) {
  std::string text;
  for (const char* at = error.text.c_str(); *at != '\0'; at++) {
    int number = 0;
    const int length = matches(at, "{%d}%n", number);
    if (length > 0 && number >= 0 && number < inputCount) {
      text += describeType(*inputs[number]);
      at += length - 1;
    } else {
      text += *at;
    }
  }
  return text;
}

std::string describeType(const Type& type) { return nameOf(type.dtype) + describeShape(type); }

std::string describeAttribute(const AttributeSpec& spec, const Attribute& attribute) {
  const double first = attribute.values[0];
  switch (spec.kind) {
    case AttributeKind::Axes:
    case AttributeKind::Shape: {
      std::string text = "[";
      for (int i = 0; i < attribute.count; i++) {
        if (i > 0) text += ", ";
        text += formatNumber(attribute.values[i]);
      }
      return text + "]";
    }
    case AttributeKind::Flag:
      return first != 0 ? "true" : "false";
    case AttributeKind::DType:
      return nameOf(static_cast<DType>(static_cast<int>(first)));
    case AttributeKind::Activation:
      return nameOf(static_cast<Activation>(static_cast<int>(first)));
    default:
      return formatNumber(first);
  }
}

Text textOf(double number) {
  Text result;
  std::snprintf(result.text, sizeof result.text, "%s", formatNumber(number).c_str());
  return result;
}

Text textOf(DType dtype) {
  Text result;
  std::snprintf(result.text, sizeof result.text, "%s", nameOf(dtype));
  return result;
}

Text shapeText(const Type& type, bool goesOn) {
  Text result;
  std::string shape = describeShape(type);
  if (goesOn) shape.insert(shape.size() - 1, type.rank == 0 ? "..." : ", ...");
  std::snprintf(result.text, sizeof result.text, "%s", shape.c_str());
  return result;
}

std::string formatNumber(double number) {
  char text[40];
  if (number == std::floor(number) && std::fabs(number) < 1e21) {
    std::snprintf(text, sizeof text, "%.0f", number == 0 ? 0.0 : number);
    return text;
  }
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  int digits = 1;
  do {
    std::snprintf(text, sizeof text, "%.*g", digits, number);
  } while (std::strtod(text, nullptr) != number && ++digits <= 17);
  // JavaScript's exponents have no leading zero.
  std::string result = text;
  const std::size_t exponent = result.find('e');
  if (exponent != std::string::npos && result[exponent + 2] == '0') result.erase(exponent + 2, 1);
  return result;
}

}  // namespace nabla
