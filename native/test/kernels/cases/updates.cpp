// Updates of Variables in place.

#include <cmath>

#include "test/case.hpp"

namespace nabla::test {
namespace {

Reference each(double (*f)(double, double)) {
  return [f](const std::vector<Values>& in) {
    Values v = in[0];
    for (std::size_t i = 0; i < v.size(); i++) v[i] = f(v[i], in[1][i]);
    return std::vector<Values>{v};
  };
}

constexpr double kRate = 0.25;  // exact in float32

Cases assignments(DType dtype, const Dims& dims) {
  const double low = dtype == DType::Uint8 ? 0 : -200;
  const Operand v = uniform(dtype, dims, low, 200, 1), x = uniform(dtype, dims, low, 200, 2);
  const Given none{dtype, {}};
  Cases cases;
  cases.push_back({"assign", {v, x}, {}, none, [](const std::vector<Values>& in) {
                     return std::vector<Values>{in[1]};
                   }});
  if (dtype == DType::Uint8) return cases;
  cases.push_back(
      {"assignAdd", {v, x}, {}, none, each([](double a, double b) { return a + b; }), 200});
  cases.push_back(
      {"assignSub", {v, x}, {}, none, each([](double a, double b) { return a - b; }), 200});
  return cases;
}

Case momentumCase(DType dtype, const Dims& dims, const Operand& rate, bool nesterov) {
  return {"momentumUpdate",
          {uniform(dtype, dims, -2, 2, 1), uniform(dtype, dims, -2, 2, 2),
           uniform(dtype, dims, -2, 2, 3), rate},
          {0.5, double(nesterov)},
          {dtype, {}},
          [=](const std::vector<Values>& in) {
            Values w = in[0], v = in[1];
            for (std::size_t i = 0; i < w.size(); i++) {
              v[i] = 0.5 * v[i] - kRate * in[2][i];
              w[i] += nesterov ? 0.5 * v[i] - kRate * in[2][i] : v[i];
            }
            return std::vector<Values>{w, v};
          },
          4};
}

Case adamCase(DType dtype, const Dims& dims, const Operand& rate) {
  constexpr double b1 = 0.75, b2 = 0.875, eps = 0x1p-10;
  constexpr int step = 3;
  return {"adamUpdate",
          {uniform(dtype, dims, -2, 2, 1), uniform(dtype, dims, -2, 2, 2),
           uniform(dtype, dims, 0.1, 2, 3), uniform(dtype, dims, -2, 2, 4), rate,
           scalar(DType::Int32, step)},
          {b1, b2, eps},
          {dtype, {}},
          [=](const std::vector<Values>& in) {
            Values w = in[0], m = in[1], v = in[2];
            const double bias = std::sqrt(1 - std::pow(b2, step)) / (1 - std::pow(b1, step));
            for (std::size_t i = 0; i < w.size(); i++) {
              const double g = in[3][i];
              m[i] = b1 * m[i] + (1 - b1) * g;
              v[i] = b2 * v[i] + (1 - b2) * g * g;
              w[i] -= kRate * bias * m[i] / (std::sqrt(v[i]) + eps);
            }
            return std::vector<Values>{w, m, v};
          },
          8};
}

Cases optimizers(DType dtype, const Dims& dims, DType rateType) {
  const Operand rate = scalar(rateType, kRate);
  const Operand w = uniform(dtype, dims, -2, 2, 1), g = uniform(dtype, dims, -2, 2, 2);
  return {
      {"sgdUpdate",
       {w, g, rate},
       {},
       {dtype, {}},
       each([](double a, double b) { return a - kRate * b; }),
       3},
      momentumCase(dtype, dims, rate, false),
      momentumCase(dtype, dims, rate, true),
      adamCase(dtype, dims, rate),
  };
}

/// The grouped op for weights that `one` updates singly, `two` being of another shape. What the
/// weights share stands first.
Case groupedCase(const std::string& op, const Case& one, const Case& two, std::size_t shared) {
  const std::size_t roles = one.inputs.size() - shared;
  const auto ownEnd = static_cast<std::ptrdiff_t>(roles);
  std::vector<Operand> inputs(one.inputs.begin() + ownEnd, one.inputs.end());
  for (const Case* each : {&one, &two, &one}) {
    inputs.insert(inputs.end(), each->inputs.begin(), each->inputs.begin() + ownEnd);
  }
  const Reference first = one.reference, second = two.reference;
  return {op,
          inputs,
          one.attrs,
          one.output,
          [=](const std::vector<Values>& in) {
            std::vector<Values> written;
            for (std::size_t weight = 0; weight < 3; weight++) {
              const auto begin = in.begin() + static_cast<std::ptrdiff_t>(shared + weight * roles);
              std::vector<Values> own(begin, begin + ownEnd);
              own.insert(own.end(), in.begin(), in.begin() + static_cast<std::ptrdiff_t>(shared));
              for (Values& result : (weight == 1 ? second : first)(own)) {
                written.push_back(result);
              }
            }
            return written;
          },
          one.scale};
}

Cases groupedOptimizers(DType dtype, const Dims& dims, DType rateType) {
  const Cases ones = optimizers(dtype, dims, rateType), twos = optimizers(dtype, {5, 3}, rateType);
  return {groupedCase("sgdUpdates", ones[0], twos[0], 1),
          groupedCase("momentumUpdates", ones[1], twos[1], 1),
          groupedCase("momentumUpdates", ones[2], twos[2], 1),
          groupedCase("adamUpdates", ones[3], twos[3], 2)};
}

Case accumulateCase(DType dtype, const Dims& dims) {
  return {"accumulate",
          {scalar(DType::Float64, 0.5), uniform(dtype, dims, 0, 9)},
          {},
          {dtype, {}},
          [](const std::vector<Values>& in) {
            double total = in[0][0];
            for (double x : in[1]) total += x;
            return std::vector<Values>{{total}};
          },
          9000};
}

}  // namespace

Cases updateCases() {
  Cases cases;
  for (const Dims& dims : oddShapes()) {
    for (DType dtype : kAll) {
      append(cases, assignments(dtype, dims));
      cases.push_back(accumulateCase(dtype, dims));
    }
    for (DType dtype : kFloats) {
      for (DType rate : kFloats) {
        append(cases, optimizers(dtype, dims, rate));
        append(cases, groupedOptimizers(dtype, dims, rate));
      }
    }
  }
  return cases;
}

}  // namespace nabla::test
