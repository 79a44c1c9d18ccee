// Walks a contiguous output together with operands whose axes have strides of their own: 0 where
// an operand is stretched, any order where it is transposed.
#pragma once

#include "kernels.hpp"

namespace nabla::NABLA_ISA {

/// `N` operands over the axes of an output. Axes of size 1 are dropped and neighbours that every
/// operand passes through in one stride are merged, so that usually one or two axes remain.
template <int N>
struct Walk {
  int rank = 0;
  std::int64_t dims[kMaxRank] = {};
  std::int64_t strides[N][kMaxRank] = {};
  std::int64_t start[N] = {};  // offsets of the first element

  /// Appends an axis inside of those added so far.
  void addAxis(std::int64_t dim, const std::int64_t (&stride)[N]) {
    if (dim == 1) return;
    bool merges = rank > 0;
    for (int n = 0; n < N && merges; n++) merges = strides[n][rank - 1] == stride[n] * dim;
    if (!merges) {
      dims[rank] = 1;
      rank++;
    }
    dims[rank - 1] *= dim;
    for (int n = 0; n < N; n++) strides[n][rank - 1] = stride[n];
  }

  /// Calls f(first, length, offsets) for runs along the last axis that cover the output's elements
  /// in `range`: its elements first, first + 1, ..., and the operands' offsets at the run's start;
  /// from there operand n advances by innerStride(n).
  template <typename F>
  void forRuns(Range range, F&& f) const {
    if (range.begin >= range.end) return;
    const std::int64_t inner = rank == 0 ? 1 : dims[rank - 1];
    std::int64_t at[kMaxRank] = {};
    std::int64_t offsets[N];
    for (int n = 0; n < N; n++) offsets[n] = start[n];
    std::int64_t rest = range.begin;
    for (int axis = rank - 1; axis >= 0; axis--) {
      at[axis] = rest % dims[axis];
      rest /= dims[axis];
      for (int n = 0; n < N; n++) offsets[n] += at[axis] * strides[n][axis];
    }
    std::int64_t first = range.begin;
    while (true) {
      const std::int64_t begun = rank == 0 ? 0 : at[rank - 1];
      const std::int64_t left = range.end - first;
      const std::int64_t length = inner - begun < left ? inner - begun : left;
      f(first, length, static_cast<const std::int64_t*>(offsets));
      first += length;
      if (first >= range.end) return;
      // Here the run has reached the last axis' end: back to its begin, and on along the others.
      for (int n = 0; n < N; n++) offsets[n] -= begun * strides[n][rank - 1];
      at[rank - 1] = 0;
      for (int axis = rank - 2;; axis--) {
        at[axis]++;
        for (int n = 0; n < N; n++) offsets[n] += strides[n][axis];
        if (at[axis] < dims[axis]) break;
        for (int n = 0; n < N; n++) offsets[n] -= dims[axis] * strides[n][axis];
        at[axis] = 0;
      }
    }
  }

  std::int64_t innerStride(int n) const { return rank == 0 ? 0 : strides[n][rank - 1]; }
};

/// The inputs stretched to the output by broadcasting. The output must not be empty. The last
/// axis has stride 0 or 1 in every operand, since all are contiguous.
template <int N>
inline Walk<N> broadcastWalk(const View& y, const View* const* in) {
  std::int64_t strides[kMaxRank][N];
  std::int64_t next[N];
  for (int n = 0; n < N; n++) next[n] = 1;
  for (int axis = y.rank - 1; axis >= 0; axis--) {
    for (int n = 0; n < N; n++) {
      const int own = axis - (y.rank - in[n]->rank);
      const std::int64_t dim = own < 0 ? 1 : in[n]->dims[own];
      strides[axis][n] = dim == 1 ? 0 : next[n];
      next[n] *= dim;
    }
  }
  Walk<N> walk;
  for (int axis = 0; axis < y.rank; axis++) walk.addAxis(y.dims[axis], strides[axis]);
  return walk;
}

}  // namespace nabla::NABLA_ISA
