// Convolutions and their gradients, against plain loops over windows, taps, channels and filters.

#include <cmath>

#include "table/activation.hpp"
#include "test/case.hpp"
#include "test/kernels/sliding.hpp"

namespace nabla::test {
namespace {

struct Shape : Sliding {
  std::int64_t channels, filters, groups;

  Dims pictures() const { return Sliding::pictures(channels); }
  Dims results() const { return Sliding::results(filters); }
  Dims weights() const {
    Dims dims = kernel;
    dims.push_back(channels / groups);
    dims.push_back(filters);
    return dims;
  }
  Attributes attributes() const {
    Attributes list = Sliding::attributes();
    list.push_back(static_cast<double>(groups));
    return list;
  }
};

/// Calls f(x, w, y) with the flat places of all factors and where their product goes.
template <typename F>
void eachProduct(const Shape& shape, F f) {
  const std::int64_t ofGroup = shape.channels / shape.groups;
  const std::int64_t filters = shape.filters / shape.groups;
  eachSight(shape, [&](std::int64_t window, std::int64_t tap, std::int64_t place) {
    for (std::int64_t n = 0; n < shape.filters; n++) {
      for (std::int64_t c = 0; c < ofGroup; c++) {
        f(place * shape.channels + n / filters * ofGroup + c,
          (tap * ofGroup + c) * shape.filters + n, window * shape.filters + n);
      }
    }
  });
}

double activated(Activation activation, double x) {
  if (activation == Activation::Relu) return x < 0 ? 0 : x;
  if (activation == Activation::Sigmoid) return 1 / (1 + std::exp(-x));
  return activation == Activation::Tanh ? std::tanh(x) : x;
}

/// dy f'(x), by y = f(x)
double derived(Activation activation, double dy, double y) {
  if (activation == Activation::Relu) return y > 0 ? dy : 0;
  if (activation == Activation::Sigmoid) return dy * y * (1 - y);
  return activation == Activation::Tanh ? dy * (1 - y * y) : dy;
}

Values derivedAll(Activation activation, const Values& dy, const Values& y) {
  Values dz = dy;
  for (std::size_t i = 0; i < dz.size(); i++) dz[i] = derived(activation, dy[i], y[i]);
  return dz;
}

Values convolved(const Shape& shape, const Values& x, const Values& w) {
  Values y(at(sizeOf(shape.results())));
  eachProduct(shape, [&](auto i, auto j, auto k) { y[at(k)] += x[at(i)] * w[at(j)]; });
  return y;
}

Values softmaxed(Values y, std::int64_t n) {
  for (std::size_t row = 0; row < y.size(); row += at(n)) {
    double sum = 0;
    for (std::size_t i = row; i < row + at(n); i++) sum += y[i] = std::exp(y[i]);
    for (std::size_t i = row; i < row + at(n); i++) y[i] /= sum;
  }
  return y;
}

Case forward(const Shape& shape, DType dtype, double terms) {
  return Case(
      "conv", {uniform(dtype, shape.pictures(), -1, 1), uniform(dtype, shape.weights(), -1, 1, 2)},
      shape.attributes(), {dtype, shape.results()},
      [=](const auto& in) -> std::vector<Values> { return {convolved(shape, in[0], in[1])}; },
      terms);
}

Case layer(const Shape& shape, Activation activation, DType dtype, double terms) {
  Attributes attributes = shape.attributes();
  attributes.push_back(static_cast<double>(activation));
  return Case(
      "convBias",
      {uniform(dtype, shape.pictures(), -1, 1), uniform(dtype, shape.weights(), -1, 1, 2),
       uniform(dtype, {shape.filters}, -1, 1, 3)},
      attributes, {dtype, shape.results()},
      [=](const auto& in) -> std::vector<Values> {
        Values y = convolved(shape, in[0], in[1]);
        for (std::size_t i = 0; i < y.size(); i++) {
          y[i] = activated(activation, y[i] + in[2][i % at(shape.filters)]);
        }
        return {activation == Activation::Softmax ? softmaxed(y, shape.filters) : y};
      },
      terms);
}

/// The gradient to the pictures; with an activation, of its results' gradients.
Case inputGrad(const Shape& shape, Activation activation, DType dtype, double terms) {
  const bool isFused = activation != Activation::Linear;
  Attributes attributes = shape.attributes();
  attributes.push_back(listed(shape.in));
  std::vector<Operand> given{uniform(dtype, shape.results(), -1, 1),
                             uniform(dtype, shape.weights(), -1, 1, 2)};
  if (isFused) {
    attributes.push_back(static_cast<double>(activation));
    given.push_back(uniform(dtype, shape.results(), -1, 1, 3));
  }
  return Case(
      isFused ? "convBiasInputGrad" : "convInputGrad", given, attributes, {dtype, shape.pictures()},
      [=](const auto& in) -> std::vector<Values> {
        const Values dz = isFused ? derivedAll(activation, in[0], in[2]) : in[0];
        Values dx(at(sizeOf(shape.pictures())));
        eachProduct(shape, [&](auto i, auto j, auto k) { dx[at(i)] += dz[at(k)] * in[1][at(j)]; });
        return {dx};
      },
      terms);
}

Values kernelGradOf(const Shape& shape, const Values& x, const Values& dz, std::int64_t from,
                    std::int64_t until) {
  Values dw(at(sizeOf(shape.weights())));
  const std::int64_t picture = sizeOf(shape.pictures()) / shape.batch;
  eachProduct(shape, [&](auto i, auto j, auto k) {
    if (i / picture >= from && i / picture < until) dw[at(j)] += x[at(i)] * dz[at(k)];
  });
  return dw;
}

Case kernelGrad(const Shape& shape, DType dtype, double terms) {
  Attributes attributes = shape.attributes();
  attributes.push_back(listed(shape.kernel));
  return Case(
      "convKernelGrad",
      {uniform(dtype, shape.pictures(), -1, 1), uniform(dtype, shape.results(), -1, 1, 2)},
      attributes, {dtype, shape.weights()},
      [=](const auto& in) -> std::vector<Values> {
        return {kernelGradOf(shape, in[0], in[1], 0, shape.batch)};
      },
      terms* static_cast<double>(sizeOf(shape.out()) * shape.batch));
}

Case kernelShares(const Shape& shape, Activation activation, DType dtype, double terms) {
  constexpr std::int64_t kShares = 3;
  Attributes attributes = shape.attributes();
  attributes.push_back(listed(shape.kernel));
  attributes.push_back(static_cast<double>(activation));
  attributes.push_back(static_cast<double>(kShares));
  Dims gradients = shape.weights();
  gradients.insert(gradients.begin(), kShares);
  return Case(
      "convKernelShares",
      {uniform(dtype, shape.pictures(), -1, 1), uniform(dtype, shape.results(), -1, 1, 2),
       uniform(dtype, shape.results(), -1, 1, 3)},
      attributes, {dtype, gradients},
      [=](const auto& in) -> std::vector<Values> {
        const Values dz = derivedAll(activation, in[1], in[2]);
        const std::int64_t ofPicture = sizeOf(shape.results()) / shape.batch;
        Values dw, db;
        for (std::int64_t share = 0; share < kShares; share++) {
          const std::int64_t from = shape.batch * share / kShares;
          const std::int64_t until = shape.batch * (share + 1) / kShares;
          const Values part = kernelGradOf(shape, in[0], dz, from, until);
          dw.insert(dw.end(), part.begin(), part.end());
          Values sums(at(shape.filters));
          for (std::int64_t i = from * ofPicture; i < until * ofPicture; i++) {
            sums[at(i % shape.filters)] += dz[at(i)];
          }
          db.insert(db.end(), sums.begin(), sums.end());
        }
        return {dw, db};
      },
      terms* static_cast<double>(sizeOf(shape.out()) * shape.batch));
}

Cases allOf(const Shape& shape, Activation activation) {
  Cases cases;
  const double terms = std::sqrt(static_cast<double>(sizeOf(shape.weights()) / shape.filters));
  for (DType dtype : kFloats) {
    cases.push_back(forward(shape, dtype, terms));
    cases.push_back(layer(shape, activation, dtype, terms));
    const double back =
        terms * static_cast<double>(shape.filters) / static_cast<double>(shape.channels);
    const double scale = back > terms ? back : terms;
    cases.push_back(inputGrad(shape, Activation::Linear, dtype, scale));
    if (activation != Activation::Softmax && activation != Activation::Linear) {
      cases.push_back(inputGrad(shape, activation, dtype, scale));
    }
    cases.push_back(kernelGrad(shape, dtype, terms));
    const bool isProduct = activation != Activation::Softmax;
    cases.push_back(kernelShares(shape, isProduct ? activation : Activation::Linear, dtype, terms));
  }
  return cases;
}

Shape drawn(Lots& lots) {
  Shape result{lots.sliding(true), 1, 1, 1};
  const std::int64_t kind = lots.draw(0, 5);
  result.groups = kind == 0 ? lots.draw(2, 18) : kind == 1 ? lots.draw(2, 3) : 1;
  const std::int64_t most = kind == 0 ? 1 : kind == 1 ? 5 : 33;
  result.channels = result.groups * lots.draw(1, most);
  result.filters = result.groups * lots.draw(1, kind == 0 ? 2 : kind == 1 ? 9 : 40);
  return result;
}

}  // namespace

Cases convolutionCases() {
  Cases cases;
  const Activation activations[] = {Activation::Linear, Activation::Relu, Activation::Sigmoid,
                                    Activation::Tanh, Activation::Softmax};
  Lots lots(2024);
  for (int i = 0; i < 60; i++) append(cases, allOf(drawn(lots), activations[i % 5]));
  // Boxes that hold a part of a picture, and panels that are laid out in turns.
  const Dims ones{1, 1};
  append(cases,
         allOf({{1, {60, 70}, {3, 3}, ones, ones, ones, ones}, 18, 16, 1}, Activation::Relu));
  append(cases,
         allOf({{9, {9, 9}, {3, 3}, {2, 2}, ones, ones, ones}, 130, 140, 1}, Activation::Relu));
  return cases;
}

}  // namespace nabla::test
