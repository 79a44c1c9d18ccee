// Pictures seen through affine or projective maps: y at a place is x at the place that the map
// gives, interpolated.
#include <cmath>

#include "kernels.hpp"

namespace nabla::NABLA_ISA {
namespace {

// Attributes.
constexpr int kNearest = 0, kFillMode = 1, kFillValue = 2;

/// How places beyond the rim are filled; as src/ops/affine.ts numbers them.
enum class Fill { Constant, Nearest, Reflect, Wrap };
constexpr double kLastFill = 3;

/// Farther places than this are nowhere.
constexpr double kFarthest = 1e9;

/// Coefficients of a map: (x, y) -> (a0 x + a1 y + a2, b0 x + b1 y + b2) / (c0 x + c1 y + 1).
constexpr std::int64_t kCoefficients = 8;

struct Place {
  double x, y;
  bool isFinite;
};

template <typename T>
Place placeOf(const T* map, std::int64_t column, std::int64_t row) {
  const double x = static_cast<double>(column), y = static_cast<double>(row);
  const double scale = map[6] * x + map[7] * y + 1;
  const Place place{(map[0] * x + map[1] * y + map[2]) / scale,
                    (map[3] * x + map[4] * y + map[5]) / scale, false};
  return {place.x, place.y, std::fabs(place.x) < kFarthest && std::fabs(place.y) < kFarthest};
}

double clamped(double at, double last) { return at < 0 ? 0 : at > last ? last : at; }

/// at modulo length, in [0, length)
double modulo(double at, double length) { return at - length * std::floor(at / length); }

/// dcba|abcd|dcba, where each pixel reaches half a step to both sides of its place.
double reflected(double at, double length) {
  if (at >= 0 && at <= length - 1) return at;
  const double within = at < 0 ? modulo(-at - 1, 2 * length) : modulo(at, 2 * length);
  return clamped(within < length ? within : 2 * length - 1 - within, length - 1);
}

/// abcd|abcd|abcd. As Keras counts it on TensorFlow: a repetition is `length` wide, but as many are
/// taken off as there are widths of length - 1.
double wrapped(double at, double length) {
  if (length <= 1) return 0;
  const double last = length - 1;
  if (at < 0)
    at += length * (std::floor(-at / last) + 1);
  else if (at > last)
    at -= length * std::floor(at / last);
  return clamped(at, last);
}

/// The coordinate of the picture that stands for `at`, along an axis of `size` pixels.
double within(double at, std::int64_t size, Fill fill) {
  const double length = static_cast<double>(size);
  switch (fill) {
    case Fill::Nearest:
      return clamped(at, length - 1);
    case Fill::Reflect:
      return reflected(at, length);
    case Fill::Wrap:
      return wrapped(at, length);
    default:
      return at;
  }
}

/// One of the pixels that a place is interpolated of; -1: it lies outside.
struct Corner {
  std::int64_t pixel;
  double weight;
};

struct Sampler {
  std::int64_t height, width;
  bool nearest;
  Fill fill;

  explicit Sampler(const Operands& operands)
      : height(operands.output().dims[1]),
        width(operands.output().dims[2]),
        nearest(operands.flag(kNearest)),
        fill(static_cast<Fill>(static_cast<int>(operands.number(kFillMode)))) {}

  std::int64_t pixelAt(double row, double column) const {
    const std::int64_t y = static_cast<std::int64_t>(row), x = static_cast<std::int64_t>(column);
    return y >= 0 && y < height && x >= 0 && x < width ? y * width + x : -1;
  }

