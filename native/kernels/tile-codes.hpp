// What each code of a program of a chain does to a register: the arithmetic of the op's own kernel,
// bit for bit, in files that are compiled without contraction.
#pragma once

#include "reciprocal-root.hpp"
#include "table/tiles.hpp"

namespace nabla::NABLA_ISA {

/// What a code has beside the tile.
enum class Beside { Nothing, Elements, Scaled, Number };

constexpr Beside besideTile(TileCode code) {
  switch (code) {
#define NABLA_ALONE(code)
#define NABLA_WITH(code)       \
  case TileCode::code:         \
    return Beside::Elements;   \
  case TileCode::code##Number: \
    return Beside::Number;     \
  case TileCode::code##Scaled: \
    return Beside::Scaled;
#define NABLA_MERGED(code) \
  case TileCode::code:     \
    return Beside::Elements;
    NABLA_TILE_CODES(NABLA_ALONE, NABLA_WITH, NABLA_MERGED)
#undef NABLA_ALONE
#undef NABLA_WITH
#undef NABLA_MERGED
    default:
      return Beside::Nothing;
  }
}

/// The code of elements that does the same with them as `code` with what it has.
constexpr TileCode withElements(TileCode code) {
  const int of = static_cast<int>(code);
  switch (besideTile(code)) {
    case Beside::Number:
      return static_cast<TileCode>(of - 1);
    case Beside::Scaled:
      return static_cast<TileCode>(of - 2);
    default:
      return code;
  }
}

constexpr bool readsElements(TileCode code) {
  const Beside beside = besideTile(code);
  return code != TileCode::Store && (beside == Beside::Elements || beside == Beside::Scaled);
}

constexpr bool writesElements(TileCode code) {
  return code == TileCode::Store || code == TileCode::StoreMoved || code == TileCode::StoreMix ||
         code == TileCode::StoreSum || code == TileCode::StoreRest || code == TileCode::StoreTaken;
}

/// Of any bits: `repeat` loses the sign of a zero.
template <typename T>
inline Vector<T> numberIn(const char (&bits)[8]) {
  T number;
  std::memcpy(&number, bits, sizeof number);
  T lanes[kLanes<T>];
  for (T& lane : lanes) lane = number;
  return loadVector(lanes);
}

/// -1, 0 or 1; zeros and NaN stay
template <typename T>
inline Vector<T> signOf(Vector<T> x) {
#if defined(__GNUC__)
  const typename Vector<T>::Lanes zero = {};
  const typename Vector<T>::Lanes one = zero + T(1);
  const typename Vector<T>::Lanes ofNegative = x.lanes < zero ? -one : x.lanes;
  return {x.lanes > zero ? one : ofNegative};
#else
  return eachLane<T>([&](int i) {
    const T lane = x.lanes[i], ofNegative = lane < 0 ? T(-1) : lane;
    return lane > 0 ? T(1) : ofNegative;
  });
#endif
}

/// What a code of elements makes of the tile's t and the elements' x.
template <TileCode code, typename T>
NABLA_INLINE Vector<T> computed(Vector<T> t, Vector<T> x, Vector<T> number, Vector<T> second) {
  static_cast<void>(x), static_cast<void>(number), static_cast<void>(second);
  if constexpr (code == TileCode::Neg) return negative(t);
  if constexpr (code == TileCode::Abs) return absolute(t);
  if constexpr (code == TileCode::Square) return t * t;
  if constexpr (code == TileCode::Sqrt) return squareRoot(t);
  if constexpr (code == TileCode::Rsqrt) return reciprocalRoot(t);
  if constexpr (code == TileCode::Sign) return signOf(t);
  if constexpr (code == TileCode::Reciprocal) return repeat(T(1)) / t;
  if constexpr (code == TileCode::Relu) return atLeast(t, zeroVector<T>());
  if constexpr (code == TileCode::Load) return x;
  if constexpr (code == TileCode::Store) return t;
  if constexpr (code == TileCode::Add) return t + x;
  if constexpr (code == TileCode::Sub) return t - x;
  if constexpr (code == TileCode::SubFrom) return x - t;
  if constexpr (code == TileCode::Mul) return t * x;
  if constexpr (code == TileCode::Div) return t / x;
  if constexpr (code == TileCode::DivInto) return x / t;
  if constexpr (code == TileCode::Maximum) return maximumOf(t, x);
  if constexpr (code == TileCode::MaximumFrom) return maximumOf(x, t);
  if constexpr (code == TileCode::Minimum) return minimumOf(t, x);
  if constexpr (code == TileCode::MinimumFrom) return minimumOf(x, t);
  if constexpr (code == TileCode::AtLeast) return atLeast(t, x);
  if constexpr (code == TileCode::AtMost) return atMost(t, x);
  if constexpr (code == TileCode::WherePositive) return wherePositive(x, t);
  if constexpr (code == TileCode::Positive) return wherePositive(t, x);
  if constexpr (code == TileCode::MulAdd) return t * number + second;
  if constexpr (code == TileCode::LoadSquare) return x * x;
  if constexpr (code == TileCode::StoreMoved) return x + (t - x) * number;
  if constexpr (code == TileCode::StoreMix) return t * second + x * number;
  if constexpr (code == TileCode::StoreSum) return t + x;
  if constexpr (code == TileCode::StoreRest) return x - t;
  if constexpr (code == TileCode::StoreTaken) return x - t * number;
  return t;
}

/// Does a code to the tile's t, with elements that `load` gives and `store` takes.
template <TileCode code, typename T, typename Load, typename Store>
NABLA_INLINE Vector<T> applied(Vector<T> t, Vector<T> number, Vector<T> second, Load load,
                               Store store) {
  Vector<T> x = number;
  if constexpr (readsElements(code)) x = load();
  if constexpr (besideTile(code) == Beside::Scaled) x = x * number;
  const Vector<T> y = computed<withElements(code)>(t, x, number, second);
  if constexpr (writesElements(code)) store(y);
  return code == TileCode::StoreTaken ? t : y;
}

}  // namespace nabla::NABLA_ISA
