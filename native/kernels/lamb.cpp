// What LAMB has to know of a weight before it changes it: one pass moves the moments, and adds up
// the squares whose sums scale the change. The change itself is not stored: working it out again
// from the moments takes less time than memory does. Moments are rounded as adamUpdate rounds them,
// once for a product and a sum where the processor can.
#include "sums.hpp"
#include "tails.hpp"

namespace nabla::NABLA_ISA {
namespace {

/// A weight's elements, with the moments of its gradient.
template <typename T>
struct Elements {
  T *mean, *square;
  const T *gradient, *weight;
};

/// mean += (gradient - mean) moved, square likewise; change = mean ofMean / (sqrt(square) + floor)
template <typename T>
struct Movement {
  Vector<T> moved, movedSquare, ofMean, floor;
};

/// Moves the elements at `i`, and tells the change of the weight.
template <typename T, typename Load, typename Store>
NABLA_INLINE Vector<T> moveElements(Elements<T> elements, std::int64_t i, Movement<T> by, Load load,
                                    Store store) {
  const Vector<T> gradient = load(elements.gradient + i);
  const Vector<T> before = load(elements.mean + i), squareBefore = load(elements.square + i);
  const Vector<T> mean = before + (gradient - before) * by.moved;
  const Vector<T> square = squareBefore + (gradient * gradient - squareBefore) * by.movedSquare;
  store(elements.mean + i, mean);
  store(elements.square + i, square);
  return mean * by.ofMean / (squareRoot(square) + by.floor);
}

template <typename T>
struct Squares {
  Sum<T> ofWeight, ofChange;
};

/// Moves some elements, fewer than fill a register, and tells the change of these; 0 for the lanes
/// behind them, which would be NaN without an epsilon.
template <typename T>
Vector<T> moveUpTo(Elements<T> elements, std::int64_t i, Movement<T> by, std::int64_t left) {
  const Vector<T> change = moveElements(
      elements, i, by, [left](const T* from) { return loadUpTo(from, left); },
      [left](T* to, Vector<T> x) { storeUpTo(to, x, left); });
  T lanes[kLanes<T>] = {};
  storeUpTo(lanes, change, left);
  return loadVector(lanes);
}

/// Two sums, in each lane that of its own elements.
template <typename T>
struct LaneSums {
  Vector<T> ofWeight = zeroVector<T>(), ofChange = zeroVector<T>();
};

/// Moves some elements, kSquares registers full of them at most, and adds the squares of weight and
/// change to the sums. By value: a register's store might change what references are of, which
/// would be loaded again each time.
template <typename T>
inline void moveSome(LaneSums<T>& sums, Elements<T> elements, Range range, Movement<T> by) {
  Vector<T> ofWeight = zeroVector<T>(), ofChange = zeroVector<T>();
  std::int64_t i = range.begin;
  for (; i + kLanes<T> <= range.end; i += kLanes<T>) {
    const Vector<T> weight = loadVector(elements.weight + i);
    const Vector<T> change = moveElements(
        elements, i, by, [](const T* from) { return loadVector(from); },
        [](T* to, Vector<T> x) { storeVector(to, x); });
    ofWeight = ofWeight + weight * weight;
    ofChange = ofChange + change * change;
  }
  if (i < range.end) {
    const Vector<T> weight = loadUpTo(elements.weight + i, range.end - i);
    const Vector<T> change = moveUpTo(elements, i, by, range.end - i);
    ofWeight = ofWeight + weight * weight;
    ofChange = ofChange + change * change;
  }
  sums.ofWeight = sums.ofWeight + ofWeight;
  sums.ofChange = sums.ofChange + ofChange;
}

/// Calls f(range) for stretches of a range that end at multiples of `most`, which shares do not:
/// buffers begin at a cache line, and so do all stretches but the first. Loads and stores across
/// two lines take longer.
template <typename F>
inline void forStretches(Range range, std::int64_t most, F f) {
  for (std::int64_t i = range.begin; i < range.end;) {
    const std::int64_t next = (i / most + 1) * most, end = next < range.end ? next : range.end;
    f(Range{i, end});
    i = end;
  }
}

template <typename T>
void moveAll(Squares<T>& squares, Elements<T> elements, Range range, Movement<T> by) {
  constexpr std::int64_t kMost = kSquares * kLanes<T>;
  forStretches(range, kChain * kMost, [&](Range many) {
    LaneSums<T> sums;
    forStretches(many, kMost, [&](Range some) { moveSome(sums, elements, some, by); });
    squares.ofWeight.take(sumOfLanes(sums.ofWeight));
    squares.ofChange.take(sumOfLanes(sums.ofChange));
  });
}

void lambMoments(const Operands& operands, Part part) {
  const View& weight = operands.input(3);
  const auto shares = static_cast<int>(operands.number(2));
  const Range own = rowsOf(shares, part);
  withFloat(weight.dtype, [&](auto zero) {
    using T = decltype(zero);
    const auto scalar = [&](int i) { return repeat(*operands.input(i).as<T>()); };
    const auto moved = [&](int i) { return repeat(static_cast<T>(1 - operands.number(i))); };
    const Movement<T> by{moved(0), moved(1), scalar(4), scalar(5)};
    const Elements<T> elements{operands.input(0).as<T>(), operands.input(1).as<T>(),
                               operands.input(2).as<T>(), weight.as<T>()};
    for (std::int64_t share = own.begin; share < own.end; share++) {
      Squares<T> squares;
      const Range range = rowsOf(weight.size, Part{static_cast<int>(share), shares});
      moveAll(squares, elements, range, by);
      operands.output(0).as<T>()[share] = squares.ofWeight.value();
      operands.output(1).as<T>()[share] = squares.ofChange.value();
    }
  });
}

// ---- rule

void lambMomentsRule(TypeQuery& query) {
  query.expectFloat(0);
  const Type& mean = query.input(0);
  for (int i = 1; i < 4; i++) query.expectType(i, mean);
  Type scalar;
  scalar.dtype = mean.dtype;
  for (int i = 4; i < 6; i++) query.expectType(i, scalar);
  for (int i = 0; i < 2; i++) query.number(i);
  const std::int64_t shares = query.equalShares(2, query.sizeOf(mean));
  for (int i = 0; i < 2; i++) {
    query.output(i).dtype = mean.dtype;
    query.append(query.output(i), shares);
  }
}

// ---- row

std::int64_t sharesOf(const Operands& operands) {
  return static_cast<std::int64_t>(operands.number(2));
}

constexpr OpRow kRows[] = {
    OpRow("lambMoments",
          "mean += (gradient - mean) (1 - beta1), square += (gradient^2 - square) (1 - beta2); "
          "ofWeight[s], ofChange[s] = sums of weight^2 and of (mean ofMean / (sqrt(square) + "
          "floor))^2 over share s")
        .writes("mean", Access::Rows)
        .writes("square", Access::Rows)
        .reads("gradient", Access::Rows)
        .reads("weight", Access::Rows)
        .reads("ofMean")
        .reads("floor")
        .gives("ofWeight", Access::Rows)
        .gives("ofChange", Access::Rows)
        .number("beta1")
        .number("beta2")
        .number("shares")
        .slices(sharesOf)
        .rule(lambMomentsRule)
        .kernel(lambMoments),
};

}  // namespace

NABLA_FAMILY(lamb, kRows);

}  // namespace nabla::NABLA_ISA
