#include "table/fault.hpp"

namespace nabla {
namespace {

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

/// "float32[2, 3], int32[2] -> float32[2]"
std::string describeOperands(const Operands& operands) {
  std::string text;
  for (int i = 0; i < operands.nIn; i++) {
    if (i > 0) text += ", ";
    text += describeView(operands.input(i));
  }
  if (operands.nOut > 0) text += " -> " + describeView(operands.output());
  return text;
}

std::string outsideRange(const char* what, const Status& status) {
  return std::string(what) + " " + std::to_string(status.a) + " at position " +
         std::to_string(status.b) + " is outside [0, " + std::to_string(status.c) + ")";
}

}  // namespace

std::string describeView(const View& view) {
  std::string text = std::string(nameOf(view.dtype)) + "[";
  for (int axis = 0; axis < view.rank; axis++) {
    if (axis > 0) text += ", ";
    text += std::to_string(view.dims[axis]);
  }
  return text + "]";
}

std::string describeFault(const OpRow& row, const Operands& operands, const Status& status) {
  const std::string op = std::string(row.name) + ": ";
  switch (status.fault) {
    case Fault::None:
      return op + "no fault";
    case Fault::Shape:
      return op + "shapes do not fit: received " + describeOperands(operands);
    case Fault::DTypeFault:
      return op + "dtypes do not fit: received " + describeOperands(operands);
    case Fault::Attribute:
      return op + "attribute " + std::to_string(status.a) + " is out of range: received " +
             (status.a < operands.nAttr ? std::to_string(operands.attrs[status.a]) : "none");
    case Fault::LabelRange:
      return op + outsideRange("label", status);
    case Fault::IndexRange:
      return op + outsideRange("index", status);
  }
  return op + "unknown fault";
}

}  // namespace nabla
