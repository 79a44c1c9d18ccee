// A list for each storage of a graph.
#pragma once

#include <cstddef>
#include <vector>

namespace nabla::passes {

/// Short lists by root, all in one piece of memory.
template <typename T>
class ListsByRoot {
 public:
  /// @param most about as many elements as all lists will have
  ListsByRoot(std::size_t roots, std::size_t most) : firsts_(roots, kEnd) { links_.reserve(most); }

  void add(int root, const T& value) {
    int& first = firsts_[static_cast<std::size_t>(root)];
    links_.push_back({value, first});
    first = static_cast<int>(links_.size()) - 1;
  }

  /// The first element that `f` is true of, latest first; null if there is none.
  template <typename F>
  T* find(int root, F f) {
    for (int i = firsts_[static_cast<std::size_t>(root)]; i != kEnd; i = at(i).next) {
      if (f(at(i).value)) return &at(i).value;
    }
    return nullptr;
  }

  template <typename F>
  void forEach(int root, F f) const {
    for (int i = firsts_[static_cast<std::size_t>(root)]; i != kEnd;) {
      const Link& link = links_[static_cast<std::size_t>(i)];
      f(link.value);
      i = link.next;
    }
  }

 private:
  static constexpr int kEnd = -1;

  struct Link {
    T value;
    int next;
  };

  Link& at(int i) { return links_[static_cast<std::size_t>(i)]; }

  std::vector<int> firsts_;
  std::vector<Link> links_;
};

}  // namespace nabla::passes
