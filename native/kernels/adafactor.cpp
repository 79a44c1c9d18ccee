// What Adafactor does with matrices: each step in one pass over the elements, none of which it
// stores for the next one. Leading axes count matrices.
#include <algorithm>

#include "sums-over-axes.hpp"
#include "tails.hpp"

namespace nabla::NABLA_ISA {
namespace {

/// x [..., m, n] as matrices, one behind the other.
struct Matrices {
  explicit Matrices(const View& x) : m(x.dims[x.rank - 2]), n(x.lastDim()) {
    for (int axis = 0; axis + 2 < x.rank; axis++) count *= x.dims[axis];
  }
  std::int64_t count = 1, m, n;
};

// ---- means of squares

/// Rows whose squares are added up together, while they are in the cache of first level.
constexpr int kTogether = 4;

/// Two sums of each column, in a part's workspace: a few terms of each, and what came before them.
template <typename T>
class ColumnSums {
 public:
  static std::int64_t places(std::int64_t n) { return (n + kPadding - 1) / kPadding * kPadding; }
  static std::int64_t bytes(std::int64_t n) {
    return 2 * places(n) * static_cast<std::int64_t>(sizeof(Sum<T>) + sizeof(T));
  }

  ColumnSums(void* memory, std::int64_t n)
      : places_(2 * places(n)),
        totals_(static_cast<Sum<T>*>(memory)),
        chains_(reinterpret_cast<T*>(totals_ + places_)) {
    for (std::int64_t j = 0; j < places_; j++) {
      totals_[j] = Sum<T>();
      chains_[j] = 0;
    }
  }

  /// For more terms, kSquares of them at most.
  T* chains(int which) const { return chains_ + which * (places_ / 2); }
  void endChains() {
    NABLA_SIMD
    for (std::int64_t j = 0; j < places_; j++) {
      totals_[j].take(chains_[j]);
      chains_[j] = 0;
    }
  }
  void store(int which, T* y, std::int64_t n) const {
    const Sum<T>* const totals = totals_ + which * (places_ / 2);
    for (std::int64_t j = 0; j < n; j++) y[j] = totals[j].value();
  }

 private:
  static constexpr std::int64_t kPadding = 16;  // whole registers

  const std::int64_t places_;
  Sum<T>* const totals_;
  T* const chains_;
};

/// plain[j] += sum over i of x[i][j]^2; weighed[j] likewise of the squares times weights[i].
template <typename T, int kRows>
NABLA_APART void takeColumnSquares(T* plain, T* weighed, const T* x, const T* weights,
                                   std::int64_t n) {
  Vector<T> factors[kRows];
  for (int i = 0; i < kRows; i++) factors[i] = repeat(weights[i]);
  const auto add = [&](std::int64_t j, auto load) {
    Vector<T> sum = loadVector(plain + j), other = loadVector(weighed + j);
    NABLA_UNROLL
    for (int i = 0; i < kRows; i++) {
      const T* const from = x + i * n + j;
      NABLA_PREFETCH(from + kRows * n);
      const Vector<T> value = load(from), square = value * value;
      sum = sum + square;
      other = multiplyAdd(other, factors[i], square);
    }
    storeVector(plain + j, sum);
    storeVector(weighed + j, other);
  };
  std::int64_t j = 0;
  for (; j + kLanes<T> <= n; j += kLanes<T>) add(j, [](const T* from) { return loadVector(from); });
  if (j < n) add(j, [left = n - j](const T* from) { return loadUpTo(from, left); });
}

/// Adds up the squares of some rows.
template <typename T, int kRows>
inline void takeRowSquares(Sum<T>* totals, const T* x, std::int64_t n) {
  constexpr int kVectors = 2;
  constexpr std::int64_t kStrip = kVectors * kLanes<T>, kRun = kSquares * kStrip;
  for (std::int64_t begin = 0; begin < n; begin += kRun) {
    const std::int64_t end = n - begin < kRun ? n : begin + kRun;
    Vector<T> chains[kRows][kVectors];
    NABLA_UNROLL
    for (int i = 0; i < kRows; i++) {
      NABLA_UNROLL
      for (int k = 0; k < kVectors; k++) chains[i][k] = zeroVector<T>();
    }
    std::int64_t j = begin;
    for (; j + kStrip <= end; j += kStrip) {
      NABLA_UNROLL
      for (int i = 0; i < kRows; i++) {
        NABLA_UNROLL
        for (int k = 0; k < kVectors; k++) {
          const Vector<T> value = loadVector(x + i * n + j + k * kLanes<T>);
          chains[i][k] = chains[i][k] + value * value;
        }
      }
    }
    for (; j < end; j += kLanes<T>) {
      NABLA_UNROLL
      for (int i = 0; i < kRows; i++) {
        const Vector<T> value = loadUpTo(x + i * n + j, end - j);
        chains[i][0] = chains[i][0] + value * value;
      }
    }
    NABLA_UNROLL
    for (int i = 0; i < kRows; i++) totals[i].take(sumOfLanes(chains[i][0] + chains[i][1]));
  }
}

/// How means of rows move: mean = mean (1 - moved) + (that of the squares + epsilon) moved
template <typename T>
struct Movement {
  T moved, epsilon;
};

/// Some rows of a matrix, their means, and what else a pass over them adds up.
template <typename T>
struct Rows {
  const T *x, *weight, *old;
  T* mean;

