// The programs of table/compiled-programs.hpp, each as one loop over registers: all streams move
// together, as the processor's own fetching ahead likes them. A round loads all its elements before
// it stores any: processors let loads wait for stores to what may be the same place.
#pragma once

#include <utility>

#include "table/compiled-programs.hpp"
#include "tile-codes.hpp"

namespace nabla::NABLA_ISA {

/// A code of a program, and the number of what it works on; -1 if it has nothing.
template <TileCode code_, CompiledOperand of_>
struct Does {
  static_assert(code_ != TileCode::MaximumNumber && code_ != TileCode::MinimumNumber,
                "a number that is none changes these codes when they run");
  static constexpr TileCode code = code_;
  static constexpr int of = static_cast<int>(of_);
};

constexpr int kKept = static_cast<int>(CompiledOperand::Kept);

/// A round needs the elements that a program reads before it writes them.
template <typename... Codes>
constexpr bool loads(int operand) {
  bool isKnown = operand == kKept, reads = false;
  const auto see = [&](TileCode code, int of) {
    if (isKnown || of != operand) return;
    isKnown = true;
    reads = readsElements(code);
  };
  (see(Codes::code, Codes::of), ...);
  return reads;
}

template <typename... Codes>
constexpr bool stores(int operand) {
  return operand != kKept && ((Codes::of == operand && writesElements(Codes::code)) || ...);
}

/// Roots take longer than memory does: a round of two has time to fetch what lies further ahead
/// than processors fetch by themselves, which helps where other cores slow the last cache.
template <typename... Codes>
constexpr bool fetches() {
  return (0 + ... + (Codes::code == TileCode::Sqrt || Codes::code == TileCode::Rsqrt ? 1 : 0)) > 1;
}

constexpr std::int64_t kBytesAhead = 6144;

template <typename T, typename... Codes>
class CompiledProgram {
  using Places = std::index_sequence_for<Codes...>;
  using Operands = std::make_index_sequence<kCompiledOperands>;

 public:
  explicit CompiledProgram(const TileStep* steps) { read(steps, Places()); }

  /// A round, of the elements that fill a register from `first` on.
  NABLA_INLINE void run(std::int64_t first) const { run(first, Places(), Operands()); }

 private:
  template <std::size_t... place>
  void read(const TileStep* steps, std::index_sequence<place...>) {
    const auto take = [&](std::size_t i, int of) {
      numbers_[i] = numberIn<T>(steps[i].number);
      seconds_[i] = numberIn<T>(steps[i].second);
      if (of >= 0) elements_[of] = reinterpret_cast<T*>(steps[i].data);
    };
    (take(place, Codes::of), ...);
  }

  template <std::size_t... place, std::size_t... operand>
  NABLA_INLINE void run(std::int64_t first, std::index_sequence<place...>,
                        std::index_sequence<operand...>) const {
    Vector<T> values[kCompiledOperands], t = zeroVector<T>();
    if constexpr (fetches<Codes...>()) (fetch<operand>(first), ...);
    (load<operand>(values, first), ...);
    ((t = done<Codes>(t, values, place)), ...);
    (store<operand>(values, first), ...);
  }

  template <int operand>
  NABLA_INLINE void fetch(std::int64_t first) const {
    if constexpr (loads<Codes...>(operand)) {
      constexpr auto kAhead = kBytesAhead / static_cast<std::int64_t>(sizeof(T));
      NABLA_PREFETCH(elements_[operand] + first + kAhead);
    }
  }

  template <int operand>
  NABLA_INLINE void load(Vector<T>* values, std::int64_t first) const {
    if constexpr (loads<Codes...>(operand))
      values[operand] = loadVector(elements_[operand] + first);
  }

  template <int operand>
  NABLA_INLINE void store(const Vector<T>* values, std::int64_t first) const {
    if constexpr (stores<Codes...>(operand))
      storeVector(elements_[operand] + first, values[operand]);
  }

  template <typename Code>
  NABLA_INLINE Vector<T> done(Vector<T> t, Vector<T>* values, std::size_t place) const {
    return applied<Code::code>(
        t, numbers_[place], seconds_[place], [=] { return values[Code::of]; },
        [=](Vector<T> y) { values[Code::of] = y; });
  }

  T* elements_[kCompiledOperands] = {};
  Vector<T> numbers_[sizeof...(Codes)], seconds_[sizeof...(Codes)];
};

/// Runs a program over all elements that fill registers, and tells how many these are.
template <typename T, typename... Codes>
std::int64_t runCompiled(const TileStep* steps, std::int64_t elements) {
  const CompiledProgram<T, Codes...> program(steps);
  std::int64_t first = 0;
  for (; first + kLanes<T> <= elements; first += kLanes<T>) program.run(first);
  return first;
}

#define NABLA_DO(code) Does<TileCode::code, CompiledOperand::None>
#define NABLA_OF(code, operand) Does<TileCode::code, CompiledOperand::operand>
#define NABLA_PROGRAM(name, ...) runCompiled<T, __VA_ARGS__>,
/// By the numbers of programs.
template <typename T>
constexpr std::int64_t (*kCompiledPrograms[])(const TileStep*, std::int64_t) = {
    NABLA_COMPILED_PROGRAMS(NABLA_PROGRAM, NABLA_DO, NABLA_OF)};
#undef NABLA_DO
#undef NABLA_OF
#undef NABLA_PROGRAM

}  // namespace nabla::NABLA_ISA
