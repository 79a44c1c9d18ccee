// One op: a row of the op table. It says all that the engine has to know of an op, and stands
// beside the op's type rule and kernel in the file of its family, native/kernels/<family>.cpp.
//
//   OpRow("matMul", "y = a b")
//       .reads("a", Access::Rows)
//       .reads("b")
//       .gives("y", Access::Rows)
//       .flag("transposeA")
//       .rule(matMulRule)
//       .kernel(matMul)
//
// What is not said is safe: an operand without a word on its access is read whole, and an op whose
// results have none is left to one thread.
#pragma once

#include "table/attribute.hpp"
#include "table/view.hpp"

namespace nabla {

enum class TileCode : std::uint8_t;  // see table/tiles.hpp

constexpr int kMaxInputs = 12;  // named ones; the last of them may repeat
constexpr int kMaxOutputs = 8;
constexpr int kMaxAttributes = 8;

/// One step's operands. Types and attributes were checked by the op's rule: a kernel trusts them.
struct Operands {
  const View* const* in = nullptr;
  const View* const* out = nullptr;
  const Attribute* attrs = nullptr;
  int nIn = 0, nOut = 0;

  const View& input(int i) const { return *in[i]; }
  const View& output(int i = 0) const { return *out[i]; }

  /// Attributes by their number in the row.
  double number(int i) const { return attrs[i].values[0]; }
  bool flag(int i) const { return attrs[i].values[0] != 0; }
  int axis(int i) const { return static_cast<int>(attrs[i].values[0]); }
  const Attribute& list(int i) const { return attrs[i]; }
};

/// A thread's share of a step: part `index` of `count`. A kernel cuts what it writes along its
/// leading axis into `count` ranges and writes number `index` alone.
struct Part {
  int index = 0;
  int count = 1;
  void* workspace = nullptr;  // as many bytes as the row asks for, for this part alone
};

/// Half-open range of rows.
struct Range {
  std::int64_t begin, end;
};

/// The rows of part `part` when `rows` are cut as evenly as possible.
inline Range rowsOf(std::int64_t rows, Part part) {
  return {rows * part.index / part.count, rows * (part.index + 1) / part.count};
}

/// What a part touches of an operand.
enum class Access : std::uint8_t {
  Whole,     // anything; of a result: one part alone writes it
  Elements,  // those that stretch to the elements which the part writes: shapes broadcast
  Rows,      // the same share of the leading axis as the part writes of the result's
};

/// What takes an op's time, for the cost model.
enum class Cost : std::uint8_t {
  Elements,   // arithmetic on what is in cache
  Functions,  // exponentials and their like
  Draws,      // random numbers
  Products,   // multiplications and additions of a matrix product, two each
};

struct InputSpec {
  const char* name = nullptr;
  Access access = Access::Whole;
  bool written = false;  // in place: a Variable
};

struct OutputSpec {
  const char* name = nullptr;
  Access access = Access::Whole;
};

class TypeQuery;

/// Checks types and attributes, infers the outputs; see type-query.hpp.
using RuleFn = void (*)(TypeQuery&);
/// The arithmetic. Never allocates, throws or sees Node-API.
using KernelFn = void (*)(const Operands&, Part);
/// Access of an input where it depends on attributes or shapes.
using AccessFn = Access (*)(const Operands&, int input);
/// A number that follows from shapes and attributes; data may not be there.
using SizeFn = std::int64_t (*)(const Operands&);
/// How far the values of a coordinate, such as the first index of each row, may go.
using LimitFn = std::int64_t (*)(const Operands&, int coordinate);
/// How much of its cost class a step takes.
using AmountFn = double (*)(const Operands&);

/// An input whose values are labels or indices: each must lie in [0, limit).
struct IndexCheck {
  const char* what = nullptr;  // "label" or "index"; null: the op has none
  int operand = -1;
  SizeFn limit = nullptr;
  LimitFn limitOf = nullptr;  // instead, where the last axis holds coordinates
};

struct OpRow {
  const char* name = nullptr;
  const char* doc = nullptr;  // "y = ...", printed by plan listings
  InputSpec inputs[kMaxInputs];
  OutputSpec outputs[kMaxOutputs];
  AttributeSpec attributes[kMaxAttributes];
  int inputCount = 0, outputCount = 0, attributeCount = 0;
  int repeated = 0;  // so many of the last inputs repeat together, once or more
  bool worksInPlace = false;
  bool isElementwise = false;
  TileCode tileCodes[2] = {};  // by the input that a tile holds; none: the kernel does it
  bool isFused = false;
  Cost costClass = Cost::Elements;
  AmountFn amount = nullptr;
  SizeFn workspaceBytes = nullptr;
  AccessFn accessOf = nullptr;
  SizeFn sliceCount = nullptr;
  IndexCheck indexCheck;
  RuleFn typeRule = nullptr;
  KernelFn compute = nullptr;

  constexpr OpRow(const char* opName, const char* listed) : name(opName), doc(listed) {}

  // ---- the words of a row, in the order in which they read best