  Rows from(std::int64_t i, std::int64_t n) const {
    return {x + i * n, weight + i * n, old + i, mean + i};
  }
};

/// Moves the means of some rows, and adds their squares to the columns' sums; those of the weight's
/// rows to `ofWeight`.
template <typename T, int kRows>
inline void takeRows(const ColumnSums<T>& sums, Sum<T>& ofWeight, const Rows<T>& rows,
                     const Movement<T>& by, std::int64_t n) {
  const auto& [x, weight, old, mean] = rows;
  takeRun(ofWeight, weight, kRows * n, T(0), [](auto value, auto) { return value * value; });
  Sum<T> totals[kRows];
  takeRowSquares<T, kRows>(totals, x, n);
  T weights[kRows];
  for (int i = 0; i < kRows; i++) {
    const T ofSquares = totals[i].value() / static_cast<T>(n);
    mean[i] = old[i] * (T(1) - by.moved) + (ofSquares + by.epsilon) * by.moved;
    weights[i] = T(1) / mean[i];
  }
  takeColumnSquares<T, kRows>(sums.chains(0), sums.chains(1), x, weights, n);
}

template <typename T>
void takeMatrix(ColumnSums<T>& sums, Sum<T>& ofWeight, const Rows<T>& rows, const Movement<T>& by,
                std::int64_t m, std::int64_t n) {
  for (std::int64_t first = 0; first < m; first += kSquares) {
    const std::int64_t end = m - first < kSquares ? m : first + kSquares;
    std::int64_t i = first;
    for (; i + kTogether <= end; i += kTogether) {
      takeRows<T, kTogether>(sums, ofWeight, rows.from(i, n), by, n);
    }
    for (; i < end; i++) takeRows<T, 1>(sums, ofWeight, rows.from(i, n), by, n);
    sums.endChains();
  }
}

/// A share is one of as many equal runs of rows, whichever matrices these are of: so parts write
/// slices of the means.
void adafactorMeans(const Operands& operands, Part part) {
  const View& gradient = operands.input(0);
  const Matrices matrices(gradient);
  const std::int64_t m = matrices.m, n = matrices.n;
  const auto shares = static_cast<int>(operands.number(1));
  const Range own = rowsOf(shares, part);
  withFloat(gradient.dtype, [&](auto zero) {
    using T = decltype(zero);
    const Rows<T> all{gradient.as<T>(), operands.input(1).as<T>(), operands.input(2).as<T>(),
                      operands.output(0).as<T>()};
    const Movement<T> by{*operands.input(3).as<T>(), static_cast<T>(operands.number(0))};
    for (std::int64_t share = own.begin; share < own.end; share++) {
      const Range rows = rowsOf(matrices.count * m, Part{static_cast<int>(share), shares});
      Sum<T> ofWeight;
      for (std::int64_t i = 0; i < matrices.count; i++) {
        ColumnSums<T> sums(part.workspace, n);
        const std::int64_t begin = std::max(rows.begin, i * m),
                           end = std::min(rows.end, (i + 1) * m);
        if (begin < end) takeMatrix(sums, ofWeight, all.from(begin, n), by, end - begin, n);
        const std::int64_t to = (share * matrices.count + i) * n;
        sums.store(0, operands.output(1).as<T>() + to, n);
        sums.store(1, operands.output(2).as<T>() + to, n);
      }
      operands.output(3).as<T>()[share] = ofWeight.value();
    }
  });
}

// ---- the update

/// w -= factor (g * factors) of a row.
template <typename T>
void updateRow(T* w, const T* g, T factor, const T* factors, std::int64_t n) {
  const Vector<T> ofRow = repeat(factor);
  const auto update = [=](std::int64_t j, auto load, auto store) {
    NABLA_PREFETCH(w + j + kElementsAhead);
    NABLA_PREFETCH(g + j + kElementsAhead);
    store(w + j, load(w + j) - ofRow * (load(g + j) * load(factors + j)));
  };
  std::int64_t j = 0;
  for (; j + kLanes<T> <= n; j += kLanes<T>) {
    update(
        j, [](const T* from) { return loadVector(from); },
        [](T* to, Vector<T> x) { storeVector(to, x); });
  }
  const std::int64_t left = n - j;
  if (left == 0) return;
  update(
      j, [left](const T* from) { return loadUpTo(from, left); },
      [left](T* to, Vector<T> x) { storeUpTo(to, x, left); });
}

void adafactorUpdate(const Operands& operands, Part part) {
  const View& weight = operands.input(0);
  if (weight.size == 0) return;
  const Matrices matrices(weight);
  const std::int64_t m = matrices.m, n = matrices.n;
  const Range range = elementsOf(weight, part);
  withFloat(weight.dtype, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = range.begin / n; i < range.end / n; i++) {
      updateRow(weight.as<T>() + i * n, operands.input(1).as<T>() + i * n,
                operands.input(2).as<T>()[i], operands.input(3).as<T>() + i / m * n, n);
    }
  });
}

