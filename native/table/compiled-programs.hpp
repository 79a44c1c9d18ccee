// Programs of chains that are compiled as one loop each, which takes two thirds of the time of
// running them code by code: those of the optimizers, with the options that they have by default;
// of LAMB what follows its sums.
// Others run as well; a change of an optimizer's ops shows in the plan's listing, and changes its
// line here.
#pragma once

#include <vector>

#include "table/tiles.hpp"

namespace nabla {

/// What the codes of such a program work on: elements of different storages, and what the loop
/// keeps in a register alone.
enum class CompiledOperand : int {
  None = -1,
  W,  // the weight
  G,  // its gradient
  M,  // slots
  V,
  U,
  Kept,
};

constexpr int kCompiledOperands = static_cast<int>(CompiledOperand::Kept) + 1;

// Codes in their order: DO(code), or OF(code, operand).
#define NABLA_COMPILED_PROGRAMS(PROGRAM, DO, OF)                                                   \
  PROGRAM(AdamW, OF(Load, W), OF(SubScaled, W), OF(Store, Kept), OF(Load, G), OF(StoreMoved, M),   \
          OF(LoadSquare, G), OF(StoreMoved, V), DO(Sqrt), DO(AddNumber), OF(DivIntoScaled, M),     \
          OF(SubFrom, Kept), OF(Store, W))                                                         \
  PROGRAM(Adam, OF(Load, G), OF(StoreMoved, M), OF(LoadSquare, G), OF(StoreMoved, V), DO(Sqrt),    \
          DO(AddNumber), OF(DivIntoScaled, M), OF(StoreRest, W))                                   \
  PROGRAM(AMSGrad, OF(Load, G), OF(StoreMoved, M), OF(LoadSquare, G), OF(StoreMoved, V),           \
          OF(MaximumFrom, U), OF(Store, U), DO(Sqrt), DO(AddNumber), OF(DivIntoScaled, M),         \
          OF(StoreRest, W))                                                                        \
  PROGRAM(Nadam, OF(LoadSquare, G), OF(StoreMoved, V), DO(Sqrt), DO(AddNumber), OF(Store, Kept),   \
          OF(Load, G), OF(StoreMoved, M), DO(MulNumber), OF(AddScaled, G), OF(Div, Kept),          \
          OF(StoreRest, W))                                                                        \
  PROGRAM(Adamax, OF(Load, G), OF(StoreMoved, M), OF(Load, G), DO(Abs), OF(MaximumFromScaled, U),  \
          OF(Store, U), DO(AddNumber), OF(DivIntoScaled, M), OF(StoreRest, W))                     \
  PROGRAM(Adagrad, OF(LoadSquare, G), OF(StoreSum, V), DO(AddNumber), DO(Rsqrt), OF(MulScaled, G), \
          OF(StoreRest, W))                                                                        \
  PROGRAM(Adadelta, OF(Load, U), DO(AddNumber), DO(Sqrt), OF(Mul, G), OF(Store, Kept),             \
          OF(LoadSquare, G), OF(StoreMix, V), DO(AddNumber), DO(Rsqrt), OF(Mul, Kept),             \
          OF(StoreTaken, W), DO(Square), OF(StoreMix, U))                                          \
  PROGRAM(RMSprop, OF(LoadSquare, G), OF(StoreMix, V), DO(AddNumber), DO(Rsqrt), OF(MulScaled, G), \
          OF(StoreRest, W))                                                                        \
  PROGRAM(RMSpropMomentum, OF(LoadSquare, G), OF(StoreMix, V), DO(AddNumber), DO(Rsqrt),           \
          OF(MulScaled, G), OF(AddScaled, M), OF(Store, M), OF(StoreRest, W))                      \
  PROGRAM(RMSpropCentered, OF(LoadSquare, G), OF(StoreMix, V), OF(LoadScaled, U),                  \
          OF(AddScaled, G), OF(Store, U), DO(Square), OF(SubFrom, V), DO(AddNumber), DO(Rsqrt),    \
          OF(MulScaled, G), OF(StoreRest, W))                                                      \
  PROGRAM(RMSpropCenteredMomentum, OF(LoadSquare, G), OF(StoreMix, V), OF(LoadScaled, U),          \
          OF(AddScaled, G), OF(Store, U), DO(Square), OF(SubFrom, V), DO(AddNumber), DO(Rsqrt),    \
          OF(MulScaled, G), OF(AddScaled, M), OF(Store, M), OF(StoreRest, W))                      \
  PROGRAM(Ftrl, OF(Load, V), DO(Sqrt), OF(Store, Kept), OF(LoadSquare, G), OF(StoreSum, V),        \
          DO(Sqrt), OF(Sub, Kept), OF(MulScaled, W), OF(SubFrom, G), OF(StoreSum, M), OF(Load, V), \
          DO(Rsqrt), DO(MulNumber), OF(Mul, M), OF(Store, W))                                      \
  PROGRAM(Lion, OF(LoadScaled, M), OF(AddScaled, G), DO(Sign), OF(StoreTaken, W),                  \
          OF(LoadScaled, M), OF(AddScaled, G), OF(Store, M))                                       \
  PROGRAM(LambChange, OF(Load, V), DO(Sqrt), DO(AddNumber), OF(DivIntoScaled, M), OF(StoreRest, W))

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
  { TileCode::code, CompiledOperand::None }
#define NABLA_OF(code, operand) \
  { TileCode::code, CompiledOperand::operand }
#define NABLA_PROGRAM(name, ...) {#name, {__VA_ARGS__}},
  static const std::vector<CompiledProgramRow> programs = {
      NABLA_COMPILED_PROGRAMS(NABLA_PROGRAM, NABLA_DO, NABLA_OF)};
#undef NABLA_DO
#undef NABLA_OF
#undef NABLA_PROGRAM
  return programs;
}

}  // namespace nabla