  /// The next input.
  constexpr OpRow& reads(const char* input, Access access = Access::Whole) {
    inputs[inputCount++] = {input, access, false};
    return *this;
  }
  /// The next input, a Variable that the op writes in place.
  constexpr OpRow& writes(const char* input, Access access = Access::Whole) {
    inputs[inputCount++] = {input, access, true};
    return *this;
  }
  /// The last `count` inputs may come several times, as a group.
  constexpr OpRow& repeats(int count) {
    repeated = count;
    return *this;
  }
  /// The next result.
  constexpr OpRow& gives(const char* output, Access access = Access::Whole) {
    outputs[outputCount++] = {output, access};
    return *this;
  }

  constexpr OpRow& number(const char* attribute) { return add(attribute, AttributeKind::Number); }
  constexpr OpRow& flag(const char* attribute) { return add(attribute, AttributeKind::Flag); }
  constexpr OpRow& axis(const char* attribute) { return add(attribute, AttributeKind::Axis); }
  constexpr OpRow& axes(const char* attribute) { return add(attribute, AttributeKind::Axes); }
  constexpr OpRow& shape(const char* attribute) { return add(attribute, AttributeKind::Shape); }
  constexpr OpRow& dtype(const char* attribute) { return add(attribute, AttributeKind::DType); }
  constexpr OpRow& activation(const char* attribute) {
    return add(attribute, AttributeKind::Activation);
  }

  /// The only result may live in the storage of an input of its type: element i is read before it
  /// is written, and nothing else of it is read later.
  constexpr OpRow& inPlace() {
    worksInPlace = true;
    return *this;
  }
  /// The elements of the result, or of the one input that is written, follow each from its own
  /// elements of the inputs alone: any stretch of them is a step in itself.
  constexpr OpRow& elementwise() {
    isElementwise = true;
    return *this;
  }
  /// What chains do in registers instead of the kernel, of floats and with the same bits: to the
  /// first input where a tile holds it, to the second where that is held.
  constexpr OpRow& onTiles(TileCode ofFirst, TileCode ofSecond = TileCode{}) {
    tileCodes[0] = ofFirst;
    tileCodes[1] = ofSecond;
    return *this;
  }
  /// What takes the time; how much of it is by default the size of the largest operand or result.
  constexpr OpRow& costs(Cost cost, AmountFn howMuch = nullptr) {
    costClass = cost;
    amount = howMuch;
    return *this;
  }
  /// Bytes that a part needs beside its operands, aligned for any type.
  constexpr OpRow& workspace(SizeFn bytes) {
    workspaceBytes = bytes;
    return *this;
  }
  /// Access of the inputs that are only read, where the rows of the table do not say it all.
  constexpr OpRow& accesses(AccessFn access) {
    accessOf = access;
    return *this;
  }
  /// Into how many slices parts cut what the op writes; by default the sizes of its leading axes.
  constexpr OpRow& slices(SizeFn count) {
    sliceCount = count;
    return *this;
  }
  /// The values of an input are labels in [0, limit); those of no other input decide what is read.
  constexpr OpRow& labels(int input, SizeFn limit) {
    indexCheck = {"label", input, limit};
    return *this;
  }
  /// Likewise indices.
  constexpr OpRow& indices(int input, SizeFn limit) {
    indexCheck = {"index", input, limit};
    return *this;
  }
  /// The last axis of an input holds indices of several axes, each with a limit of its own.
  constexpr OpRow& coordinates(int input, LimitFn limit) {
    indexCheck = {"index", input, nullptr, limit};
    return *this;
  }
  /// Passes alone make such steps: JavaScript cannot record them, so they have no gradient rules.
  constexpr OpRow& fused() {
    isFused = true;
    return *this;
  }
  constexpr OpRow& rule(RuleFn types) {
    typeRule = types;
    return *this;
  }
  constexpr OpRow& kernel(KernelFn kernel) {
    compute = kernel;
    return *this;
  }

  // ---- questions

  /// Input `i` of a step: the repeated ones go round.
  constexpr const InputSpec& inputSpec(int i) const {
    if (i < inputCount) return inputs[i];
    const int first = inputCount - repeated;
    return inputs[first + (i - first) % repeated];
  }
  /// Whether a step may have so many inputs.
  constexpr bool takes(int count) const {
    if (repeated == 0 || count < inputCount) return count == inputCount;
    return (count - inputCount) % repeated == 0;
  }
  /// Whether threads share a step out; otherwise one does it all.
  constexpr bool isCut() const {
    if (outputCount > 0) return outputs[0].access != Access::Whole;
    for (int i = 0; i < inputCount; i++) {
      if (inputs[i].written) return inputs[i].access != Access::Whole;
    }
    return false;
  }

 private:
  constexpr OpRow& add(const char* attribute, AttributeKind kind) {
    attributes[attributeCount++] = {attribute, kind};
    return *this;
  }
};

/// The rows of one family, for one instruction set.
struct Family {
  const OpRow* rows;
  int count;
};

}  // namespace nabla
