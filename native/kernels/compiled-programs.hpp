// The programs of table/compiled-programs.hpp, each as one loop over registers: all streams move
// together, as the processor's own fetching ahead likes them, and scratch stays in registers.
#pragma once

#include "table/compiled-programs.hpp"
#include "tile-codes.hpp"

namespace nabla::NABLA_ISA {

/// A code of a program; `scratch` is the tile of scratch that is its operand, or -1.
template <TileCode code, int scratch>
struct Does {
  template <typename T>
  class Step {
   public:
    explicit Step(const TileStep& step)
        : elements_(reinterpret_cast<T*>(step.data)),
          number_(numberIn<T>(step.number)),
          second_(numberIn<T>(step.second)) {}

    /// Does it to the t of the elements at `first`.
    NABLA_INLINE Vector<T> run(Vector<T> t, Vector<T>* kept, std::int64_t first) const {
      return applied<code>(
          t, number_, second_,
          [&] {
            if constexpr (scratch >= 0) return kept[scratch];
            return loadVector(elements_ + first);
          },
          [&](Vector<T> y) {
            if constexpr (scratch >= 0) {
              kept[scratch] = y;
            } else {
              storeVector(elements_ + first, y);
            }
          });
    }

   private:
    T* const elements_;
    const Vector<T> number_, second_;
  };
};

template <typename T, typename... Codes>
struct CompiledProgram {
  explicit CompiledProgram(const TileStep*) {}
  NABLA_INLINE void run(Vector<T>, Vector<T>*, std::int64_t) const {}
};

template <typename T, typename Code, typename... Codes>
struct CompiledProgram<T, Code, Codes...> {
  explicit CompiledProgram(const TileStep* steps) : step(steps[0]), rest(steps + 1) {}

  NABLA_INLINE void run(Vector<T> t, Vector<T>* kept, std::int64_t first) const {
    rest.run(step.run(t, kept, first), kept, first);
  }

  const typename Code::template Step<T> step;
  const CompiledProgram<T, Codes...> rest;
};

/// Runs a program over all elements that fill registers, and tells how many these are.
template <typename T, typename... Codes>
std::int64_t runCompiled(const TileStep* steps, std::int64_t elements) {
  const CompiledProgram<T, Codes...> program(steps);
  std::int64_t first = 0;
  for (; first + kLanes<T> <= elements; first += kLanes<T>) {
    Vector<T> kept[kMostScratch];
    program.run(zeroVector<T>(), kept, first);
  }
  return first;
}

#define NABLA_DO(code) Does<TileCode::code, -1>
#define NABLA_IN(code, tile) Does<TileCode::code, tile>
#define NABLA_PROGRAM(name, ...) runCompiled<T, __VA_ARGS__>,
/// By the numbers of programs.
template <typename T>
constexpr std::int64_t (*kCompiledPrograms[])(const TileStep*, std::int64_t) = {
    NABLA_COMPILED_PROGRAMS(NABLA_PROGRAM, NABLA_DO, NABLA_IN)};
#undef NABLA_DO
#undef NABLA_IN
#undef NABLA_PROGRAM

}  // namespace nabla::NABLA_ISA
