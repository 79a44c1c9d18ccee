// Pooling and its gradients, against plain loops over windows and what they see.

#include <cmath>

#include "test/case.hpp"
#include "test/kernels/sliding.hpp"

namespace nabla::test {
namespace {

struct Pool : Sliding {
  std::int64_t channels;

  Dims pictures() const { return Sliding::pictures(channels); }
  Dims results() const { return Sliding::results(channels); }
  /// Of an op; of a gradient, with the size of the pictures.
  Attributes attributes(bool isGradient) const {
    Attributes list = Sliding::attributes();
    list.push_back(listed(kernel));
    if (isGradient) list.push_back(listed(in));
    return list;
  }
  DType index() const { return sizeOf(kernel) <= 256 ? DType::Uint8 : DType::Int32; }
};

/// Calls f(result, tap, element) for all that windows see, channel by channel.
template <typename F>
void eachElement(const Pool& pool, F f) {
  eachSight(pool, [&](std::int64_t window, std::int64_t tap, std::int64_t place) {
    for (std::int64_t c = 0; c < pool.channels; c++) {
      f(at(window * pool.channels + c), tap, at(place * pool.channels + c));
    }
  });
}

/// The greatest of each window, the number of its tap, and where it lies.
struct Greatest {
  Values y, index;
  std::vector<std::size_t> place;
};

Greatest greatestOf(const Pool& pool, const Values& x) {
  const std::size_t size = at(sizeOf(pool.results()));
  Greatest result{Values(size), Values(size, -1), std::vector<std::size_t>(size)};
  eachElement(pool, [&](std::size_t i, std::int64_t tap, std::size_t element) {
    const double held = result.y[i], value = x[element];
    const bool isFirst = result.index[i]<0, isBetter = value> held || std::isnan(value);
    if (!isFirst && (std::isnan(held) || !isBetter)) return;
    result.y[i] = value;
    result.index[i] = static_cast<double>(tap);
    result.place[i] = element;
  });
  return result;
}

/// How many places each result is the mean of.
Values counts(const Pool& pool) {
  Values result(at(sizeOf(pool.results())));
  eachElement(pool, [&](std::size_t i, std::int64_t, std::size_t) { result[i]++; });
  return result;
}

/// Values of which many are equal, and some no numbers.
Operand picturesOf(const Pool& pool, DType dtype) {
  Operand x = uniform(dtype, pool.pictures(), -3, 3);
  for (std::size_t i = 0; i < x.values.size(); i++) {
    x.values[i] = i % 97 == 5 ? std::nan("") : std::floor(x.values[i]);
  }
  return x;
}

Cases ofMaxima(const Pool& pool, DType dtype) {
  Cases cases;
  const Operand x = picturesOf(pool, dtype);
  cases.push_back(Case("maxPool", {x}, pool.attributes(false), {dtype, pool.results()},
                       [=](const auto& in) -> std::vector<Values> {
                         const Greatest greatest = greatestOf(pool, in[0]);
                         return {greatest.y, greatest.index};
                       }));
  cases.push_back(
      Case("maxPoolValues", {x}, pool.attributes(false), {dtype, pool.results()},
           [=](const auto& in) -> std::vector<Values> { return {greatestOf(pool, in[0]).y}; }));
  const Greatest taken = greatestOf(pool, x.values);
  const Operand dy = uniform(dtype, pool.results(), -1, 1, 2);
  const Operand index{{pool.index(), pool.results()}, taken.index};
  const Operand y = uniform(dtype, pool.results(), -1, 1, 3);
  for (bool isFloored : {false, true}) {
    std::vector<Operand> given{dy, index};
    if (isFloored) given.push_back(y);
    cases.push_back(Case(
        isFloored ? "maxPoolFlooredGrad" : "maxPoolGrad", given, pool.attributes(true),
        {dtype, pool.pictures()},
        [=](const auto& in) -> std::vector<Values> {
          Values dx(at(sizeOf(pool.pictures())));
          for (std::size_t i = 0; i < in[0].size(); i++) {
            if (isFloored && !(in[2][i] > 0)) continue;
            dx[taken.place[i]] += in[0][i];
          }
          return {dx};
        },
        2));
  }
  return cases;
}

Cases ofMeans(const Pool& pool, DType dtype) {
  const Values count = counts(pool);
  return {
      Case("averagePool", {uniform(dtype, pool.pictures(), -1, 1)}, pool.attributes(false),
           {dtype, pool.results()},
           [=](const auto& in) -> std::vector<Values> {
             Values y(at(sizeOf(pool.results())));
             eachElement(pool, [&](std::size_t i, std::int64_t, std::size_t element) {
               y[i] += in[0][element] / count[i];
             });
             return {y};
           }),
      Case("averagePoolGrad", {uniform(dtype, pool.results(), -1, 1)}, pool.attributes(true),
           {dtype, pool.pictures()},
           [=](const auto& in) -> std::vector<Values> {
             Values dx(at(sizeOf(pool.pictures())));
             eachElement(pool, [&](std::size_t i, std::int64_t, std::size_t element) {
               dx[element] += in[0][i] / count[i];
             });
             return {dx};
           }),
  };
}

}  // namespace

Cases poolingCases() {
  Cases cases;
  Lots lots(7);
  const Dims ones{1, 1}, zeros{0, 0};
  std::vector<Pool> pools{{{2, {40, 20}, {24, 12}, {8, 4}, ones, zeros, zeros}, 3},
                          {{3, {9, 9}, {2, 2}, {2, 2}, {3, 2}, zeros, zeros}, 17},
                          {{0, {4, 4}, {2, 2}, {2, 2}, ones, zeros, zeros}, 4}};
  for (int i = 0; i < 40; i++) pools.push_back({lots.sliding(false), lots.draw(1, 40)});
  for (const Pool& pool : pools) {
    for (DType dtype : kFloats) {
      append(cases, ofMaxima(pool, dtype));
      append(cases, ofMeans(pool, dtype));
    }
  }
  return cases;
}

}  // namespace nabla::test
