// Reductions over several axes, along one axis, and the update that contains one.

#include <algorithm>
#include <cmath>
#include <limits>

#include "test/case.hpp"

namespace nabla::test {
namespace {

const std::vector<Dims>& shapes() {
  static const std::vector<Dims> list = {
      {},           {1},       {3},       {17},
      {1000},       {17, 3},   {3, 17},   {0, 5},
      {5, 0},       {33, 130}, {2, 3, 5}, {7, 1, 9},
      {4, 3, 2, 5}, {1, 1000}, {1000, 1}, {2, 1, 2, 3, 1, 2, 1, 2},
      {2, 1300}};
  return list;
}

/// Axis k for bit k.
Attribute axesOf(unsigned mask) {
  Attribute axes = Attribute::list({});
  for (int axis = 0; axis < kMaxRank; axis++) {
    if ((mask >> axis & 1) != 0) axes.values[axes.count++] = axis;
  }
  return axes;
}

bool isReduced(unsigned mask, std::size_t axis) { return (mask >> axis & 1) != 0; }

/// The kept axes, or with `keep` sizes of 1 in the others' place.
Dims reducedShape(const Dims& dims, unsigned mask, bool keep) {
  Dims result;
  for (std::size_t axis = 0; axis < dims.size(); axis++) {
    if (!isReduced(mask, axis))
      result.push_back(dims[axis]);
    else if (keep)
      result.push_back(1);
  }
  return result;
}

/// Folds the elements of each result, in order.
Values fold(const Dims& dims, unsigned mask, const Values& x, double start,
            double (*f)(double, double)) {
  Values y(at(sizeOf(reducedShape(dims, mask, false))), start);
  for (std::int64_t i = 0; i < sizeOf(dims); i++) {
    std::int64_t to = 0, rest = i, stride = 1;
    for (std::size_t axis = dims.size(); axis-- > 0; rest /= dims[axis]) {
      if (isReduced(mask, axis)) continue;
      to += rest % dims[axis] * stride;
      stride *= dims[axis];
    }
    y[at(to)] = f(y[at(to)], x[at(i)]);
  }
  return y;
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();
double plus(double a, double b) { return a + b; }
double plusSquare(double a, double b) { return a + b * b; }
double greater(double a, double b) { return std::max(a, b); }
double lesser(double a, double b) { return std::min(a, b); }

struct Reduction {
  const char* op;
  double start;
  double (*f)(double, double);
};

constexpr Reduction kReductions[] = {
    {"sum", 0, plus},
    {"mean", 0, plus},
    {"max", -kInfinity, greater},
    {"min", kInfinity, lesser},
    {"sumSquares", 0, plusSquare},
    {"meanSquares", 0, plusSquare},
};

Case reductionCase(const Reduction& reduction, DType dtype, const Dims& dims, unsigned mask,
                   bool keep) {
  const Dims result = reducedShape(dims, mask, keep);
  const double count =
      static_cast<double>(sizeOf(dims)) / static_cast<double>(std::max(sizeOf(result), INT64_C(1)));
  const bool isMean = std::string(reduction.op).rfind("mean", 0) == 0;
  const bool isOfSquares = reduction.f == plusSquare;
  return {reduction.op,
          {uniform(dtype, dims, -9, 9)},
          {axesOf(mask), double(keep)},
          {dtype, result},
          [=](const std::vector<Values>& in) {
            Values y = fold(dims, mask, in[0], reduction.start, reduction.f);
            for (double& value : y) value = isMean ? value / count : value;
            return std::vector<Values>{y};
          },
          (isOfSquares ? 81 : 9) * std::max(count, 1.0)};
}

Case momentsCase(DType dtype, const Dims& dims, unsigned mask, bool keep) {
  const Dims result = reducedShape(dims, mask, keep);
  const double count =
      static_cast<double>(sizeOf(dims)) / static_cast<double>(std::max(sizeOf(result), INT64_C(1)));
  return {"moments",
          {uniform(dtype, dims, -9, 9)},
          {axesOf(mask), double(keep)},
          {dtype, result},
          [=](const std::vector<Values>& in) {
            Values means = fold(dims, mask, in[0], 0, plus), variances;
            Values squares = in[0];
            for (double& value : means) value /= count;
            for (double& value : squares) value *= value;
            // E x^2 - (E x)^2: in double these numbers lose nothing that matters.
            variances = fold(dims, mask, squares, 0, plus);
            for (std::size_t i = 0; i < means.size(); i++) {
              variances[i] = variances[i] / count - means[i] * means[i];
            }
            return std::vector<Values>{means, variances};
          },
          81 * std::max(count, 1.0)};
}

Cases foldCases() {
  Cases cases;
  for (const Dims& dims : shapes()) {
    for (unsigned mask = 0; mask < 1u << std::min<std::size_t>(dims.size(), 4); mask++) {
      for (bool keep : {false, true}) {
        for (DType dtype : kFloats) cases.push_back(momentsCase(dtype, dims, mask, keep));
      }
      for (const Reduction& reduction : kReductions) {
        const bool isEmpty = sizeOf(dims) == 0 && sizeOf(reducedShape(dims, mask, false)) > 0;
        if (isEmpty && reduction.start != 0) continue;  // refused: there is no greatest of nothing
        for (bool keep : {false, true}) {
          for (DType dtype : kFloats) {
            cases.push_back(reductionCase(reduction, dtype, dims, mask, keep));
          }
          if (std::string(reduction.op) == "mean" || reduction.f == plusSquare) continue;
          cases.push_back(reductionCase(reduction, DType::Int32, dims, mask, keep));
        }
      }
    }
  }
  return cases;
}

Case argCase(bool greatest, DType dtype, const Dims& dims, std::size_t axis) {
  std::int64_t inner = 1;
  for (std::size_t k = axis + 1; k < dims.size(); k++) inner *= dims[k];
  return {greatest ? "argMax" : "argMin",
          {uniform(dtype, dims, 0, 5)},  // many are equal: the first counts
          {static_cast<double>(axis)},
          {DType::Int32, reducedShape(dims, 1u << axis, false)},
          [=](const std::vector<Values>& in) {
            Values y;
            const std::int64_t length = dims[axis];
            for (std::int64_t i = 0; i < sizeOf(dims) / length; i++) {
              const std::int64_t first = i / inner * length * inner + i % inner;
              std::int64_t best = 0;
              for (std::int64_t k = 1; k < length; k++) {
                const double candidate = in[0][at(first + k * inner)];
                const double held = in[0][at(first + best * inner)];
                if (greatest ? candidate > held : candidate < held) best = k;
              }
              y.push_back(static_cast<double>(best));
            }
            return std::vector<Values>{y};
          }};
}

Cases argCases() {
  Cases cases;
  for (const Dims& dims : shapes()) {
    for (std::size_t axis = 0; axis < dims.size(); axis++) {
      if (dims[axis] == 0) continue;
      for (DType dtype : kAll) {
        for (bool greatest : {true, false}) cases.push_back(argCase(greatest, dtype, dims, axis));
      }
    }
  }
  return cases;
}

Cases sumUpdateCases() {
  Cases cases;
  for (std::int64_t rows : {0, 1, 3, 32}) {
    for (std::int64_t n : {0, 1, 17, 64, 130}) {
      for (DType dtype : kFloats) {
        cases.push_back({"sumUpdate",
                         {uniform(dtype, {n}, -1, 1, 1), uniform(dtype, {rows, n}, -1, 1, 2),
                          scalar(DType::Float32, 0.5)},
                         {},
                         {dtype, {}},
                         [=](const std::vector<Values>& in) {
                           Values w = in[0];
                           for (std::size_t i = 0; i < in[1].size(); i++) {
                             w[i % at(n)] -= 0.5 * in[1][i];
                           }
                           return std::vector<Values>{w};
                         },
                         static_cast<double>(rows + 1)});
      }
    }
  }
  return cases;
}

}  // namespace

Cases reductionCases() {
  Cases cases;
  append(cases, foldCases());
  append(cases, argCases());
  append(cases, sumUpdateCases());
  return cases;
}

}  // namespace nabla::test
