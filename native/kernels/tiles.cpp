// Runs the programs of cheap steps that chains hold: a tile of values passes through all steps of
// one in registers, so that memory is touched once however many steps there are. Each step's
// arithmetic is that of its own kernel, bit for bit: this file is compiled without contraction.
#include "table/tiles.hpp"

#include "reciprocal-root.hpp"
#include "tails.hpp"
#include "walk.hpp"

namespace nabla::NABLA_ISA {
namespace {

// So many hide what an operation takes; more would fit, but gain nothing.
constexpr int kTileVectors = 12;
static_assert(kTileVectors * kVectorBytes <= kTileBytes, "scratch holds a tile");
static_assert(kTileVectors <= kMostUnrolled, "tiles stay in registers");

// Programs read many operands a tile at a time, too shortly for processors to foresee what they
// read next.
constexpr int kBytesAhead = 3072;
constexpr int kCacheLine = 64;

// Each step ends with a jump to the next one's code of its own, which processors foresee by the
// step that it comes from.
#if defined(__GNUC__)
#define NABLA_AT(code) at##code
#define NABLA_JUMP goto* kPlaces[static_cast<int>(step->code)]
#else
#define NABLA_AT(code) case TileCode::code
#define NABLA_JUMP goto next
#endif
#define NABLA_NEXT \
  step++;          \
  NABLA_JUMP
#define NABLA_EACH_VECTOR NABLA_UNROLL for (int i = 0; i < kVectors; i++)

#define NABLA_ALONE(code, expression) \
  NABLA_AT(code) : {                  \
    NABLA_EACH_VECTOR {               \
      const Vector<T> t = tile[i];    \
      tile[i] = expression;           \
    }                                 \
    NABLA_NEXT;                       \
  }
#define NABLA_WITH_NUMBER(code, expression)        \
  NABLA_AT(code##Number) : {                       \
    const Vector<T> x = numberIn<T>(step->number); \
    NABLA_EACH_VECTOR {                            \
      const Vector<T> t = tile[i];                 \
      static_cast<void>(t);                        \
      tile[i] = expression;                        \
    }                                              \
    NABLA_NEXT;                                    \
  }
#define NABLA_WITH_ELEMENTS(code, expression)                          \
  NABLA_AT(code) : {                                                   \
    const Elements<T, kVectors, isWhole> elements(*step, first, left); \
    NABLA_EACH_VECTOR {                                                \
      const Vector<T> t = tile[i];                                     \
      static_cast<void>(t);                                            \
      const Vector<T> x = elements.load(i);                            \
      tile[i] = expression;                                            \
    }                                                                  \
    NABLA_NEXT;                                                        \
  }
#define NABLA_WITH_SCALED(code, expression)                            \
  NABLA_AT(code##Scaled) : {                                           \
    const Elements<T, kVectors, isWhole> elements(*step, first, left); \
    const Vector<T> factor = numberIn<T>(step->number);                \
    NABLA_EACH_VECTOR {                                                \
      const Vector<T> t = tile[i];                                     \
      static_cast<void>(t);                                            \
      const Vector<T> x = elements.load(i) * factor;                   \
      tile[i] = expression;                                            \
    }                                                                  \
    NABLA_NEXT;                                                        \
  }
#define NABLA_STORING(code, expression)                                \
  NABLA_AT(Store##code) : {                                            \
    const Elements<T, kVectors, isWhole> elements(*step, first, left); \
    const Vector<T> number = numberIn<T>(step->number);                \
    const Vector<T> second = numberIn<T>(step->second);                \
    static_cast<void>(number);                                         \
    static_cast<void>(second);                                         \
    NABLA_EACH_VECTOR {                                                \
      const Vector<T> t = tile[i];                                     \
      const Vector<T> x = elements.load(i);                            \
      tile[i] = expression;                                            \
      elements.store(i, tile[i]);                                      \
    }                                                                  \
    NABLA_NEXT;                                                        \
  }
#define NABLA_WITH(code, expression)    \
  NABLA_WITH_ELEMENTS(code, expression) \
  NABLA_WITH_SCALED(code, expression)   \
  NABLA_WITH_NUMBER(code, expression)

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

/// A tile of an operand; `left` counts the elements that are there, where they may be fewer.
template <typename T, int kVectors, bool isWhole>
class Elements {
 public:
  Elements(const TileStep& step, std::int64_t first, std::int64_t left)
      : from_(reinterpret_cast<T*>(step.data) + (first & step.mask)), left_(left) {
    if (isWhole && step.fetches) fetchAhead();
  }

  Vector<T> load(int i) const {
    if constexpr (isWhole) return loadVector(from_ + i * kLanes<T>);
    return loadUpTo(from_ + i * kLanes<T>, left_ - i * kLanes<T>);
  }
  void store(int i, Vector<T> x) const {
    if constexpr (isWhole) return storeVector(from_ + i * kLanes<T>, x);
    storeUpTo(from_ + i * kLanes<T>, x, left_ - i * kLanes<T>);
  }

 private:
  void fetchAhead() const {
    const T* const ahead = from_ + kBytesAhead / sizeof(T);
    NABLA_EACH_VECTOR {
      if (i * kVectorBytes % kCacheLine == 0) NABLA_PREFETCH(ahead + i * kLanes<T>);
    }
  }

