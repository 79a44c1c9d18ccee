// Reads the stream of numbers in which JavaScript describes steps and plans (see
// src/addon/native.ts).
#pragma once

#include <algorithm>
#include <cstddef>

#include "binding/handles.hpp"
#include "plan/graph.hpp"

namespace nabla {

/// A cursor over doubles that are meant to be integers. Reading past the end, or a value that is
/// no integer in the range asked for, makes the cursor bad, and it stays so.
class Words {
 public:
  Words(const double* data, std::size_t size) : data_(data), size_(size) {}

  bool bad() const { return bad_; }
  /// Room for `count` of what takes a word or more each: no more than there are words.
  std::size_t atMost(int count) const {
    return std::min(static_cast<std::size_t>(count), size_ - next_);
  }
  int integer(int low, int high);
  double number();
  /// dtype, rank, dims...: what a tensor can be. Sizes may be kUnknown where that is allowed.
  Type type(bool allowsUnknown = false);
  /// A number of values, or kNotGiven, and the values.
  void attribute(Attribute& attribute);

 private:
  const double* data_;
  std::size_t size_, next_ = 0;
  bool bad_ = false;
};

/// A plan: slots, steps and outputs. Every Held and Variable slot refers to its buffer. False when
/// the words are malformed or name a handle that is gone.
bool readGraph(Words words, const Handles& handles, Graph& graph);

}  // namespace nabla
