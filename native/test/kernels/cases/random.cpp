// Random draws, against Philox 4x32-10 written down once more.

#include <array>
#include <cmath>

#include "test/case.hpp"

namespace nabla::test {
namespace {

using Words = std::array<std::uint32_t, 4>;

constexpr std::uint32_t kKey[2] = {0xa4093822, 0x299f31d0};
// Its low word overflows within a draw.
constexpr std::uint64_t kCounter = 0x00000001fffffff8;

/// The multiplications of a round yield a high and a low half each.
Words philox(std::uint64_t counter, std::uint32_t key0, std::uint32_t key1) {
  Words x = {static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32), 0, 0};
  for (std::uint32_t round = 0; round < 10; round++) {
    const std::uint64_t a = 0xd2511f53ull * x[0], b = 0xcd9e8d57ull * x[2];
    const std::uint32_t k0 = key0 + round * 0x9e3779b9u, k1 = key1 + round * 0xbb67ae85u;
    x = {static_cast<std::uint32_t>(b >> 32) ^ x[1] ^ k0, static_cast<std::uint32_t>(b),
         static_cast<std::uint32_t>(a >> 32) ^ x[3] ^ k1, static_cast<std::uint32_t>(a)};
  }
  return x;
}

/// Element i of a draw, in [0, 1): 24 bits of a word, or 53 of two.
double unit(DType dtype, std::size_t i) {
  const std::size_t perBlock = dtype == DType::Float32 ? 4 : 2;
  const Words words = philox(kCounter + i / perBlock, kKey[0], kKey[1]);
  if (dtype == DType::Float32) return static_cast<double>(words[i % 4] >> 8) * 0x1p-24;
  const std::uint64_t bits = std::uint64_t{words[i % 2 * 2]} << 32 | words[i % 2 * 2 + 1];
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

double asInt(std::uint32_t word) { return static_cast<double>(static_cast<std::int32_t>(word)); }

Operand state() {
  return {{DType::Int32, {4}},
          {asInt(kKey[0]), asInt(kKey[1]), asInt(static_cast<std::uint32_t>(kCounter)),
           asInt(static_cast<std::uint32_t>(kCounter >> 32))}};
}

/// A draw whose elements are f(u).
Case drawCase(const char* op, DType dtype, const Dims& dims, Attributes numbers,
              double (*f)(double)) {
  Attributes attrs{listed(dims)};
  attrs.insert(attrs.end(), numbers.begin(), numbers.end());
  attrs.push_back(named(dtype));
  return {op, {state()}, attrs, {dtype, dims}, [=](const std::vector<Values>&) {
            Values y;
            for (std::size_t i = 0; i < at(sizeOf(dims)); i++) y.push_back(f(unit(dtype, i)));
            return std::vector<Values>{y};
          }};
}

double normalProbability(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

/// A draw whose elements, standardised, have the probabilities that `p` makes of the u's.
Case normalCase(const char* op, DType dtype, const Dims& dims, double (*p)(double)) {
  const double mean = 3, deviation = 2;
  Case item{op, {state()}, {listed(dims), mean, deviation, named(dtype)}, {dtype, dims}, nullptr};
  item.judge = [=](const Values& y) -> std::string {
    // Half a step inward, so that 0 never reaches the inverse.
    const double half = dtype == DType::Float32 ? 0x1p-25 : 0x1p-54;
    const double tolerance = dtype == DType::Float32 ? 1e-6 : 1e-14;
    for (std::size_t i = 0; i < y.size(); i++) {
      const double expected = p(unit(dtype, i) + half);
      const double actual = normalProbability((y[i] - mean) / deviation);
      if (!(std::fabs(actual - expected) <= tolerance)) {
        return "element " + std::to_string(i) + " has probability " + std::to_string(actual) +
               " instead of " + std::to_string(expected);
      }
    }
    return "";
  };
  return item;
}

double withinTwoDeviations(double u) {
  const double tail = normalProbability(-2);
  return tail + u * (1 - 2 * tail);
}

Case bernoulliCase(DType dtype, const Dims& dims) {
  return {"bernoulli",
          {state(), uniform(dtype, dims, 0, 1, 7)},
          {},
          {dtype, dims},
          [=](const std::vector<Values>& in) {
            Values y;
            for (std::size_t i = 0; i < in[1].size(); i++) {
              y.push_back(unit(dtype, i) < in[1][i] ? 1 : 0);
            }
            return std::vector<Values>{y};
          }};
}

Case advanceCase(std::uint64_t blocks) {
  return {
      "advanceRandom",
      {state()},
      {static_cast<double>(blocks)},
      {DType::Int32, {}},
      [=](const std::vector<Values>& in) {
        const std::uint64_t counter = kCounter + blocks;
        return std::vector<Values>{{in[0][0], in[0][1], asInt(static_cast<std::uint32_t>(counter)),
                                    asInt(static_cast<std::uint32_t>(counter >> 32))}};
      }};
}

}  // namespace

Cases randomCases() {
  Cases cases;
  for (const Dims& dims : oddShapes()) {
    for (DType dtype : kFloats) {
      cases.push_back(drawCase("randomUniform", dtype, dims, {0, 1}, [](double u) { return u; }));
      cases.push_back(
          drawCase("randomUniform", dtype, dims, {-3, 5}, [](double u) { return -3 + 8 * u; }));
      cases.push_back(drawCase("dropoutMask", dtype, dims, {0.25},
                               [](double u) { return u < 0.25 ? 0 : 1 / 0.75; }));
      cases.push_back(normalCase("randomNormal", dtype, dims, [](double u) { return u; }));
      cases.push_back(normalCase("truncatedNormal", dtype, dims, withinTwoDeviations));
      cases.push_back(bernoulliCase(dtype, dims));
    }
  }
  for (std::uint64_t blocks : {0ull, 1ull, 8ull, 1ull << 33, 1ull << 53}) {
    cases.push_back(advanceCase(blocks));
  }
  return cases;
}

}  // namespace nabla::test
