// Windows that slide over pictures, by plain loops.
#pragma once

#include "test/case.hpp"

namespace nabla::test {

/// Lists hold a number for each axis that windows slide along.
struct Sliding {
  std::int64_t batch;
  Dims in, kernel, strides, dilations, before, after;

  std::size_t axes() const { return in.size(); }

  /// Windows along each axis.
  Dims out() const {
    Dims sizes;
    for (std::size_t i = 0; i < axes(); i++) {
      const std::int64_t span = (kernel[i] - 1) * dilations[i] + 1;
      sizes.push_back((in[i] + before[i] + after[i] - span) / strides[i] + 1);
    }
    return sizes;
  }

  /// Shapes of pictures and of results.
  Dims pictures(std::int64_t channels) const { return joined(in, channels); }
  Dims results(std::int64_t channels) const { return joined(out(), channels); }

  /// strides, dilations, before, after
  Attributes attributes() const {
    return {listed(strides), listed(dilations), listed(before), listed(after)};
  }

 private:
  Dims joined(Dims dims, std::int64_t channels) const {
    dims.insert(dims.begin(), batch);
    dims.push_back(channels);
    return dims;
  }
};

inline Dims unravel(std::int64_t flat, const Dims& sizes) {
  Dims index(sizes.size());
  for (std::size_t axis = sizes.size(); axis-- > 0; flat /= sizes[axis]) {
    index[axis] = flat % sizes[axis];
  }
  return index;
}

/// Calls f(window, tap, place) for all that windows see of pictures, window by window; windows and
/// places are counted over the batch.
template <typename F>
void eachSight(const Sliding& shape, F f) {
  const std::int64_t windows = sizeOf(shape.out()), taps = sizeOf(shape.kernel);
  for (std::int64_t flat = 0; flat < shape.batch * windows * taps; flat++) {
    const std::int64_t tap = flat % taps, window = flat / taps;
    const Dims from = unravel(window % windows, shape.out()), step = unravel(tap, shape.kernel);
    std::int64_t place = window / windows;
    bool isInside = true;
    for (std::size_t i = 0; i < shape.axes(); i++) {
      const std::int64_t index =
          from[i] * shape.strides[i] + step[i] * shape.dilations[i] - shape.before[i];
      isInside = isInside && index >= 0 && index < shape.in[i];
      place = place * shape.in[i] + index;
    }
    if (isInside) f(window, tap, place);
  }
}

/// Draws of whole numbers.
class Lots {
 public:
  explicit Lots(std::uint64_t seed) : draws_(seed) {}

  /// From [low, high].
  std::int64_t draw(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(draws_.next() * static_cast<double>(high - low + 1));
  }

  /// Windows along one to three axes, with padding of less than `most` times their span.
  Sliding sliding(bool padsWidely) {
    Sliding result;
    result.batch = draw(1, 10);
    const std::int64_t axes = draw(1, 3);
    for (std::int64_t i = 0; i < axes; i++) {
      axis(result, axes == 1 ? 40 : axes == 2 ? 12 : 5, padsWidely);
    }
    return result;
  }

 private:
  void axis(Sliding& shape, std::int64_t largest, bool padsWidely) {
    const std::int64_t kernel = draw(1, 4), dilation = padsWidely ? draw(1, 2) : 1;
    const std::int64_t span = (kernel - 1) * dilation + 1;
    const std::int64_t most = draw(0, 1) == 0 ? 0 : padsWidely ? span : span - 1;
    shape.kernel.push_back(kernel);
    shape.dilations.push_back(dilation);
    shape.strides.push_back(draw(0, 2) == 0 ? draw(2, 3) : 1);
    shape.before.push_back(draw(0, most));
    shape.after.push_back(draw(0, most));
    const std::int64_t least = padsWidely ? span - shape.before.back() - shape.after.back() : span;
    shape.in.push_back(draw(least < 1 ? 1 : least, largest < span ? span : largest));
  }

  Draws draws_;
};

}  // namespace nabla::test
