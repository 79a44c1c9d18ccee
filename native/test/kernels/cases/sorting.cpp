// The greatest along the last axis.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "test/case.hpp"

namespace nabla::test {
namespace {

Case topKCase(DType dtype, const Dims& dims, std::int64_t k) {
  Dims result = dims;
  result.back() = k;
  Operand x = uniform(dtype, dims, 0, 9);  // integers: many are equal
  if (isFloat(dtype) && x.values.size() > 2) x.values[2] = NAN;
  return {"topK", {x}, {double(k)}, {dtype, result}, [=](const std::vector<Values>& in) {
            Values values, indices;
            const std::size_t n = at(dims.back());
            for (std::size_t row = 0; n > 0 && row < in[0].size(); row += n) {
              std::vector<std::size_t> order(n);
              std::iota(order.begin(), order.end(), std::size_t{0});
              auto rank = [&](std::size_t i) {
                return std::isnan(in[0][row + i]) ? INFINITY : in[0][row + i];
              };
              std::stable_sort(order.begin(), order.end(),
                               [&](std::size_t a, std::size_t b) { return rank(a) > rank(b); });
              for (std::size_t i = 0; i < at(k); i++) {
                values.push_back(in[0][row + order[i]]);
                indices.push_back(static_cast<double>(order[i]));
              }
            }
            return std::vector<Values>{values, indices};
          }};
}

}  // namespace

Cases sortingCases() {
  Cases cases;
  const Dims shapes[] = {{1}, {17}, {3, 17}, {17, 3}, {2, 3, 5}, {0, 4}, {5, 0}, {9, 113}};
  for (const Dims& dims : shapes) {
    for (DType dtype : kAll) {
      for (std::int64_t k : {std::int64_t{0}, std::int64_t{1}, dims.back() / 2, dims.back()}) {
        if (k <= dims.back()) cases.push_back(topKCase(dtype, dims, k));
      }
    }
  }
  return cases;
}

}  // namespace nabla::test
