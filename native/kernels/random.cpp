// Random draws by Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2,
// 3"): a block cipher over a counter, so that element i of a draw is known without those before it.

#include <algorithm>
#include <cmath>

#include "kernels.hpp"

namespace nabla::NABLA_ISA {
namespace {

/// Blocks that are enciphered side by side, in vector registers.
constexpr int kTogether = 16;

/// Word w of block b is word[w][b].
struct Blocks {
  alignas(64) std::uint32_t word[4][kTogether];
};

/// State of a generator: input 0 of the draws, int32 [4].
struct Philox {
  std::uint32_t key[2];
  std::uint64_t counter;

  explicit Philox(const View& state) {
    const std::uint32_t* words = state.as<std::uint32_t>();
    key[0] = words[0];
    key[1] = words[1];
    counter = words[2] | static_cast<std::uint64_t>(words[3]) << 32;
  }

  /// The blocks of this number and those that follow.
  void encipher(std::int64_t number, Blocks& blocks) const {
    auto& [x0, x1, x2, x3] = blocks.word;
    for (int b = 0; b < kTogether; b++) {
      const std::uint64_t at = counter + static_cast<std::uint64_t>(number + b);
      x0[b] = static_cast<std::uint32_t>(at);
      x1[b] = static_cast<std::uint32_t>(at >> 32);
      x2[b] = x3[b] = 0;
    }
    std::uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
      for (int b = 0; b < kTogether; b++) {
        const std::uint64_t p = std::uint64_t{0xD2511F53} * x0[b];
        const std::uint64_t q = std::uint64_t{0xCD9E8D57} * x2[b];
        x0[b] = static_cast<std::uint32_t>(q >> 32) ^ x1[b] ^ k0;
        x2[b] = static_cast<std::uint32_t>(p >> 32) ^ x3[b] ^ k1;
        x1[b] = static_cast<std::uint32_t>(q);
        x3[b] = static_cast<std::uint32_t>(p);
      }
      k0 += 0x9E3779B9;
      k1 += 0xBB67AE85;
    }
  }
};

template <typename T>
constexpr std::int64_t kPerBlock = sizeof(T) == 4 ? 4 : 2;

/// Multiples of 2^-24 in [0, 1), one a word.
inline void unitsOf(const Blocks& blocks, float* units) {
  for (int b = 0; b < kTogether; b++) {
    for (int w = 0; w < 4; w++) {
      units[4 * b + w] = static_cast<float>(blocks.word[w][b] >> 8) * 0x1p-24f;
    }
  }
}

/// Multiples of 2^-53 in [0, 1), one of two words.
inline void unitsOf(const Blocks& blocks, double* units) {
  for (int b = 0; b < kTogether; b++) {
    for (int half = 0; half < 2; half++) {
      const std::uint64_t high = blocks.word[2 * half][b];
      const std::uint64_t bits = high << 32 | blocks.word[2 * half + 1][b];
      units[2 * b + half] = static_cast<double>(bits >> 11) * 0x1p-53;
    }
  }
}

/// Calls f(i, u) with a uniform u for each element i of the range.
template <typename T, typename F>
void forEachUnit(const Philox& philox, Range range, F f) {
  constexpr std::int64_t kUnits = kTogether * kPerBlock<T>;
  Blocks blocks;
  T units[kUnits];
  for (std::int64_t i = range.begin; i < range.end;) {
    const std::int64_t number = i / kPerBlock<T>, first = number * kPerBlock<T>;
    philox.encipher(number, blocks);
    unitsOf(blocks, units);
    const std::int64_t end = std::min(first + kUnits, range.end);
    for (; i < end; i++) f(i, units[i - first]);
  }
}

/// y[i] = f(u) with a uniform u in [0, 1).
template <typename F>
void draw(const Operands& operands, Part part, F f) {
  const View& y = operands.output();
  const Philox philox(operands.input(0));
  withFloat(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    T* to = y.as<T>();
    forEachUnit<T>(philox, elementsOf(y, part), [&](std::int64_t i, T u) { to[i] = f(u); });
  });
}

