#include <algorithm>
#include <vector>

#include "passes/passes.hpp"
#include "passes/uses.hpp"

namespace nabla::passes {
namespace {

const KnownOp kGatherRescale("gatherRescale"), kDense("dense"), kMatMulUpdate("matMulUpdate"),
    kGatherColumns("gatherColumns"), kMatMulColumns("matMulColumns"), kDenseSum("denseSum"),
    kColumnsUpdate("columnsUpdate");

// Committed constants, calibrated on two cores that share no level-2 cache. More shares serve more
// threads, and cost more memory traffic.
constexpr std::int64_t kMostShares = 8;
constexpr double kFewestMultiplications = 300000;  // fewer are not worth a share
// Rows between the shares of x that stay unused: a core that walks down the columns of its own
// fetches rows beyond their end ahead of time, and must not take them from the core they belong to.
constexpr std::int64_t kRowsBetween = 10;

/// Into how many shares to cut the columns of x [m, k] for a product with w [k, n]; 1: not at all.
/// As many as the work is worth: a layer for which these cost too much is so large that it loses
/// by fewer as well. Doubles, because dimensions of vast plans overflow integers.
std::int64_t sharesFor(std::int64_t m, std::int64_t k, std::int64_t n) {
  const auto rows = static_cast<double>(m), columns = static_cast<double>(k);
  const auto units = static_cast<double>(n);
  std::int64_t shares = kMostShares;
  const auto isTooMany = [&] {
    return k % shares != 0 ||
           rows * columns * units < static_cast<double>(shares) * kFewestMultiplications;
  };
  while (shares > 1 && isTooMany()) shares /= 2;
  // Cores hand each other either x and w or the products of the shares, [m, n] each.
  const bool isWorthIt = columns * (rows + units) >= 2 * static_cast<double>(shares) * rows * units;
  return isWorthIt ? shares : 1;
}

/// The steps of a layer whose input is gathered for it alone.
struct WideLayer {
  std::size_t gather, dense, update;
};

class Splitter {
 public:
  explicit Splitter(Graph& graph) : graph_(graph) {}

  void run() {
    for (std::size_t i = 0; i < graph_.steps.size(); i++) {
      WideLayer layer{i, 0, 0};
      if (find(layer)) split(layer);
    }
  }

 private:
  const View& viewOf(int slot) const { return graph_.at(slot).view; }

  /// The steps that read the storage of a slot, once for each input that does; none if the plan
  /// returns it.
  std::vector<std::size_t> readersOf(int slot) const {
    const auto isSame = [&](int other) { return graph_.at(other).root == graph_.at(slot).root; };
    std::vector<std::size_t> readers;
    if (std::any_of(graph_.outputs.begin(), graph_.outputs.end(), isSame)) return readers;
    for (std::size_t i = 0; i < graph_.steps.size(); i++) {
      const std::vector<int>& inputs = graph_.steps[i].inputs;
      readers.insert(readers.end(),
                     static_cast<std::size_t>(std::count_if(inputs.begin(), inputs.end(), isSame)),
                     i);
    }
    return readers;
  }

  /// Completes the layer of step `layer.gather`; false if there is none, or one that stays whole.
  bool find(WideLayer& layer) const {
    const Step& gather = graph_.steps[layer.gather];
    // A part of gatherColumns reads all indices, so they have to be in range by then.
    if (!is(gather, kGatherRescale) || graph_.isCheckedWhenRun(gather)) return false;
    const std::vector<std::size_t> readers = readersOf(gather.outputs[0]);
    if (readers.size() != 2) return false;
    layer.dense = readers[0];
    layer.update = readers[1];
    const Step& dense = graph_.steps[layer.dense];
    const Step& update = graph_.steps[layer.update];
    if (!is(dense, kDense) || !is(update, kMatMulUpdate)) return false;
    if (update.attrs[0] != 1.0 || update.attrs[1] != 0.0) return false;
    if (update.inputs[0] != dense.inputs[1] || update.inputs[1] != dense.inputs[0]) return false;
    const bool isRowARow = viewOf(dense.inputs[0]).dims[0] == viewOf(gather.inputs[1]).size;
    return isRowARow && sharesOf(dense) > 1;
  }

  std::int64_t sharesOf(const Step& dense) const {
    const View& w = viewOf(dense.inputs[1]);
    return sharesFor(viewOf(dense.inputs[0]).dims[0], w.dims[0], w.dims[1]);
  }

  void split(const WideLayer& layer) {
    Step& gather = graph_.steps[layer.gather];
    Step& dense = graph_.steps[layer.dense];
    Step& update = graph_.steps[layer.update];
    const View w = viewOf(dense.inputs[1]);  // a copy: slots move when others are added
    const std::int64_t m = viewOf(dense.inputs[0]).dims[0], k = w.dims[0], n = w.dims[1];
    const std::int64_t shares = sharesOf(dense);
    const int columns = addSlot(w.dtype, shares, m + kRowsBetween, k / shares);
    const int products = addSlot(w.dtype, shares, m, n);
    noteFusion(graph_,
               "gatherRescale + dense + matMulUpdate -> gatherColumns + matMulColumns + denseSum + "
               "columnsUpdate");
    gather.op = kGatherColumns.number();
    gather.outputs = {columns};
    gather.attrs = {gather.attrs[0], gather.attrs[1], static_cast<double>(shares),
                    static_cast<double>(m + kRowsBetween), gather.attrs[3]};
    update.op = kColumnsUpdate.number();
    update.inputs[1] = columns;
    update.attrs.clear();
    const Step product{
        kMatMulColumns.number(), {columns, dense.inputs[1]}, {products}, {static_cast<double>(m)}};
    dense.op = kDenseSum.number();
    dense.inputs = {products, dense.inputs[2]};
    graph_.steps.insert(graph_.steps.begin() + static_cast<std::ptrdiff_t>(layer.dense), product);
  }

  int addSlot(DType dtype, std::int64_t shares, std::int64_t rows, std::int64_t columns) {
    Type type;
    type.dtype = dtype;
    type.rank = 3;
    type.dims[0] = shares;
    type.dims[1] = rows;
    type.dims[2] = columns;
    return graph_.addTemp(type);
  }

  Graph& graph_;
};

}  // namespace

void splitWideLayers(Graph& graph) { Splitter(graph).run(); }

}  // namespace nabla::passes
