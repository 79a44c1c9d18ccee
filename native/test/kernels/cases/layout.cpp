// Dtype, shape and layout.

#include <algorithm>
#include <cmath>
#include <limits>

#include "test/case.hpp"

namespace nabla::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Truncates towards 0 and saturates.
double toInteger(double x, double least, double greatest) {
  if (std::isnan(x)) return 0;
  return std::trunc(std::clamp(x, least, greatest));
}

double castTo(DType dtype, double x) {
  if (dtype == DType::Int32) return toInteger(x, -2147483648.0, 2147483647.0);
  return dtype == DType::Uint8 ? toInteger(x, 0, 255) : x;
}

/// Values inside and far outside of the integers' ranges, as often as they fit.
Operand extremes(DType dtype, const Dims& dims) {
  if (!isFloat(dtype)) {
    return dtype == DType::Uint8 ? uniform(dtype, dims, 0, 256) : uniform(dtype, dims, -600, 600);
  }
  constexpr double kValues[] = {0,        -0.5, 0.875,      255.5,        256,       -1.5,
                                127.25,   -3e9, 3e9,        -kInfinity,   kInfinity, 0x1p100,
                                -0x1p100, NAN,  2147483520, -2147483648.0};
  Operand operand{{dtype, dims}, {}};
  for (std::int64_t i = 0; i < sizeOf(dims); i++) operand.values.push_back(kValues[i % 16]);
  return operand;
}

Cases castCases() {
  Cases cases;
  for (const Dims& dims : oddShapes()) {
    for (DType from : kAll) {
      for (DType to : kAll) {
        cases.push_back({"cast",
                         {extremes(from, dims)},
                         {named(to)},
                         {to, dims},
                         [to](const std::vector<Values>& in) {
                           Values y;
                           for (double x : in[0]) y.push_back(castTo(to, x));
                           return std::vector<Values>{y};
                         }});
      }
      for (DType to : kFloats) {
        cases.push_back({"rescale",
                         {uniform(from, dims, 0, 250)},
                         {0.25, -3, named(to)},
                         {to, dims},
                         [](const std::vector<Values>& in) {
                           Values y;
                           for (double x : in[0]) y.push_back(x * 0.25 - 3);
                           return std::vector<Values>{y};
                         },
                         60});
      }
      const auto same = [](const std::vector<Values>& in) { return in; };
      const Operand x = uniform(from, dims, 0, 250);
      cases.push_back({"copy", {x}, {}, {from, dims}, same});
      cases.push_back({"reshape", {x}, {listed({sizeOf(dims)})}, {from, {sizeOf(dims)}}, same});
      cases.push_back({"reshape", {x}, {listed({1, -1, 1})}, {from, {1, sizeOf(dims), 1}}, same});
      cases.push_back({"fill",
                       {},
                       {listed(dims), 77.5, named(from)},
                       {from, dims},
                       [from, dims](const std::vector<Values>&) {
                         return std::vector<Values>{Values(at(sizeOf(dims)), castTo(from, 77.5))};
                       }});
    }
  }
  return cases;
}

Dims indexOf(const Dims& dims, std::int64_t flat) {
  Dims index(dims.size());
  for (std::size_t k = dims.size(); k-- > 0; flat /= dims[k]) index[k] = flat % dims[k];
  return index;
}

std::int64_t flatOf(const Dims& dims, const Dims& index) {
  std::int64_t flat = 0;
  for (std::size_t k = 0; k < dims.size(); k++) flat = flat * dims[k] + index[k];
  return flat;
}

Cases broadcastCases() {
  const std::pair<Dims, Dims> shapes[] = {
      {{}, {17, 3}},      {{3}, {17, 3}},
      {{17, 1}, {17, 3}}, {{1, 5, 1}, {4, 5, 3}},
      {{1}, {1000}},      {{17, 3}, {17, 3}},
      {{1, 3}, {0, 3}},   {{}, {}},
      {{5, 1}, {5, 0}},   {{1, 2, 1, 2, 1, 2, 1, 2}, {3, 2, 3, 2, 3, 2, 3, 2}},
  };
  Cases cases;
  for (const auto& [from, to] : shapes) {
    for (DType dtype : kAll) {
      cases.push_back({"broadcastTo",
                       {uniform(dtype, from, 0, 250)},
                       {listed(to)},
                       {dtype, to},
                       [from = from, to = to](const std::vector<Values>& in) {
                         Values y;
                         for (std::int64_t i = 0; i < sizeOf(to); i++) {
                           y.push_back(in[0][at(stretched(from, to, i))]);
                         }
                         return std::vector<Values>{y};
                       }});
    }
  }
  return cases;
}