double ratio(const double (&numerator)[8], const double (&denominator)[8], double r) {
  double p = numerator[7], q = denominator[7];
  for (int i = 6; i >= 0; i--) {
    p = p * r + numerator[i];
    q = q * r + denominator[i];
  }
  return p / q;
}

/// The inverse of the normal distribution function, for p in (0, 1), to about 1e-16 (Wichura 1988,
/// algorithm AS 241, Applied Statistics 37:477).
double inverseNormal(double p) {
  static constexpr double kA[8] = {3.3871328727963666080,    1.3314166789178437745e+2,
                                   1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                   4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                   3.3430575583588128105e+4, 2.5090809287301226727e+3};
  static constexpr double kB[8] = {1.0,
                                   4.2313330701600911252e+1,
                                   6.8718700749205790830e+2,
                                   5.3941960214247511077e+3,
                                   2.1213794301586595867e+4,
                                   3.9307895800092710610e+4,
                                   2.8729085735721942674e+4,
                                   5.2264952788528545610e+3};
  static constexpr double kC[8] = {1.42343711074968357734,    4.63033784615654529590,
                                   5.76949722146069140550,    3.64784832476320460504,
                                   1.27045825245236838258,    2.41780725177450611770e-1,
                                   2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static constexpr double kD[8] = {1.0,
                                   2.05319162663775882187,
                                   1.67638483018380384940,
                                   6.89767334985100004550e-1,
                                   1.48103976427480074590e-1,
                                   1.51986665636164571966e-2,
                                   5.47593808499534494600e-4,
                                   1.05075007164441684324e-9};
  static constexpr double kE[8] = {6.65790464350110377720,    5.46378491116411436990,
                                   1.78482653991729133580,    2.96560571828504891230e-1,
                                   2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                   2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static constexpr double kF[8] = {1.0,
                                   5.99832206555887937690e-1,
                                   1.36929880922735805310e-1,
                                   1.48753612908506148525e-2,
                                   7.86869131145613259100e-4,
                                   1.84631831751005468180e-5,
                                   1.42151175831644588870e-7,
                                   2.04426310338993978564e-15};
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) return q * ratio(kA, kB, 0.180625 - q * q);
  const double tail = q < 0 ? p : 1 - p;
  const double r = std::sqrt(-std::log(tail));
  const double magnitude = r <= 5 ? ratio(kC, kD, r - 1.6) : ratio(kE, kF, r - 5);
  return q < 0 ? -magnitude : magnitude;
}

/// Half a step inward, so that 0 never reaches the inverse distribution function.
inline double inside(float u) { return static_cast<double>(u) + 0x1p-25; }
inline double inside(double u) { return u + 0x1p-54; }

void randomUniform(const Operands& operands, Part part) {
  draw(operands, part, [&operands](auto u) {
    using T = decltype(u);
    const T low = static_cast<T>(operands.number(1)), high = static_cast<T>(operands.number(2));
    const T y = low + u * (high - low);
    // Rounding may reach the open end.
    return y < high || low == high ? y : low;
  });
}

void randomNormal(const Operands& operands, Part part) {
  draw(operands, part, [&operands](auto u) {
    return static_cast<decltype(u)>(operands.number(1) +
                                    operands.number(2) * inverseNormal(inside(u)));
  });
}

void truncatedNormal(const Operands& operands, Part part) {
  constexpr double kTail = 0.022750131948179207;  // probability of less than -2 deviations
  draw(operands, part, [&operands](auto u) {
    const double z = inverseNormal(kTail + inside(u) * (1 - 2 * kTail));
    return static_cast<decltype(u)>(operands.number(1) + operands.number(2) * z);
  });
}

void dropoutMask(const Operands& operands, Part part) {
  draw(operands, part, [&operands](auto u) {
    using T = decltype(u);
    const double rate = operands.number(1);
    return u < rate ? T(0) : static_cast<T>(1 / (1 - rate));
  });
}

void bernoulli(const Operands& operands, Part part) {
  const View& y = operands.output();
  const Philox philox(operands.input(0));
  withFloat(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* p = operands.input(1).as<T>();
    T* to = y.as<T>();
    forEachUnit<T>(philox, elementsOf(y, part),
                   [&](std::int64_t i, T u) { to[i] = u < p[i] ? 1 : 0; });
  });
}