// ---- rules

/// Input `i` is what is left of matrices x without one of the last two axes.
void expectFactors(const TypeQuery& query, int i, const Type& x, int axis) {
  Type wanted;
  wanted.dtype = x.dtype;
  for (int k = 0; k < x.rank; k++) {
    if (k != x.rank - axis) query.append(wanted, x.dims[k]);
  }
  query.expectType(i, wanted);
}

void expectMatrices(const TypeQuery& query) {
  query.expectFloat(0);
  if (query.input(0).rank < 2) {
    query.fail(ErrorKind::Range, "expected a matrix, or several, but received {0}");
  }
}

void adafactorMeansRule(TypeQuery& query) {
  expectMatrices(query);
  const Type& x = query.input(0);
  query.expectType(1, x);
  expectFactors(query, 2, x, 1);
  Type scalar;
  scalar.dtype = x.dtype;
  query.expectType(3, scalar);
  query.number(0);
  const std::int64_t shares = query.equalShares(1, query.sizeOf(query.input(2)));
  query.output(0) = query.input(2);
  for (int i = 1; i <= 2; i++) {
    Type& sums = query.output(i);
    sums.dtype = x.dtype;
    query.append(sums, shares);
    for (int axis = 0; axis < x.rank; axis++) {
      if (axis != x.rank - 2) query.append(sums, x.dims[axis]);
    }
  }
  query.output(3).dtype = x.dtype;
  query.append(query.output(3), shares);
}

void adafactorUpdateRule(TypeQuery& query) {
  expectMatrices(query);
  const Type& weight = query.input(0);
  query.expectType(1, weight);
  expectFactors(query, 2, weight, 1);
  expectFactors(query, 3, weight, 2);
}

// ---- rows

std::int64_t sharesOf(const Operands& operands) {
  return static_cast<std::int64_t>(operands.number(1));
}

std::int64_t sumsBytes(const Operands& operands) {
  const View& x = operands.input(0);
  return x.dtype == DType::Float32 ? ColumnSums<float>::bytes(x.lastDim())
                                   : ColumnSums<double>::bytes(x.lastDim());
}

/// Each matrix has columns of its own.
Access accessOfFactors(const Operands& operands, int input) {
  return input == 3 && operands.input(0).rank == 2 ? Access::Whole : Access::Rows;
}

constexpr OpRow kRows[] = {
    OpRow(
        "adafactorMeans",
        "mean = old (1 - moved) + (mean of x^2 over columns + epsilon) moved; plain[s], weighed[s] "
        "= sums of x^2 and of x^2 / mean over share s of the rows; ofWeight[s] = sum of its "
        "weight^2")
        .reads("x")
        .reads("weight")
        .reads("old")
        .reads("moved")
        .gives("mean", Access::Rows)
        .gives("plain", Access::Rows)
        .gives("weighed", Access::Rows)
        .gives("ofWeight", Access::Rows)
        .number("epsilon")
        .number("shares")
        .slices(sharesOf)
        .workspace(sumsBytes)
        .rule(adafactorMeansRule)
        .kernel(adafactorMeans),
    OpRow("adafactorUpdate",
          "weight -= row * (gradient * column); of each row and of each column of a matrix")
        .writes("weight", Access::Rows)
        .reads("gradient", Access::Rows)
        .reads("row", Access::Rows)
        .reads("column", Access::Rows)
        .accesses(accessOfFactors)
        .rule(adafactorUpdateRule)
        .kernel(adafactorUpdate),
};

}  // namespace

NABLA_FAMILY(adafactor, kRows);

}  // namespace nabla::NABLA_ISA
