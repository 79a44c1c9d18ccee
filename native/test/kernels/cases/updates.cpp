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

/// Without the axis that is `back` from the end.
Dims without(Dims dims, std::ptrdiff_t back) {
  dims.erase(dims.end() - back);
  return dims;
}

Case adafactorMeansCase(DType dtype, const Dims& dims, std::int64_t shares) {
  constexpr double moved = 0.25, eps = 0x1p-10;
  const std::int64_t m = dims[dims.size() - 2], n = dims.back();
  Dims sums = without(dims, 2);
  sums.insert(sums.begin(), shares);
  const Dims rows = without(dims, 1);
  Case result{"adafactorMeans",
              {uniform(dtype, dims, -2, 2, 1), uniform(dtype, dims, -2, 2, 3),
               uniform(dtype, rows, 0.1, 2, 2), scalar(dtype, moved)},
              {eps, static_cast<double>(shares)},
              {dtype, rows},
              [=](const std::vector<Values>& in) {
                Values mean, plain(at(sizeOf(sums)), 0), weighed = plain, ofWeight(at(shares), 0);
                for (std::int64_t row = 0; row < sizeOf(rows); row++) {
                  double total = 0;
                  for (std::int64_t j = 0; j < n; j++) total += std::pow(in[0][at(row * n + j)], 2);
                  mean.push_back(in[2][at(row)] * (1 - moved) +
                                 (total / static_cast<double>(n) + eps) * moved);
                  const std::int64_t share = row / (sizeOf(rows) / shares);
                  for (std::int64_t j = 0; j < n; j++) {
                    const double square = std::pow(in[0][at(row * n + j)], 2);
                    const std::size_t to = at((share * (sizeOf(rows) / m) + row / m) * n + j);
                    plain[to] += square;
                    weighed[to] += square / mean.back();
                    ofWeight[at(share)] += std::pow(in[1][at(row * n + j)], 2);
                  }
                }
                return std::vector<Values>{mean, plain, weighed, ofWeight};
              }};
  const double ofRows = 4 * static_cast<double>(m);
  result.scales = {4, ofRows, ofRows, 4 * static_cast<double>(sizeOf(dims))};
  return result;
}

Case adafactorUpdateCase(DType dtype, const Dims& dims) {
  const std::int64_t m = dims[dims.size() - 2], n = dims.back();
  return {
      "adafactorUpdate",
      {uniform(dtype, dims, -2, 2, 1), uniform(dtype, dims, -2, 2, 2),
       uniform(dtype, without(dims, 1), 0.1, 2, 3), uniform(dtype, without(dims, 2), 0.1, 2, 4)},
      {},
      {dtype, {}},
      [=](const std::vector<Values>& in) {
        Values w = in[0];
        for (std::int64_t i = 0; i < sizeOf(dims); i++) {
          const std::int64_t row = i / n;
          w[at(i)] -= in[2][at(row)] * (in[1][at(i)] * in[3][at(row / m * n + i % n)]);
        }
        return std::vector<Values>{w};
      },
      10};
}

Cases adafactors(DType dtype) {
  Cases cases;
  for (const Dims& dims : std::vector<Dims>{
           {1, 1}, {3, 17}, {37, 600}, {130, 1}, {70, 2100}, {2, 3, 5, 7}, {3, 8, 33}, {0, 5}}) {
    cases.push_back(adafactorMeansCase(dtype, dims, 1));
    cases.push_back(adafactorUpdateCase(dtype, dims));
  }
  // Within a matrix; of several matrices, whole ones, and parts of them.
  cases.push_back(adafactorMeansCase(dtype, {130, 7}, 5));
  cases.push_back(adafactorMeansCase(dtype, {3, 8, 33}, 3));
  cases.push_back(adafactorMeansCase(dtype, {3, 8, 33}, 4));
  cases.push_back(adafactorMeansCase(dtype, {2, 3, 5, 7}, 15));
  return cases;
}

Case lambMomentsCase(DType dtype, const Dims& dims, std::int64_t shares) {
  constexpr double b1 = 0.75, b2 = 0.875, ofMean = 0.5, floor = 0x1p-10;
  Case result{"lambMoments",
              {uniform(dtype, dims, -2, 2, 1), uniform(dtype, dims, 0.1, 2, 2),
               uniform(dtype, dims, -2, 2, 3), uniform(dtype, dims, -2, 2, 4),
               scalar(dtype, ofMean), scalar(dtype, floor)},
              {b1, b2, static_cast<double>(shares)},
              {dtype, {shares}},
              [=](const std::vector<Values>& in) {
                Values m = in[0], v = in[1], ofWeight(at(shares), 0), ofChange = ofWeight;
                for (std::size_t i = 0; i < m.size(); i++) {
                  const double g = in[2][i];
                  m[i] = b1 * m[i] + (1 - b1) * g;
                  v[i] = b2 * v[i] + (1 - b2) * g * g;
                  const std::size_t share = i / (m.size() / at(shares));
                  ofWeight[share] += std::pow(in[3][i], 2);
                  ofChange[share] += std::pow(m[i] * ofMean / (std::sqrt(v[i]) + floor), 2);
                }
                return std::vector<Values>{ofWeight, ofChange, m, v};
              }};
  const double ofSums = 4 * static_cast<double>(sizeOf(dims));
  result.scales = {ofSums, ofSums, 4, 4};
  return result;
}

Cases lambs(DType dtype) {
  Cases cases;
  for (const Dims& dims : std::vector<Dims>{{}, {1}, {33}, {3, 17}, {64, 300}, {0, 5}}) {
    cases.push_back(lambMomentsCase(dtype, dims, 1));
  }
  cases.push_back(lambMomentsCase(dtype, {33}, 3));
  cases.push_back(lambMomentsCase(dtype, {7, 5, 1112}, 4));
  return cases;
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
  for (DType dtype : kFloats) {
    append(cases, adafactors(dtype));
    append(cases, lambs(dtype));
  }
  return cases;
}

}  // namespace nabla::test
