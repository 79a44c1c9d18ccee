// Runs every kernel of the op tables, whole and in parts, against plain code. NABLA_ISA in the
// environment chooses the instruction set.

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string>

#include "table/access.hpp"
#include "table/index-check.hpp"
#include "table/registry.hpp"
#include "table/type-query.hpp"
#include "test/case.hpp"
#include "test/check.hpp"

namespace {

using namespace nabla;
using namespace nabla::test;

/// A case's operands in memory of their own. The op must be there, and its rule must accept them.
struct Call {
  const OpRow& row;
  std::vector<Array> inputs;
  std::vector<Array> outputs;
  Attributes attrs;  // resolved
  std::vector<const View*> in, out;

  explicit Call(const Case& item) : row(opRow(opNumber(item.op.c_str()))), attrs(item.attrs) {
    for (const Operand& input : item.inputs) {
      inputs.emplace_back(input.type.dtype, input.type.dims, input.values);
    }
    std::vector<const Type*> types;
    for (const Array& input : inputs) {
      in.push_back(&input.view());
      types.push_back(&input.view());
    }
    Inferred inferred;
    inferTypes(row, types.data(), static_cast<int>(types.size()), attrs.data(),
               static_cast<int>(attrs.size()), false, inferred);
    for (int i = 0; i < inferred.outputs; i++) {
      const Type& type = inferred.types[i];
      outputs.emplace_back(type.dtype, Dims(type.dims, type.dims + type.rank));
    }
    for (const Array& output : outputs) out.push_back(&output.view());
    const std::int64_t bytes = row.workspaceBytes == nullptr ? 0 : row.workspaceBytes(operands());
    workspace_.resize(static_cast<std::size_t>(bytes));
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  Operands operands() const {
    return {in.data(), out.data(), attrs.data(), static_cast<int>(in.size()),
            static_cast<int>(out.size())};
  }

  bool writes(std::size_t i) const { return row.inputSpec(static_cast<int>(i)).written; }

  /// What the kernel writes: its outputs, or else its Variables.
  std::vector<const Array*> written() const {
    std::vector<const Array*> result;
    for (const Array& output : outputs) result.push_back(&output);
    for (std::size_t i = 0; i < inputs.size(); i++) {
      if (writes(i)) result.push_back(&inputs[i]);
    }
    return result;
  }

  /// Runs the kernel in parts, the last one first.
  void run(int parts) {
    for (int part = parts - 1; part >= 0; part--) {
      std::fill(workspace_.begin(), workspace_.end(), 0x5a);  // nothing is left from part to part
      runPart(row, operands(), Part{part, parts, workspace_.data()});
    }
  }

 private:
  std::vector<unsigned char> workspace_;
};

std::string titleOf(const Case& item) {
  std::string title = item.op + "(";
  for (const Operand& input : item.inputs) {
    title += describeType(viewOf(input.type.dtype, input.type.dims)) + " ";
  }
  for (const Attribute& attribute : item.attrs) {
    for (int i = 0; i < attribute.count; i++) title += formatNumber(attribute.values[i]) + " ";
  }
  return title + "-> " + describeType(viewOf(item.output.dtype, item.output.dims)) + ")";
}

/// Units of rounding that are forgiven: functions and sums err by some of them.
double toleranceOf(DType dtype) {
  if (dtype == DType::Float32) return 8 * 0x1p-23;
  return dtype == DType::Float64 ? 64 * 0x1p-52 : 0;
}

bool isClose(double actual, double expected, DType dtype, double scale) {
  const bool narrow = dtype == DType::Float32;
  const double wanted = narrow ? static_cast<double>(static_cast<float>(expected)) : expected;
  if (actual == wanted || (std::isnan(actual) && std::isnan(wanted))) return true;
  return std::fabs(actual - wanted) <= toleranceOf(dtype) * std::max(std::fabs(wanted), scale);
}

void expectClose(const std::string& title, const Array& actual, const Values& expected,
                 double scale) {
  const Values values = actual.values();
  if (!check(values.size() == expected.size(), title + ": the reference has another size")) return;
  for (std::size_t i = 0; i < values.size(); i++) {
    if (isClose(values[i], expected[i], actual.view().dtype, scale)) continue;
    check(false, title + ": element " + std::to_string(i) + " is " + std::to_string(values[i]) +
                     " instead of " + std::to_string(expected[i]));
    return;
  }
  check(true, title);
}

std::vector<Values> valuesOf(const std::vector<Operand>& operands) {
  std::vector<Values> values;
  for (const Operand& operand : operands) values.push_back(operand.values);
  return values;
}

/// Returns false if the case itself is wrong: then its kernel must not run.
bool isCallable(const std::string& title, const Case& item, const Call& call) {
  if (!call.outputs.empty()) {
    const View& output = call.outputs[0].view();
    const bool fits = sameType(output, viewOf(item.output.dtype, item.output.dims));
    if (!check(fits, title + ": the rule infers " + describeType(output))) return false;
  }
  return check(!checkIndices(call.row, call.operands(), Part{}).found,
               title + ": indices out of range");
}

void checkReference(const std::string& title, const Case& item, const Call& whole) {
  if (item.judge) {
    const std::string verdict = item.judge(whole.outputs[0].values());
    check(verdict.empty(), title + ": " + verdict);
    return;
  }
  const std::vector<Values> expected = item.reference(valuesOf(item.inputs));
  const std::vector<const Array*> written = whole.written();
  if (!check(expected.size() == written.size(), title + ": results without a reference")) return;
  for (std::size_t i = 0; i < written.size(); i++) {
    expectClose(title, *written[i], expected[i], item.scaleOf(i));
  }
}

void checkParts(const std::string& title, const Case& item, const Call& whole) {
  for (int parts : {2, 3, 7}) {
    Call cut(item);
    cut.run(parts);
    const auto actual = cut.written(), expected = whole.written();
    for (std::size_t i = 0; i < actual.size(); i++) {
      const std::string what = title + " in " + std::to_string(parts) + " parts";
      if (item.sameBits) {
        check(actual[i]->sameBytes(*expected[i]), what);
      } else {
        expectClose(what, *actual[i], expected[i]->values(), item.scaleOf(i));
      }
    }
  }
}

/// Inputs that the kernel only reads stay as they were.
void checkInputs(const std::string& title, const Case& item, const Call& call) {
  for (std::size_t i = 0; i < call.inputs.size(); i++) {
    const Operand& input = item.inputs[i];
    if (call.writes(i)) continue;
    check(call.inputs[i].sameBytes(Array(input.type.dtype, input.type.dims, input.values)),
          title + " changes input " + std::to_string(i));
  }
}

/// Rows that say so may write over an input of the output's type.
void checkInPlace(const std::string& title, const Case& item, const Call& whole) {
  if (!whole.row.worksInPlace) return;
  for (std::size_t i = 0; i < item.inputs.size(); i++) {
    const Given& type = item.inputs[i].type;
    if (type.dtype != item.output.dtype || type.dims != item.output.dims) continue;
    for (int parts : {1, 3}) {
      Call call(item);
      call.out[0] = &call.inputs[i].view();
      call.run(parts);
      check(call.inputs[i].sameBytes(whole.outputs[0]),
            title + " written over input " + std::to_string(i));
    }
  }
}

void run(const Case& item) {
  const std::string title = titleOf(item);
  if (!check(opNumber(item.op.c_str()) >= 0, title + ": no such op")) return;
  try {
    Call whole(item);
    if (!isCallable(title, item, whole)) return;
    whole.run(1);
    checkReference(title, item, whole);
    checkInputs(title, item, whole);
    checkParts(title, item, whole);
    checkInPlace(title, item, whole);
  } catch (const RuleError& error) {
    check(false, title + ": " + error.text);
  }
}

}  // namespace

int main() {
  std::printf("kernels: %s\n", isaName());
  std::set<std::string> covered;
  for (auto cases :
       {elementwiseCases, layoutCases, productCases, reductionCases, softmaxCases, indexingCases,
        randomCases, sortingCases, updateCases, convolutionCases, poolingCases}) {
    for (const Case& item : cases()) {
      covered.insert(item.op);
      run(item);
    }
  }
  // What JavaScript can run, its samples run; the rest is run here alone.
  for (int op = recordedOpCount(); op < opCount(); op++) {
    check(covered.count(opRow(op).name) == 1, std::string("no case calls ") + opRow(op).name);
  }
  return report("kernels-test");
}
