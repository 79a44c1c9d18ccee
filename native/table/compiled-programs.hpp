// Programs of chains that are compiled as one loop each, which takes two thirds of the time of
// running them code by code: those of the optimizers, with the options that they have by default.
// Others run as well; a change of an optimizer's ops shows in the plan's listing, and changes its
// line here.
#pragma once

#include <vector>

#include "table/tiles.hpp"

namespace nabla {

/// What the codes of such a program work on: elements of different storages, and what the loop
/// keeps in a register alone.
enum CompiledOperand : int {
  kNothing = -1,
  w,  // the weight
  g,  // its gradient
  m,  // slots, in the order in which the program has them
  v,
  u,
  kept,
  kCompiledOperands
};

// Codes in their order: DO(code), or OF(code, operand).
#define NABLA_COMPILED_PROGRAMS(PROGRAM, DO, OF)                                                   \
  PROGRAM(AdamW, OF(Load, w), OF(SubScaled, w), OF(Store, kept), OF(Load, g), OF(StoreMoved, m),   \
          OF(LoadSquare, g), OF(StoreMoved, v), DO(Sqrt), DO(AddNumber), OF(DivIntoScaled, m),     \
          OF(SubFrom, kept), OF(Store, w))                                                         \
  PROGRAM(Adam, OF(Load, g), OF(StoreMoved, m), OF(LoadSquare, g), OF(StoreMoved, v), DO(Sqrt),    \
          DO(AddNumber), OF(DivIntoScaled, m), OF(StoreRest, w))                                   \
  PROGRAM(AMSGrad, OF(Load, g), OF(StoreMoved, m), OF(LoadSquare, g), OF(StoreMoved, v),           \
          OF(MaximumFrom, u), OF(Store, u), DO(Sqrt), DO(AddNumber), OF(DivIntoScaled, m),         \
          OF(StoreRest, w))                                                                        \
  PROGRAM(Nadam, OF(LoadSquare, g), OF(StoreMoved, v), DO(Sqrt), DO(AddNumber), OF(Store, kept),   \
          OF(Load, g), OF(StoreMoved, m), DO(MulNumber), OF(AddScaled, g), OF(Div, kept),          \
          OF(StoreRest, w))                                                                        \
  PROGRAM(Adamax, OF(Load, g), OF(StoreMoved, m), OF(Load, g), DO(Abs), OF(MaximumFromScaled, u),  \
          OF(Store, u), DO(AddNumber), OF(DivIntoScaled, m), OF(StoreRest, w))                     \
  PROGRAM(Adagrad, OF(LoadSquare, g), OF(StoreSum, v), DO(AddNumber), DO(Rsqrt), OF(MulScaled, g), \
          OF(StoreRest, w))                                                                        \
  PROGRAM(Adadelta, OF(Load, u), DO(AddNumber), DO(Sqrt), OF(Store, kept), OF(LoadSquare, g),      \
          OF(StoreMix, v), DO(AddNumber), DO(Rsqrt), OF(Mul, kept), OF(Mul, g), OF(StoreTaken, w), \
          DO(Square), OF(StoreMix, u))                                                             \
  PROGRAM(RMSprop, OF(LoadSquare, g), OF(StoreMix, v), DO(AddNumber), DO(Rsqrt), OF(MulScaled, g), \
          OF(StoreRest, w))                                                                        \
  PROGRAM(RMSpropMomentum, OF(LoadSquare, g), OF(StoreMix, v), DO(AddNumber), DO(Rsqrt),           \
          OF(MulScaled, g), OF(AddScaled, m), OF(Store, m), OF(StoreRest, w))                      \
  PROGRAM(RMSpropCentered, OF(LoadSquare, g), OF(StoreMix, v), OF(LoadScaled, u),                  \
          OF(AddScaled, g), OF(Store, u), DO(Square), OF(SubFrom, v), DO(AddNumber), DO(Rsqrt),    \
          OF(MulScaled, g), OF(StoreRest, w))                                                      \
  PROGRAM(RMSpropCenteredMomentum, OF(LoadSquare, g), OF(StoreMix, v), OF(LoadScaled, u),          \
          OF(AddScaled, g), OF(Store, u), DO(Square), OF(SubFrom, v), DO(AddNumber), DO(Rsqrt),    \
          OF(MulScaled, g), OF(AddScaled, m), OF(Store, m), OF(StoreRest, w))                      \
  PROGRAM(Ftrl, OF(Load, v), DO(Sqrt), OF(Store, kept), OF(LoadSquare, g), OF(StoreSum, v),        \
          DO(Sqrt), OF(Sub, kept), DO(MulNumber), OF(Mul, w), OF(SubFrom, g), OF(StoreSum, m),     \
          OF(Load, v), DO(Rsqrt), OF(MulScaled, m), OF(Store, w))                                  \
  PROGRAM(Lion, OF(LoadScaled, m), OF(AddScaled, g), DO(Sign), OF(StoreTaken, w),                  \
          OF(LoadScaled, m), OF(AddScaled, g), OF(Store, m))                                       \
  PROGRAM(Lamb, OF(Load, v), DO(Sqrt), DO(AddNumber), OF(DivIntoScaled, m), OF(StoreRest, w))

struct CompiledProgramCode {
  TileCode code;
  CompiledOperand of;
};

struct CompiledProgramRow {
  const char* name;
  std::vector<CompiledProgramCode> codes;
};

/// All of them, by their numbers.
inline const std::vector<CompiledProgramRow>& compiledPrograms() {
#define NABLA_DO(code) \
  { TileCode::code, kNothing }
#define NABLA_OF(code, operand) \
  { TileCode::code, operand }
#define NABLA_PROGRAM(name, ...) {#name, {__VA_ARGS__}},
  static const std::vector<CompiledProgramRow> programs = {
      NABLA_COMPILED_PROGRAMS(NABLA_PROGRAM, NABLA_DO, NABLA_OF)};
#undef NABLA_DO
#undef NABLA_OF
#undef NABLA_PROGRAM
  return programs;
}

}  // namespace nabla
