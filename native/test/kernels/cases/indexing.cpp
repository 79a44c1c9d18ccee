// Gather, scatter and one-hot along the first axis.

#include "test/case.hpp"

namespace nabla::test {
namespace {

struct Rows {
  Dims table, indices;
};

const std::vector<Rows>& shapes() {
  static const std::vector<Rows> list = {
      {{1}, {1}},     {{17}, {3}},      {{17, 3}, {}},     {{17, 3}, {1}},   {{17, 3}, {1000}},
      {{3, 17}, {7}}, {{5, 2, 3}, {4}}, {{17, 3}, {2, 3}}, {{4, 784}, {32}}, {{17, 3}, {0}},
      {{5, 0}, {3}},  {{0, 3}, {0}},    {{6}, {}},         {{7}, {3, 1, 5}},
  };
  return list;
}

Operand indicesBelow(std::int64_t limit, const Dims& dims) {
  return uniform(DType::Int32, dims, 0, static_cast<double>(limit), 2);
}

/// [...indices, ...row]
Dims gathered(const Rows& rows) {
  Dims dims = rows.indices;
  dims.insert(dims.end(), rows.table.begin() + 1, rows.table.end());
  return dims;
}

std::int64_t rowSize(const Rows& rows) {
  return sizeOf(Dims(rows.table.begin() + 1, rows.table.end()));
}

/// The chosen rows, each element as scale * x + offset.
Reference chosenRows(const Rows& rows, double scale, double offset) {
  return [=](const std::vector<Values>& in) {
    Values y;
    const std::int64_t n = rowSize(rows);
    for (double index : in[1]) {
      for (std::int64_t k = 0; k < n; k++) {
        y.push_back(in[0][at(static_cast<std::int64_t>(index) * n + k)] * scale + offset);
      }
    }
    return std::vector<Values>{y};
  };
}

/// Likewise, each row cut into shares that lie apart: [shares, rows, row size / shares].
Reference chosenColumns(const Rows& rows, std::int64_t shares, double scale, double offset) {
  const Reference whole = chosenRows(rows, scale, offset);
  return [=](const std::vector<Values>& in) {
    const Values chosen = whole(in)[0];
    const std::int64_t n = rowSize(rows), width = n / shares;
    Values y;
    for (std::int64_t share = 0; share < shares; share++) {
      for (std::int64_t row = 0; row < rows.indices[0]; row++) {
        for (std::int64_t k = 0; k < width; k++)
          y.push_back(chosen[at(row * n + share * width + k)]);
      }
    }
    return std::vector<Values>{y};
  };
}

Cases columnsCases(const Rows& rows, const Operand& table, const Operand& indices, DType to) {
  Cases cases;
  for (std::int64_t shares : {1, 2, 3, 8}) {
    if (rowSize(rows) % shares != 0) continue;
    cases.push_back({"gatherColumns",
                     {table, indices},
                     {0.5, -2, double(shares), double(rows.indices[0]), named(to)},
                     {to, {shares, rows.indices[0], rowSize(rows) / shares}},
                     chosenColumns(rows, shares, 0.5, -2),
                     130});
  }
  return cases;
}

Cases gatherCases() {
  Cases cases;
  for (const Rows& rows : shapes()) {
    const Operand indices = indicesBelow(rows.table[0], rows.indices);
    for (DType from : kAll) {
      const Operand table = uniform(from, rows.table, 0, 250);
      for (DType to : kAll) {
        if (to != from && !isFloat(to)) continue;
        cases.push_back({"gather",
                         {table, indices},
                         {named(to)},
                         {to, gathered(rows)},
                         chosenRows(rows, 1, 0),
                         250});
        // A table without rows stays as it is.
        if (!isFloat(to) || rows.indices.size() != 1 || rows.table[0] == 0) continue;
        cases.push_back({"gatherRescale",
                         {table, indices},
                         {0.5, -2, listed(gathered(rows)), named(to)},
                         {to, gathered(rows)},
                         chosenRows(rows, 0.5, -2),
                         130});
        append(cases, columnsCases(rows, table, indices, to));
      }
    }
  }
  return cases;
}

Cases scatterCases() {
  Cases cases;
  for (const Rows& rows : shapes()) {
    for (DType dtype : kFloats) {
      cases.push_back(
          {"scatterAdd",
           {uniform(dtype, gathered(rows), -2, 2, 3), indicesBelow(rows.table[0], rows.indices)},
           {double(rows.table[0])},
           {dtype, rows.table},
           [rows](const std::vector<Values>& in) {
             Values y(at(sizeOf(rows.table)), 0);
             const std::int64_t n = rowSize(rows);
             for (std::size_t i = 0; i < in[0].size(); i++) {
               const auto index = static_cast<std::int64_t>(in[1][i / at(n)]) * n +
                                  static_cast<std::int64_t>(i) % n;
               y[at(index)] += in[0][i];
             }
             return std::vector<Values>{y};
           },
           2 * static_cast<double>(sizeOf(rows.indices) + 1)});
    }
  }
  return cases;
}

Cases oneHotCases() {
  Cases cases;
  for (const Dims& dims : oddShapes()) {
    for (std::int64_t depth : {1, 3, 10}) {
      for (DType from : {DType::Int32, DType::Uint8}) {
        for (DType to : kAll) {
          Dims result = dims;
          result.push_back(depth);
          cases.push_back({"oneHot",
                           {uniform(from, dims, 0, static_cast<double>(depth), 2)},
                           {double(depth), named(to)},
                           {to, result},
                           [depth](const std::vector<Values>& in) {
                             Values y;
                             for (double index : in[0]) {
                               for (std::int64_t k = 0; k < depth; k++) {
                                 y.push_back(static_cast<double>(k) == index ? 1 : 0);
                               }
                             }
                             return std::vector<Values>{y};
                           }});
        }
      }
    }
  }
  return cases;
}

}  // namespace

Cases indexingCases() {
  Cases cases;
  append(cases, gatherCases());
  append(cases, scatterCases());
  append(cases, oneHotCases());
  return cases;
}

}  // namespace nabla::test
