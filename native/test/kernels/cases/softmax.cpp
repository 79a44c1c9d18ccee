// Softmax, its logarithm, cross-entropy of labels, and their gradients, over the last axis.

#include <algorithm>
#include <cmath>

#include "test/case.hpp"

namespace nabla::test {
namespace {

const std::vector<Dims>& shapes() {
  static const std::vector<Dims> list = {{1},    {17},     {1, 1},    {3, 17},  {17, 3},
                                         {0, 4}, {32, 10}, {2, 3, 5}, {1, 1000}};
  return list;
}

/// Calls f(row, begin) for each row of the last axis.
template <typename F>
void forRows(const Dims& dims, F f) {
  const std::int64_t n = dims.back();
  for (std::int64_t row = 0; row < sizeOf(dims) / n; row++) f(at(row), at(row * n));
}

Values logSoftmax(const Dims& dims, const Values& x) {
  Values y = x;
  const std::size_t n = at(dims.back());
  forRows(dims, [&](std::size_t, std::size_t begin) {
    double sum = 0;
    for (std::size_t i = begin; i < begin + n; i++) sum += std::exp(x[i]);
    for (std::size_t i = begin; i < begin + n; i++) y[i] = x[i] - std::log(sum);
  });
  return y;
}

Values softmax(const Dims& dims, const Values& x) {
  Values y = logSoftmax(dims, x);
  for (double& value : y) value = std::exp(value);
  return y;
}

/// Rows that sum to 1, in the operand's own type.
Operand probabilities(DType dtype, const Dims& dims) {
  Operand p = uniform(dtype, dims, -2, 2, 3);
  p.values = softmax(dims, p.values);
  if (dtype == DType::Float32) {
    for (double& value : p.values) value = static_cast<double>(static_cast<float>(value));
  }
  return p;
}

Operand labelsFor(DType dtype, const Dims& dims) {
  const Dims rows(dims.begin(), dims.end() - 1);
  return uniform(dtype, rows, 0, static_cast<double>(std::min<std::int64_t>(dims.back(), 256)), 4);
}

Reference gradient(const Dims& dims, bool ofLogarithm) {
  return [=](const std::vector<Values>& in) {
    const Values &dy = in[0], &y = in[1];
    Values dx(dy.size());
    const std::size_t n = at(dims.back());
    forRows(dims, [&](std::size_t, std::size_t begin) {
      double total = 0;
      for (std::size_t i = begin; i < begin + n; i++) total += ofLogarithm ? dy[i] : dy[i] * y[i];
      for (std::size_t i = begin; i < begin + n; i++) {
        dx[i] = ofLogarithm ? dy[i] - std::exp(y[i]) * total : y[i] * (dy[i] - total);
      }
    });
    return std::vector<Values>{dx};
  };
}

Cases softmaxOf(DType dtype, const Dims& dims) {
  const double n = static_cast<double>(dims.back());
  const Operand x = uniform(dtype, dims, -9, 9), dy = uniform(dtype, dims, -2, 2, 5);
  Operand logarithm = probabilities(dtype, dims);
  logarithm.values = uniform(dtype, dims, -4, 0, 6).values;
  return {
      {"softmax",
       {x},
       {},
       x.type,
       [=](const std::vector<Values>& in) { return std::vector<Values>{softmax(dims, in[0])}; }},
      {"logSoftmax",
       {x},
       {},
       x.type,
       [=](const std::vector<Values>& in) { return std::vector<Values>{logSoftmax(dims, in[0])}; },
       20},
      {"softmaxGrad", {dy, probabilities(dtype, dims)}, {}, x.type, gradient(dims, false), 2 * n},
      {"logSoftmaxGrad", {dy, logarithm}, {}, x.type, gradient(dims, true), 2 * n},
  };
}

double sumOf(const Values& values, std::size_t begin, std::size_t n) {
  double sum = 0;
  for (std::size_t i = begin; i < begin + n; i++) sum += values[i];
  return sum;
}

Reference entropy(const Dims& dims) {
  return [=](const std::vector<Values>& in) {
    Values loss;
    const Values logarithms = logSoftmax(dims, in[0]);
    forRows(dims, [&](std::size_t row, std::size_t begin) {
      loss.push_back(-logarithms[begin + at(in[1][row])]);
    });
    return std::vector<Values>{loss};
  };
}

constexpr double kEpsilon = 1e-2;

Values clipped(Values values) {
  for (double& value : values) value = std::clamp(value, kEpsilon, 1 - kEpsilon);
  return values;
}

Reference entropyOfClipped(const Dims& dims) {
  return [=](const std::vector<Values>& in) {
    Values loss;
    const Values c = clipped(in[0]);
    forRows(dims, [&](std::size_t row, std::size_t begin) {
      const double chosen = c[begin + at(in[1][row])];
      loss.push_back(-std::log(chosen / sumOf(c, begin, at(dims.back()))));
    });
    return std::vector<Values>{loss};
  };
}

/// dy times f(value, whether it is the label's) for each class.
Reference entropyGradient(const Dims& dims, bool softmaxFirst, double (*f)(double, bool)) {
  return [=](const std::vector<Values>& in) {
    const Values p = softmaxFirst ? softmax(dims, in[1]) : in[1];
    Values dz(p.size());
    const std::size_t n = at(dims.back());
    forRows(dims, [&](std::size_t row, std::size_t begin) {
      for (std::size_t i = 0; i < n; i++) {
        dz[begin + i] = in[0][row] * f(p[begin + i], i == at(in[2][row]));
      }
    });
    return std::vector<Values>{dz};
  };
}

double minusOneHot(double p, bool isLabel) { return p - (isLabel ? 1 : 0); }

/// dy (1 / sum c - onehot / p) where p is c
Reference gradientOfClipped(const Dims& dims) {
  return [=](const std::vector<Values>& in) {
    Values dp(in[1].size());
    const Values c = clipped(in[1]);
    const std::size_t n = at(dims.back());
    forRows(dims, [&](std::size_t row, std::size_t begin) {
      const std::size_t label = begin + at(in[2][row]);
      const double even = in[0][row] / sumOf(c, begin, n);
      for (std::size_t i = begin; i < begin + n; i++) {
        if (in[1][i] == c[i]) dp[i] = even - (i == label ? in[0][row] / c[i] : 0);
      }
    });
    return std::vector<Values>{dp};
  };
}

Cases entropyOf(DType dtype, DType labelType, const Dims& dims) {
  const Operand p = probabilities(dtype, dims), z = uniform(dtype, dims, -9, 9);
  const Operand any = uniform(dtype, dims, -0.2, 1.2, 3);
  const Operand labels = labelsFor(labelType, dims);
  const Given rows{dtype, labels.type.dims};
  const Operand dy = uniform(dtype, rows.dims, -2, 2, 5);
  return {
      {"sparseCrossentropy", {any, labels}, {kEpsilon}, rows, entropyOfClipped(dims), 4},
      {"sparseCrossentropyLogits", {z, labels}, {}, rows, entropy(dims), 20},
      {"sparseCrossentropyGrad",
       {dy, any, labels},
       {kEpsilon},
       any.type,
       gradientOfClipped(dims),
       8},
      {"sparseCrossentropyLogitsGrad",
       {dy, z, labels},
       {},
       p.type,
       entropyGradient(dims, true, minusOneHot),
       4},
      {"softmaxCrossentropy",
       {z, labels},
       {},
       z.type,
       [=](const std::vector<Values>& in) {
         return std::vector<Values>{softmax(dims, in[0]), entropy(dims)(in)[0]};
       },
       20},
      {"softmaxCrossentropyGrad",
       {dy, p, labels},
       {},
       p.type,
       entropyGradient(dims, false, minusOneHot),
       4},
  };
}

}  // namespace

Cases softmaxCases() {
  Cases cases;
  for (const Dims& dims : shapes()) {
    for (DType dtype : kFloats) {
      append(cases, softmaxOf(dtype, dims));
      for (DType labels : {DType::Int32, DType::Uint8}) {
        append(cases, entropyOf(dtype, labels, dims));
      }
    }
  }
  return cases;
}

}  // namespace nabla::test
