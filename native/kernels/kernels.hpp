// What the families of ops share. A family is a file here: rows of the op table, each beside its
// type rule and its kernel (see table/row.hpp). families.def names it.
//
// Every file here is compiled once for each instruction set, into namespace nabla::NABLA_ISA.
// Two rules keep the variants apart: helpers live in that namespace (or are macros), and no
// template of the standard library that could be emitted out of line is used, since the linker
// would keep a single copy of it for all variants. Rules call what is compiled once, in
// table/type-query.cpp.
#pragma once

#include "table/row.hpp"
#include "table/type-query.hpp"

#ifndef NABLA_ISA
#error "NABLA_ISA names the instruction set that the kernels are compiled for"
#endif

// Before a loop whose iterations do not depend on each other.
#if defined(_MSC_VER) && !defined(__clang__)
#define NABLA_SIMD __pragma(loop(ivdep))
#define NABLA_SIMD_REDUCE(clause)
#else
#define NABLA_PRAGMA(text) _Pragma(#text)
#define NABLA_SIMD NABLA_PRAGMA(omp simd)
// Before a loop that reduces: several accumulators, combined at its end. "clause" is OpenMP's.
#define NABLA_SIMD_REDUCE(clause) NABLA_PRAGMA(omp simd reduction(clause))
#endif

namespace nabla::NABLA_ISA {

/// Declares the rows of a family, for families.cpp; defines them from a constant array of rows.
#define NABLA_FAMILY(name, rows) \
  extern const Family name;      \
  const Family name = {rows, static_cast<int>(sizeof rows / sizeof rows[0])}

/// Calls `f` with a zero of the element type.
template <typename F>
inline void withType(DType dtype, F&& f) {
  switch (dtype) {
    case DType::Float32:
      return f(float{});
    case DType::Float64:
      return f(double{});
    case DType::Int32:
      return f(std::int32_t{});
    case DType::Uint8:
      return f(std::uint8_t{});
  }
}

/// Likewise for what `isFloat` holds of.
template <typename F>
inline void withFloat(DType dtype, F&& f) {
  if (dtype == DType::Float32) return f(float{});
  f(double{});
}

/// Likewise for float32, float64 and int32.
template <typename F>
inline void withNumeric(DType dtype, F&& f) {
  if (dtype == DType::Int32) return f(std::int32_t{});
  withFloat(dtype, f);
}

/// The flat elements of `part` when a view is cut along its leading axis. Every kernel cuts by this
/// rule, so that a part of one step reads what the same part of another step wrote.
inline Range elementsOf(const View& view, Part part) {
  const std::int64_t rows = view.rank == 0 ? 1 : view.dims[0];
  const std::int64_t rowSize = rows == 0 ? 0 : view.size / rows;
  const Range range = rowsOf(rows, part);
  return {range.begin * rowSize, range.end * rowSize};
}

/// A scalar of either float dtype.
inline double scalarOf(const View& view) {
  return view.dtype == DType::Float32 ? static_cast<double>(*view.as<float>()) : *view.as<double>();
}

/// Sums, differences and products of integers wrap around: they are taken modulo 2^32.
template <typename T>
struct Arithmetic {
  static T add(T a, T b) { return a + b; }
  static T sub(T a, T b) { return a - b; }
  static T mul(T a, T b) { return a * b; }
};

template <>
struct Arithmetic<std::int32_t> {
  static std::int32_t add(std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
  }
  static std::int32_t sub(std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) - static_cast<std::uint32_t>(b));
  }
  static std::int32_t mul(std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) * static_cast<std::uint32_t>(b));
  }
};

}  // namespace nabla::NABLA_ISA