  T* const from_;
  const std::int64_t left_;
};

/// Runs a program over the elements from `first` to `end` in tiles of so many vectors, and tells
/// where it stopped: before a tile that is not whole, if all must be.
template <typename T, int kVectors, bool isWhole>
std::int64_t runTiles(const TileStep* steps, std::int64_t first, std::int64_t end) {
  constexpr std::int64_t kElements = kVectors * kLanes<T>;
#if defined(__GNUC__)
  static const void* const kPlaces[] = {
#define NABLA_PLACE(code) &&at##code,
#define NABLA_PLACES(code) &&at##code, &&at##code##Number, &&at##code##Scaled,
      NABLA_TILE_CODES(NABLA_PLACE, NABLA_PLACES)
#undef NABLA_PLACE
#undef NABLA_PLACES
  };
#endif
  Vector<T> tile[kVectors];
  NABLA_EACH_VECTOR tile[i] = zeroVector<T>();
  for (; isWhole ? first + kElements <= end : first < end; first += kElements) {
    const std::int64_t left = end - first;
    const TileStep* step = steps;
#if defined(__GNUC__)
    NABLA_JUMP;
#else
  next:
    switch (step->code)
#endif
    {
      NABLA_ALONE(Neg, negative(t))
      NABLA_ALONE(Abs, absolute(t))
      NABLA_ALONE(Square, t * t)
      NABLA_ALONE(Sqrt, squareRoot(t))
      NABLA_ALONE(Rsqrt, reciprocalRoot(t))
      NABLA_ALONE(Sign, signOf(t))
      NABLA_ALONE(Reciprocal, repeat(T(1)) / t)
      NABLA_ALONE(Relu, atLeast(t, zeroVector<T>()))
      NABLA_WITH(Load, x)
      NABLA_AT(Store) : {
        const Elements<T, kVectors, isWhole> elements(*step, first, left);
        NABLA_EACH_VECTOR elements.store(i, tile[i]);
        NABLA_NEXT;
      }
      NABLA_AT(LoadSquare) : {
        const Elements<T, kVectors, isWhole> elements(*step, first, left);
        NABLA_EACH_VECTOR {
          const Vector<T> x = elements.load(i);
          tile[i] = x * x;
        }
        NABLA_NEXT;
      }
      NABLA_STORING(Moved, x + (t - x) * number)
      NABLA_STORING(Mix, t * second + x * number)
      NABLA_STORING(Sum, t + x)
      NABLA_STORING(Rest, x - t)
      NABLA_AT(StoreTaken) : {
        const Elements<T, kVectors, isWhole> elements(*step, first, left);
        const Vector<T> factor = numberIn<T>(step->number);
        NABLA_EACH_VECTOR elements.store(i, elements.load(i) - tile[i] * factor);
        NABLA_NEXT;
      }
      NABLA_WITH(Add, t + x)
      NABLA_WITH(Sub, t - x)
      NABLA_WITH(SubFrom, x - t)
      NABLA_WITH(Mul, t * x)
      NABLA_WITH(Div, t / x)
      NABLA_WITH(DivInto, x / t)
      NABLA_WITH(Maximum, maximumOf(t, x))
      NABLA_WITH(MaximumFrom, maximumOf(x, t))
      NABLA_WITH(Minimum, minimumOf(t, x))
      NABLA_WITH(MinimumFrom, minimumOf(x, t))
      NABLA_WITH(AtLeast, atLeast(t, x))
      NABLA_WITH(AtMost, atMost(t, x))
      NABLA_WITH(WherePositive, wherePositive(x, t))
      NABLA_WITH(Positive, wherePositive(t, x))
      NABLA_AT(StoreNumber)
          : NABLA_AT(StoreScaled) : NABLA_AT(Keep) : NABLA_AT(Clip) : NABLA_AT(End) : continue;
    }
  }
  return first;
}

void run(const TileStep* steps, std::int64_t elements, DType dtype) {
  withFloat(dtype, [=](auto zero) {
    using T = decltype(zero);
    std::int64_t done = runTiles<T, kTileVectors, true>(steps, 0, elements);
    done = runTiles<T, kTileVectors / 3, true>(steps, done, elements);
    if (elements - done > kLanes<T>) {
      runTiles<T, kTileVectors / 3, false>(steps, done, elements);
    } else {
      runTiles<T, 1, false>(steps, done, elements);
    }
  });
}

void stretch(const View& x, const View& shape, std::int64_t begin, std::int64_t count, void* to) {
  const View* const in[] = {&x};
  const Walk<1> walk = broadcastWalk<1>(shape, in);
  const bool moves = walk.innerStride(0) != 0;
  withType(x.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* const from = x.as<T>();
    T* const y = static_cast<T*>(to);
    walk.forRuns({begin, begin + count},
                 [=](std::int64_t first, std::int64_t length, const std::int64_t* offsets) {
                   const T* const run = from + offsets[0];
                   T* const stretched = y + (first - begin);
                   if (moves) {
                     NABLA_SIMD
                     for (std::int64_t i = 0; i < length; i++) stretched[i] = run[i];
                   } else {
                     const T fixed = *run;
                     for (std::int64_t i = 0; i < length; i++) stretched[i] = fixed;
                   }
                 });
  });
}

}  // namespace

extern const TileKernels tiles;
const TileKernels tiles = {run, stretch};

}  // namespace nabla::NABLA_ISA