  /// The pixels that count for a place, and how much each does; returns how many there are.
  int corners(Place place, Corner* corner) const {
    if (!place.isFinite) {
      corner[0] = {-1, 1};
      return 1;
    }
    const double x = within(place.x, width, fill), y = within(place.y, height, fill);
    if (nearest) {
      corner[0] = {pixelAt(std::round(y), std::round(x)), 1};
      return 1;
    }
    const double left = std::floor(x), top = std::floor(y);
    const double across[2] = {left + 1 - x, x - left}, down[2] = {top + 1 - y, y - top};
    int count = 0;
    for (int i = 0; i < 4; i++) {
      const double weight = down[i / 2] * across[i % 2];
      if (weight != 0) corner[count++] = {pixelAt(top + i / 2, left + i % 2), weight};
    }
    return count;
  }
};

/// Calls f(element of the picture seen, corner) for all that each pixel of the part's pictures is
/// made of; elements count from that of the picture's first channel.
template <typename T, typename F>
void eachCorner(const Operands& operands, Part part, F f) {
  const View& y = operands.output();
  const Sampler sampler(operands);
  const T* const maps = operands.input(1).as<T>();
  const Range pictures = rowsOf(y.dims[0], part);
  Corner corner[4];
  for (std::int64_t picture = pictures.begin; picture < pictures.end; picture++) {
    const std::int64_t first = picture * sampler.height * sampler.width;
    for (std::int64_t pixel = 0; pixel < sampler.height * sampler.width; pixel++) {
      const Place place =
          placeOf(maps + picture * kCoefficients, pixel % sampler.width, pixel / sampler.width);
      const int count = sampler.corners(place, corner);
      for (int i = 0; i < count; i++) f(first, first + pixel, corner[i]);
    }
  }
}

template <typename T>
void clear(const View& y, Part part) {
  const Range own = elementsOf(y, part);
  for (std::int64_t i = own.begin; i < own.end; i++) y.as<T>()[i] = 0;
}

void transformKernel(const Operands& operands, Part part) {
  const View& y = operands.output();
  const std::int64_t channels = y.lastDim();
  withFloat(y.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* const x = operands.input(0).as<T>();
    const T fill = static_cast<T>(operands.number(kFillValue));
    clear<T>(y, part);
    eachCorner<T>(operands, part, [&](std::int64_t first, std::int64_t to, const Corner& corner) {
      T* const result = y.as<T>() + to * channels;
      const T weight = static_cast<T>(corner.weight);
      const T* const from = x + (first + corner.pixel) * channels;
      for (std::int64_t c = 0; c < channels; c++) {
        result[c] += weight * (corner.pixel < 0 ? fill : from[c]);
      }
    });
  });
}

void gradientKernel(const Operands& operands, Part part) {
  const View& dx = operands.output();
  const std::int64_t channels = dx.lastDim();
  withFloat(dx.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* const dy = operands.input(0).as<T>();
    clear<T>(dx, part);
    eachCorner<T>(operands, part, [&](std::int64_t first, std::int64_t to, const Corner& corner) {
      if (corner.pixel < 0) return;
      T* const target = dx.as<T>() + (first + corner.pixel) * channels;
      const T weight = static_cast<T>(corner.weight);
      for (std::int64_t c = 0; c < channels; c++) target[c] += weight * dy[to * channels + c];
    });
  });
}

// ---- rules

void affineRule(TypeQuery& query) {
  query.expectFloat(0);
  const Type& x = query.input(0);
  if (x.rank != 4) {
    query.fail(ErrorKind::Range,
               "expected [batch, height, width, channels] for x but received {0}");
  }
  Type maps;
  maps.dtype = x.dtype;
  maps.rank = 2;
  maps.dims[0] = x.dims[0];
  maps.dims[1] = kCoefficients;
  query.expectType(1, maps);
  const std::int64_t mode = query.integer(kFillMode);
  if (mode < 0 || static_cast<double>(mode) > kLastFill) {
    query.fail(ErrorKind::Range, "expected a fill mode from 0 to 3 but received {=%d}", kFillMode);
  }
  query.output() = x;
}

// ---- rows

constexpr OpRow kRows[] = {
    OpRow("affineTransform",
          "y = x [batch, height, width, channels] at the places that transforms [batch, 8] give "
          "for those of y; beyond the rim fillValue (fillMode 0), the nearest pixel (1), "
          "reflections (2) or repetitions (3)")
        .reads("x", Access::Rows)
        .reads("transforms", Access::Rows)
        .gives("y", Access::Rows)
        .flag("nearest")
        .number("fillMode")
        .number("fillValue")
        .costs(Cost::Functions)
        .rule(affineRule)
        .kernel(transformKernel),
    OpRow("affineTransformGrad",
          "dx = the gradient to affineTransform's x by that to its results dy; the value that "
          "fills has none")
        .reads("dy", Access::Rows)
        .reads("transforms", Access::Rows)
        .gives("dx", Access::Rows)
        .flag("nearest")
        .number("fillMode")
        .costs(Cost::Functions)
        .rule(affineRule)
        .kernel(gradientKernel),
};

}  // namespace

NABLA_FAMILY(affines, kRows);

}  // namespace nabla::NABLA_ISA
