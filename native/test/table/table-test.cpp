// The op table: what every row must say, and what its rules answer for types that are known in
// part.

#include <set>
#include <string>
#include <vector>

#include "table/registry.hpp"
#include "table/type-query.hpp"
#include "test/check.hpp"

namespace {

using namespace nabla;
using nabla::test::check;

void testRows() {
  std::set<std::string> names;
  bool wasFused = false;
  for (int op = 0; op < opCount(); op++) {
    const OpRow& row = opRow(op);
    const std::string what = std::string("row ") + row.name;
    check(names.insert(row.name).second, what + " stands twice");
    check(row.doc != nullptr && row.doc[0] != '\0', what + " has no doc");
    check(row.typeRule != nullptr && row.compute != nullptr, what + " has no rule or no kernel");
    check(opNumber(row.name) == op, what + " has another number");
    check(row.isFused == (op >= recordedOpCount()), what + " is fused or not");
    int written = 0;
    for (int i = 0; i < row.inputCount; i++) written += row.inputs[i].written ? 1 : 0;
    check(row.outputCount > 0 || written > 0, what + " has no effect");
    for (int i = 0; i < row.outputCount; i++) {
      const bool isCut = row.outputs[i].access != Access::Whole;
      check(isCut == row.isCut(), what + ": parts write some of its outputs and not others");
    }
    check(!row.worksInPlace || row.outputCount == 1, what + " works in place with several outputs");
    check(row.repeated <= row.inputCount, what + " repeats more inputs than it has");
    const bool checks = row.indexCheck.what != nullptr;
    const int limits = (row.indexCheck.limit != nullptr) + (row.indexCheck.limitOf != nullptr);
    check(limits == (checks ? 1 : 0), what + ": a check of indices without one limit");
    wasFused = wasFused || row.isFused;
  }
  check(wasFused, "no row is fused");
  check(opNumber("noSuchOp") == -1, "an op that is not there");
}

Type typeOf(DType dtype, const std::vector<std::int64_t>& dims) {
  Type type;
  type.dtype = dtype;
  for (std::int64_t dim : dims) type.dims[type.rank++] = dim;
  return type;
}

Type floats(const std::vector<std::int64_t>& dims) { return typeOf(DType::Float32, dims); }

/// The types of an op's outputs in words, or the error.
std::string inferred(const char* op, const std::vector<Type>& inputs,
                     std::vector<Attribute> attributes = {}, bool isSymbolic = true) {
  std::vector<const Type*> types;
  for (const Type& input : inputs) types.push_back(&input);
  const int count = static_cast<int>(inputs.size());
  Inferred result;
  try {
    inferTypes(opRow(opNumber(op)), types.data(), count, attributes.data(),
               static_cast<int>(attributes.size()), isSymbolic, result);
  } catch (const RuleError& error) {
    return describeError(error, types.data(), count);
  }
  std::string text;
  for (int i = 0; i < result.outputs; i++) {
    text += (i > 0 ? " " : "") + describeType(result.types[i]);
  }
  return text;
}

void expect(const std::string& actual, const std::string& wanted) {
  check(actual == wanted, "inferred \"" + actual + "\" instead of \"" + wanted + "\"");
}

constexpr std::int64_t n = kUnknown;

void testUnknownSizes() {
  expect(inferred("relu", {floats({n, 3})}), "float32[null, 3]");
  expect(inferred("add", {floats({n, 3}), floats({3})}), "float32[null, 3]");
  expect(inferred("add", {floats({n, 3}), floats({n, 1})}), "float32[null, 3]");
  expect(inferred("add", {floats({n}), floats({1})}), "float32[null]");
  expect(inferred("add", {floats({n}), floats({5})}), "float32[5]");
  expect(inferred("add", {floats({n, 3}), floats({4})}),
         "add: expected shapes that broadcast but received [null, 3] and [4]");
  expect(inferred("matMul", {floats({n, 784}), floats({784, 32})}, {0, 0}), "float32[null, 32]");
  expect(inferred("matMul", {floats({n, 784}), floats({32, 784})}, {0, 1}), "float32[null, 32]");
  expect(inferred("matMul", {floats({n, 3}), floats({4, 5})}, {0, 0}),
         "matMul: expected matrices with matching inner sizes but received float32[null, 3] and "
         "float32[4, 5]");
  expect(inferred("reshape", {floats({n, 28, 28})}, {Attribute::list({-1, 784})}),
         "float32[null, 784]");
  expect(inferred("reshape", {floats({4, 28, 28})}, {Attribute::list({-1, 784})}),
         "float32[4, 784]");
  expect(inferred("sum", {floats({n, 3})}, {Attribute::list({-1}), 0}), "float32[null]");
  expect(inferred("sum", {floats({n, 3})}, {Attribute::list({0}), 1}), "float32[1, 3]");
  expect(inferred("transpose", {floats({n, 3, 4})}, {Attribute::list({2, 0, 1})}),
         "float32[4, null, 3]");
  expect(inferred("slice", {floats({n, 9})}, {Attribute::list({0, 2}), Attribute::list({-1, 3})}),
         "float32[null, 3]");
  expect(inferred("pad", {floats({n, 9})}, {Attribute::list({1, 2}), Attribute::list({0, 3})}),
         "float32[null, 14]");
  expect(inferred("concat", {floats({n, 2}), floats({n, 3})}, {1}), "float32[null, 5]");
  expect(inferred("concat", {floats({n, 2}), floats({4, 2})}, {0}), "float32[null, 2]");
  expect(inferred("softmax", {floats({n, 10})}), "float32[null, 10]");
  expect(inferred("sparseCrossentropyLogits", {floats({n, 10}), typeOf(DType::Int32, {n})}),
         "float32[null]");
  expect(inferred("oneHot", {typeOf(DType::Uint8, {n})}, {10, 0}), "float32[null, 10]");
  expect(inferred("fill", {}, {Attribute::list({n, 3}), 1, 0}), "float32[null, 3]");
  // A run knows all sizes.
  expect(inferred("fill", {}, {Attribute::list({n, 3}), 1, 0}, false),
         "fill: expected non-negative integers for shape but received [-1, 3]");
}

/// Attributes as numbers come from anywhere.
void testMalformedAttributes() {
  const Type x = floats({2, 3});
  const std::string sum = "sum: attribute axis is not of its kind";
  Attribute many = Attribute::list({0});
  many.count = 9;
  expect(inferred("sum", {x}, {many, 0}), sum);
  expect(inferred("sum", {x}, {Attribute::list({0.5}), 0}), sum);
  expect(inferred("sum", {x}, {Attribute::list({0}), 2}),
         "sum: attribute keepDims is not of its kind");
  expect(inferred("cast", {x}, {9}), "cast: attribute dtype is not of its kind");
  expect(inferred("sum", {x}, {}), "sum: wrong number of inputs or attributes");
  expect(inferred("sum", {x, x}, {Attribute::list({0}), 0}),
         "sum: wrong number of inputs or attributes");
  expect(inferred("concat", {}, {0}), "concat: wrong number of inputs or attributes");
}

void testNumbers() {
  const std::pair<double, const char*> numbers[] = {
      {0, "0"},          {-0.0, "0"},     {1, "1"},        {-2.5, "-2.5"},
      {1e-7, "1e-7"},    {0.1, "0.1"},    {1e21, "1e+21"}, {1.0 / 3, "0.3333333333333333"},
      {1e300, "1e+300"}, {2e-10, "2e-10"}};
  for (const auto& [number, text] : numbers) expect(formatNumber(number), text);
}

}  // namespace

int main() {
  testRows();
  testUnknownSizes();
  testMalformedAttributes();
  testNumbers();
  return nabla::test::report("table-test");
}
