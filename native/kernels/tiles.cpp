// Runs the programs of cheap steps that chains hold: a tile of values passes through all steps of
// one in registers, so that memory is touched once however many steps there are. Compiled without
// contraction.
#include "table/tiles.hpp"

#include "compiled-programs.hpp"
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
constexpr int kBytesAhead = 2048;

// Each step ends with a jump to the next one's code of its own, which processors foresee by the
// step that it comes from.
#if defined(__GNUC__)
#define NABLA_AT(code) at##code
#define NABLA_JUMP goto* kPlaces[static_cast<int>(step->code)]
#else
#define NABLA_AT(code) case TileCode::code
#define NABLA_JUMP goto next
#endif
#define NABLA_EACH_VECTOR NABLA_UNROLL for (int i = 0; i < kVectors; i++)

/// A tile of an operand; `left` counts the elements that are there, where they may be fewer.
template <typename T, int kVectors, bool isWhole>
class Elements {
 public:
  Elements(const TileStep& step, std::int64_t first, std::int64_t left)
      : from_(reinterpret_cast<T*>(step.data) + (first & step.mask)), left_(left) {}

  Vector<T> load(int i) const {
    if constexpr (isWhole) return loadVector(from_ + i * kLanes<T>);
    return loadUpTo(from_ + i * kLanes<T>, left_ - i * kLanes<T>);
  }
  void store(int i, Vector<T> x) const {
    if constexpr (isWhole) return storeVector(from_ + i * kLanes<T>, x);
    storeUpTo(from_ + i * kLanes<T>, x, left_ - i * kLanes<T>);
  }

  void fetchAhead() const {
    const T* const ahead = from_ + kBytesAhead / sizeof(T);
    NABLA_EACH_VECTOR {
      if (i * kVectorBytes % kCacheLine == 0) NABLA_PREFETCH(ahead + i * kLanes<T>);
    }
  }

 private:
  T* const from_;
  const std::int64_t left_;
};

/// What a code does to a tile, with its operand.
template <TileCode code, typename T, int kVectors, bool isWhole>
class TileStepOf {
 public:
  TileStepOf(const TileStep& step, std::int64_t first, std::int64_t left)
      : number_(numberIn<T>(step.number)),
        second_(numberIn<T>(step.second)),
        elements_(step, first, left) {
    if (isWhole && readsElements(code) && step.fetches) elements_.fetchAhead();
  }

  NABLA_INLINE Vector<T> run(Vector<T> t, int i) const {
    return applied<code>(
        t, number_, second_, [&] { return elements_.load(i); },
        [&](Vector<T> x) { elements_.store(i, x); });
  }

 private:
  const Vector<T> number_, second_;
  const Elements<T, kVectors, isWhole> elements_;
};

/// Codes of rows, or that no program has: nothing follows them.
constexpr bool endsProgram(TileCode code) {
  return code == TileCode::End || code == TileCode::Keep || code == TileCode::Clip ||
         code == TileCode::StoreNumber || code == TileCode::StoreScaled;
}

/// Runs a program over the elements from `first` to `end` in tiles of so many vectors, and tells
/// where it stopped: before a tile that is not whole, if all must be.
template <typename T, int kVectors, bool isWhole>
std::int64_t runTiles(const TileStep* steps, std::int64_t first, std::int64_t end) {
  constexpr std::int64_t kElements = kVectors * kLanes<T>;
#if defined(__GNUC__)
  static const void* const kPlaces[] = {
#define NABLA_PLACE(code) &&at##code,
#define NABLA_PLACES(code) &&at##code, &&at##code##Number, &&at##code##Scaled,
      NABLA_TILE_CODES(NABLA_PLACE, NABLA_PLACES, NABLA_PLACE)
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
#define NABLA_STEP(code)                                                              \
  NABLA_AT(code) : {                                                                  \
    if constexpr (endsProgram(TileCode::code)) continue;                              \
    const TileStepOf<TileCode::code, T, kVectors, isWhole> doing(*step, first, left); \
    NABLA_EACH_VECTOR tile[i] = doing.run(tile[i], i);                                \
    step++;                                                                           \
    NABLA_JUMP;                                                                       \
  }
#define NABLA_STEPS(code) NABLA_STEP(code) NABLA_STEP(code##Number) NABLA_STEP(code##Scaled)
      NABLA_TILE_CODES(NABLA_STEP, NABLA_STEPS, NABLA_STEP)
#undef NABLA_STEP
#undef NABLA_STEPS
    }
  }
  return first;
}

void run(const TileStep* steps, int compiled, std::int64_t elements, DType dtype) {
  withFloat(dtype, [=](auto zero) {
    using T = decltype(zero);
    std::int64_t done = 0;
    if (compiled >= 0) done = kCompiledPrograms<T>[compiled](steps, elements);
    done = runTiles<T, kTileVectors, true>(steps, done, elements);
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