void advanceRandom(const Operands& operands, Part) {
  const Philox philox(operands.input(0));
  const std::uint64_t counter = philox.counter + static_cast<std::uint64_t>(operands.number(0));
  std::uint32_t* words = operands.input(0).as<std::uint32_t>();
  words[2] = static_cast<std::uint32_t>(counter);
  words[3] = static_cast<std::uint32_t>(counter >> 32);
}

// ---- rules

// A state is int32 [4]: key low, key high, counter low, counter high, in blocks of four words.
// Element i of a float32 draw uses word i % 4 of block counter + i / 4, of a float64 draw words 2 *
// (i % 2) and 2 * (i % 2) + 1 of block counter + i / 2.

void expectState(const TypeQuery& query) {
  Type state;
  state.dtype = DType::Int32;
  query.append(state, 4);
  query.expectType(0, state);
}

/// Attributes shape and, at the end, dtype.
void drawRule(TypeQuery& query, int dtype) {
  expectState(query);
  query.shape(0, query.output());
  query.output().dtype = query.dtype(dtype);
  if (isFloat(query.dtype(dtype))) return;
  query.fail(ErrorKind::Type, "expected a float dtype for random numbers but received {=%d}",
             dtype);
}

void uniformRule(TypeQuery& query) {
  const double low = query.number(1), high = query.number(2);
  if (low > high) query.fail(ErrorKind::Range, "expected low <= high but received {=1} and {=2}");
  drawRule(query, 3);
}

void normalRule(TypeQuery& query) {
  query.number(1);
  if (query.number(2) < 0) {
    query.fail(ErrorKind::Range, "expected a non-negative deviation but received {=2}");
  }
  drawRule(query, 3);
}

void dropoutRule(TypeQuery& query) {
  const double rate = query.number(1);
  if (rate < 0 || rate >= 1) {
    query.fail(ErrorKind::Range, "expected a rate in [0, 1) but received {=1}");
  }
  drawRule(query, 2);
}

void bernoulliRule(TypeQuery& query) {
  expectState(query);
  query.expectFloat(1);
  query.output() = query.input(1);
}

void advanceRule(TypeQuery& query) {
  expectState(query);
  if (query.integer(0) < 0) query.fail(ErrorKind::Range, "expected blocks >= 0 but received {=0}");
}

// ---- rows

constexpr OpRow drawn(const char* name, const char* doc, RuleFn rule, KernelFn kernel) {
  return OpRow(name, doc)
      .reads("state")
      .gives("y", Access::Rows)
      .shape("shape")
      .costs(Cost::Draws)
      .rule(rule)
      .kernel(kernel);
}

constexpr OpRow kRows[] = {
    drawn("randomUniform", "y uniform in [low, high)", uniformRule, randomUniform)
        .number("low")
        .number("high")
        .dtype("dtype"),
    drawn("randomNormal", "y normal, by the inverse distribution function", normalRule,
          randomNormal)
        .number("mean")
        .number("deviation")
        .dtype("dtype"),
    drawn("truncatedNormal", "y normal within two deviations, by the inverse distribution function",
          normalRule, truncatedNormal)
        .number("mean")
        .number("deviation")
        .dtype("dtype"),
    drawn("dropoutMask", "y = 0 with probability rate, else 1 / (1 - rate)", dropoutRule,
          dropoutMask)
        .number("rate")
        .dtype("dtype"),
    OpRow("bernoulli", "y = 1 with probability p, else 0, in p's dtype")
        .reads("state")
        .reads("p", Access::Rows)
        .gives("y", Access::Rows)
        .costs(Cost::Draws)
        .rule(bernoulliRule)
        .kernel(bernoulli),
    OpRow("advanceRandom", "state's counter += blocks")
        .writes("state")
        .number("blocks")
        .rule(advanceRule)
        .kernel(advanceRandom),
};

}  // namespace

NABLA_FAMILY(randoms, kRows);

}  // namespace nabla::NABLA_ISA