Cases transposeCases() {
  const std::pair<Dims, Dims> shapes[] = {
      {{}, {}},
      {{17}, {0}},
      {{17, 3}, {1, 0}},
      {{17, 3}, {0, 1}},
      {{0, 3}, {1, 0}},
      {{31, 33}, {1, 0}},
      {{2, 3, 5}, {2, 0, 1}},
      {{2, 3, 5}, {1, 0, 2}},
      {{4, 1, 3}, {2, 1, 0}},
      {{2, 3, 1, 2, 3, 1, 2, 2}, {7, 5, 3, 1, 0, 2, 4, 6}},
  };
  Cases cases;
  for (const auto& [dims, axes] : shapes) {
    Dims result;
    for (std::int64_t axis : axes) result.push_back(dims[at(axis)]);
    for (DType dtype : kAll) {
      cases.push_back({"transpose",
                       {uniform(dtype, dims, 0, 250)},
                       {listed(axes)},
                       {dtype, result},
                       [dims = dims, axes = axes, result](const std::vector<Values>& in) {
                         Values y;
                         for (std::int64_t i = 0; i < sizeOf(result); i++) {
                           const Dims index = indexOf(result, i);
                           Dims from(dims.size());
                           for (std::size_t k = 0; k < axes.size(); k++)
                             from[at(axes[k])] = index[k];
                           y.push_back(in[0][at(flatOf(dims, from))]);
                         }
                         return std::vector<Values>{y};
                       }});
    }
  }
  return cases;
}

struct Block {
  Dims whole, part, begin;

  /// What is left behind the part.
  Dims after() const {
    Dims rest = whole;
    for (std::size_t axis = 0; axis < rest.size(); axis++) rest[axis] -= begin[axis] + part[axis];
    return rest;
  }
};

const std::vector<Block>& blocks() {
  static const std::vector<Block> list = {
      {{}, {}, {}},
      {{17}, {17}, {0}},
      {{17}, {3}, {14}},
      {{17}, {0}, {17}},
      {{1000}, {333}, {500}},
      {{17, 3}, {5, 3}, {7, 0}},
      {{17, 3}, {17, 1}, {0, 2}},
      {{17, 3}, {1, 1}, {16, 2}},
      {{9, 7}, {3, 4}, {5, 1}},
      {{6, 5, 4}, {3, 5, 1}, {2, 0, 3}},
      {{6, 5, 4}, {1, 2, 4}, {5, 3, 0}},
      {{6, 5, 4}, {4, 1, 2}, {1, 4, 1}},
      {{3, 3, 3, 3}, {2, 1, 2, 1}, {1, 2, 0, 2}},
      {{5, 0}, {3, 0}, {1, 0}},
  };
  return list;
}

Cases sliceCases() {
  Cases cases;
  for (const Block& block : blocks()) {
    const auto& [whole, part, begin] = block;
    for (DType dtype : kAll) {
      const auto place = [whole = whole, part = part, begin = begin](std::int64_t i) {
        Dims index = indexOf(part, i);
        for (std::size_t k = 0; k < index.size(); k++) index[k] += begin[k];
        return at(flatOf(whole, index));
      };
      cases.push_back({"slice",
                       {uniform(dtype, whole, 1, 250)},
                       {listed(begin), listed(part)},
                       {dtype, part},
                       [place, part = part](const std::vector<Values>& in) {
                         Values y;
                         for (std::int64_t i = 0; i < sizeOf(part); i++) {
                           y.push_back(in[0][place(i)]);
                         }
                         return std::vector<Values>{y};
                       }});
      cases.push_back({"pad",
                       {uniform(dtype, part, 1, 250)},
                       {listed(begin), listed(block.after())},
                       {dtype, whole},
                       [place, whole = whole](const std::vector<Values>& in) {
                         Values y(at(sizeOf(whole)), 0);
                         for (std::size_t i = 0; i < in[0].size(); i++) {
                           y[place(static_cast<std::int64_t>(i))] = in[0][i];
                         }
                         return std::vector<Values>{y};
                       }});
    }
  }
  return cases;
}

Case concatCase(DType dtype, const std::vector<Dims>& shapes, std::size_t axis) {
  Case item;
  item.op = "concat";
  item.attrs = {static_cast<double>(axis)};
  item.output = {dtype, shapes[0]};
  item.output.dims[axis] = 0;
  for (const Dims& dims : shapes) {
    item.inputs.push_back(uniform(dtype, dims, 0, 250, item.inputs.size()));
    item.output.dims[axis] += dims[axis];
  }
  item.reference = [shapes, axis, whole = item.output.dims](const std::vector<Values>& in) {
    Values y(at(sizeOf(whole)));
    std::int64_t begin = 0;
    for (std::size_t n = 0; n < shapes.size(); begin += shapes[n][axis], n++) {
      for (std::size_t i = 0; i < in[n].size(); i++) {
        Dims index = indexOf(shapes[n], static_cast<std::int64_t>(i));
        index[axis] += begin;
        y[at(flatOf(whole, index))] = in[n][i];
      }
    }
    return std::vector<Values>{y};
  };
  return item;
}

Cases concatCases() {
  Cases cases;
  for (DType dtype : kAll) {
    cases.push_back(concatCase(dtype, {{17}}, 0));
    cases.push_back(concatCase(dtype, {{3}, {0}, {14}}, 0));
    cases.push_back(concatCase(dtype, {{17, 3}, {4, 3}}, 0));
    cases.push_back(concatCase(dtype, {{17, 3}, {17, 1}, {17, 5}}, 1));
    cases.push_back(concatCase(dtype, {{2, 3, 5}, {2, 1, 5}}, 1));
    cases.push_back(concatCase(dtype, {{0, 3}, {0, 2}}, 1));
  }
  return cases;
}

}  // namespace

Cases layoutCases() {
  Cases cases;
  append(cases, castCases());
  append(cases, broadcastCases());
  append(cases, transposeCases());
  append(cases, sliceCases());
  append(cases, concatCases());
  return cases;
}

}  // namespace nabla::test
