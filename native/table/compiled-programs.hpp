// Programs of chains that are compiled as one loop each, which takes two thirds of the time of
// running them code by code: those of the optimizers, with the options that they have by default.
// Others run as well; a change of an optimizer's ops shows in the plan's listing, and changes its
// line here.
#pragma once

#include <vector>

#include "table/tiles.hpp"

namespace nabla {

// Codes in their order: DO(code), or IN(code, tile), whose operand is a tile of scratch.
#define NABLA_COMPILED_PROGRAMS(PROGRAM, DO, IN)                                                   \
  PROGRAM(AdamW, DO(Load), DO(SubScaled), IN(Store, 0), DO(Load), DO(StoreMoved), DO(LoadSquare),  \
          DO(StoreMoved), DO(Sqrt), DO(AddNumber), DO(DivIntoScaled), IN(SubFrom, 0), DO(Store))   \
  PROGRAM(AMSGrad, DO(Load), DO(StoreMoved), DO(LoadSquare), DO(StoreMoved), DO(MaximumFrom),      \
          DO(Store), DO(Sqrt), DO(AddNumber), DO(DivIntoScaled), DO(StoreRest))                    \
  PROGRAM(Nadam, DO(LoadSquare), DO(StoreMoved), DO(Sqrt), DO(AddNumber), IN(Store, 0), DO(Load),  \
          DO(StoreMoved), DO(MulNumber), DO(AddScaled), IN(Div, 0), DO(StoreRest))                 \
  PROGRAM(Adamax, DO(Load), DO(StoreMoved), DO(Load), DO(Abs), DO(MaximumFromScaled), DO(Store),   \
          DO(AddNumber), DO(DivIntoScaled), DO(StoreRest))                                         \
  PROGRAM(Adagrad, DO(LoadSquare), DO(StoreSum), DO(AddNumber), DO(Rsqrt), DO(MulScaled),          \
          DO(StoreRest))                                                                           \
  PROGRAM(Adadelta, DO(Load), DO(AddNumber), DO(Sqrt), IN(Store, 0), DO(LoadSquare), DO(StoreMix), \
          DO(AddNumber), DO(Rsqrt), IN(Mul, 0), DO(Mul), DO(StoreTaken), DO(Square), DO(StoreMix)) \
  PROGRAM(RMSprop, DO(LoadSquare), DO(StoreMix), DO(AddNumber), DO(Rsqrt), DO(MulScaled),          \
          DO(StoreRest))                                                                           \
  PROGRAM(RMSpropMomentum, DO(LoadSquare), DO(StoreMix), DO(AddNumber), DO(Rsqrt), DO(MulScaled),  \
          DO(AddScaled), DO(Store), DO(StoreRest))                                                 \
  PROGRAM(RMSpropCentered, DO(LoadSquare), DO(StoreMix), DO(LoadScaled), DO(AddScaled), DO(Store), \
          DO(Square), DO(SubFrom), DO(AddNumber), DO(Rsqrt), DO(MulScaled), DO(StoreRest))         \
  PROGRAM(RMSpropCenteredMomentum, DO(LoadSquare), DO(StoreMix), DO(LoadScaled), DO(AddScaled),    \
          DO(Store), DO(Square), DO(SubFrom), DO(AddNumber), DO(Rsqrt), DO(MulScaled),             \
          DO(AddScaled), DO(Store), DO(StoreRest))                                                 \
  PROGRAM(Ftrl, DO(Load), DO(Sqrt), IN(Store, 0), DO(LoadSquare), DO(StoreSum), DO(Sqrt),          \
          IN(Sub, 0), DO(MulNumber), DO(Mul), DO(SubFrom), DO(StoreSum), DO(Load), DO(Rsqrt),      \
          DO(MulScaled), DO(Store))                                                                \
  PROGRAM(Lion, DO(LoadScaled), DO(AddScaled), DO(Sign), DO(StoreTaken), DO(LoadScaled),           \
          DO(AddScaled), DO(Store))                                                                \
  PROGRAM(Lamb, DO(LoadSquare), DO(StoreMoved), DO(Sqrt), DO(AddNumber), IN(Store, 0), DO(Load),   \
          DO(StoreMoved), DO(MulNumber), IN(Div, 0), DO(Store))

/// Tiles of scratch that such a program has at most.
constexpr int kMostScratch = 1;

struct CompiledProgramCode {
  TileCode code;
  int scratch;  // tile that is its operand; -1 if none is
};

struct CompiledProgramRow {
  const char* name;
  std::vector<CompiledProgramCode> codes;
};

/// All of them, by their numbers.
inline const std::vector<CompiledProgramRow>& compiledPrograms() {
#define NABLA_DO(code) \
  { TileCode::code, -1 }
#define NABLA_IN(code, tile) \
  { TileCode::code, tile }
#define NABLA_PROGRAM(name, ...) {#name, {__VA_ARGS__}},
  static const std::vector<CompiledProgramRow> programs = {
      NABLA_COMPILED_PROGRAMS(NABLA_PROGRAM, NABLA_DO, NABLA_IN)};
#undef NABLA_DO
#undef NABLA_IN
#undef NABLA_PROGRAM
  return programs;
}

}  // namespace nabla
