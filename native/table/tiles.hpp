// What the cheap steps of a chain do on tiles: values that stay in registers from one step to the
// next. plan/tile-program.cpp writes such programs, kernels/tiles.cpp runs them.
#pragma once

#include "table/view.hpp"

namespace nabla {

/// Bytes of a tile, at most.
constexpr std::int64_t kTileBytes = 1536;

// What is done to the tile t, alone, or with an operand x: elements; a number, in the code of that
// name plus "Number"; or elements times a number, plus "Scaled". Merged ones do what several of
// these do, with elements.
#define NABLA_TILE_CODES(ALONE, WITH, MERGED)                                    \
  ALONE(End)                                                                     \
  ALONE(Neg)                                                                     \
  ALONE(Abs)                                                                     \
  ALONE(Square)                                                                  \
  ALONE(Sqrt)                                                                    \
  ALONE(Rsqrt)                                                                   \
  ALONE(Sign)                                                                    \
  ALONE(Reciprocal)                                                              \
  ALONE(Relu)                                                                    \
  WITH(Load)          /* x */                                                    \
  WITH(Store)         /* x = t; of elements alone */                             \
  WITH(Add)           /* t + x */                                                \
  WITH(Sub)           /* t - x */                                                \
  WITH(SubFrom)       /* x - t */                                                \
  WITH(Mul)           /* t * x */                                                \
  WITH(Div)           /* t / x */                                                \
  WITH(DivInto)       /* x / t */                                                \
  WITH(Maximum)       /* of t and x; with two zeros or NaNs the order decides */ \
  WITH(MaximumFrom)   /* of x and t */                                           \
  WITH(Minimum)       /* of t and x */                                           \
  WITH(MinimumFrom)   /* of x and t */                                           \
  WITH(AtLeast)       /* t < x ? x : t */                                        \
  WITH(AtMost)        /* t > x ? x : t */                                        \
  WITH(WherePositive) /* x > 0 ? t : 0 */                                        \
  WITH(Positive)      /* t > 0 ? x : 0 */                                        \
  ALONE(MulAdd)       /* t * number + second */                                  \
  MERGED(LoadSquare)  /* x * x; of elements */                                   \
  MERGED(StoreMoved)  /* x = x + (t - x) * number */                             \
  MERGED(StoreMix)    /* x = t * second + x * number */                          \
  MERGED(StoreSum)    /* x = t + x */                                            \
  MERGED(StoreRest)   /* x = x - t */                                            \
  MERGED(StoreTaken)  /* x = x - t * number; the tile keeps t */                 \
  /* Of rows alone: programs have other codes for them. */                       \
  ALONE(Keep) /* of an assignment's value */                                     \
  ALONE(Clip) /* AtLeast and AtMost by the step's attributes */

enum class TileCode : std::uint8_t {
#define NABLA_ALONE(code) code,
#define NABLA_WITH(code) code, code##Number, code##Scaled,
  NABLA_TILE_CODES(NABLA_ALONE, NABLA_WITH, NABLA_ALONE)
#undef NABLA_ALONE
#undef NABLA_WITH
};

/// The same with a number as operand.
constexpr TileCode withNumber(TileCode code) {
  return static_cast<TileCode>(static_cast<int>(code) + 1);
}

/// The same with elements times a number as operand.
constexpr TileCode withScaled(TileCode code) {
  return static_cast<TileCode>(static_cast<int>(code) + 2);
}

/// One step of a program; the last one's code is End.
struct TileStep {
  char* data;                 // elements that are the operand
  std::int64_t mask;          // -1; 0 where they are those of one tile, whichever it is
  alignas(8) char number[8];  // instead, or that they are multiplied by; of the program's dtype
  alignas(8) char second[8];  // likewise, of codes that have two
  TileCode code;
  bool fetches;  // reads its elements as the first of the program: fetches what lies ahead of them
};

/// What an instruction set gives to chains.
struct TileKernels {
  /// Runs a program over so many elements of a float dtype; `compiled` is its number among the
  /// programs of table/compiled-programs.hpp, or -1.
  void (*run)(const TileStep* steps, int compiled, std::int64_t elements, DType dtype);
  /// Writes the elements `begin`, `begin` + 1, ... of `x` stretched to `shape`.
  void (*stretch)(const View& x, const View& shape, std::int64_t begin, std::int64_t count,
                  void* to);
};

}  // namespace nabla
