// Plans: what they compute, fused or not and with any number of threads, equals their steps run one
// by one; what is wrong is refused, and faults leave everything as it was.

#include "plan/plan.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <thread>

#include "memory/buffer.hpp"
#include "passes/passes.hpp"
#include "plan/piece-views.hpp"
#include "plan/pieces.hpp"
#include "run/eager.hpp"
#include "table/cost.hpp"
#include "table/known-op.hpp"
#include "table/registry.hpp"
#include "test/case.hpp"
#include "test/check.hpp"

namespace {

using namespace nabla;
using namespace nabla::test;

const Given kMatrix{DType::Float32, {17, 3}};
const Given kSquare{DType::Float32, {3, 3}};
const Given kRow{DType::Float32, {3}};
const Given kScalar{DType::Float32, {}};
const Given kLabels{DType::Int32, {17}};
constexpr double kMuch = 1e9;  // bytes: no piece of small operands
const Given kVast{DType::Float64, {std::int64_t{1} << 45}};

/// A plan that is being described, with the values that its slots hold at first.
class Description {
 public:
  int input(const Operand& given) {
    inputs_.push_back(given);
    Slot slot = slotOf(SlotKind::Input, given.type);
    slot.input = graph_.inputCount++;
    return add(slot);
  }

  int held(const Operand& given) { return stored(SlotKind::Held, given); }
  int variable(const Operand& given) { return stored(SlotKind::Variable, given); }

  int step(const std::string& op, std::vector<int> inputs, const Given& result,
           Attributes attrs = {}) {
    const int slot = add(slotOf(SlotKind::Temp, result));
    graph_.steps.push_back({opNumber(op.c_str()), std::move(inputs), {slot}, std::move(attrs)});
    return slot;
  }

  int reshape(int slot, const Given& result) {
    return step("reshape", {slot}, result, {listed(result.dims)});
  }

  /// Ones.
  int fill(const Given& result) {
    return step("fill", {}, result, {listed(result.dims), 1, named(result.dtype)});
  }

  void update(const std::string& op, std::vector<int> inputs, Attributes attrs = {},
              int predicate = -1) {
    graph_.steps.push_back(
        {opNumber(op.c_str()), std::move(inputs), {}, std::move(attrs), predicate});
  }

  void give(int slot) { graph_.outputs.push_back(slot); }

  Given typeOf(int slot) const {
    const View& view = graph_.at(slot).view;
    return {view.dtype, Dims(view.dims, view.dims + view.rank)};
  }

  /// The graph with buffers of its own for what is held, and the Variables' buffers, referenced.
  Graph graph(std::vector<BufferRef>& variables) const {
    Graph copy = graph_;
    for (std::size_t i = 0; i < copy.slots.size(); i++) {
      Slot& slot = copy.slots[i];
      if (slot.kind != SlotKind::Held && slot.kind != SlotKind::Variable) continue;
      slot.buffer = BufferRef::allocate(slot.view.bytes());
      Array values(slot.view.dtype, typeOf(static_cast<int>(i)).dims, stored_[i]);
      if (slot.view.bytes() > 0) {
        std::memcpy(slot.buffer.data(), values.view().data, slot.view.bytes());
      }
      if (slot.kind == SlotKind::Variable) variables.push_back(slot.buffer);
    }
    return copy;
  }

  const Graph& plain() const { return graph_; }
  const std::vector<Operand>& inputs() const { return inputs_; }
  const Values& storedIn(int slot) const { return stored_[at(slot)]; }

 private:
  static Slot slotOf(SlotKind kind, const Given& type) {
    Slot slot;
    slot.kind = kind;
    slot.view = viewOf(type.dtype, type.dims);
    return slot;
  }

  int stored(SlotKind kind, const Operand& given) {
    const int slot = add(slotOf(kind, given.type));
    stored_[at(slot)] = given.values;
    return slot;
  }

  int add(Slot slot) {
    slot.root = static_cast<int>(graph_.slots.size());
    graph_.slots.push_back(slot);
    stored_.emplace_back();
    return slot.root;
  }

  Graph graph_;
  std::vector<Operand> inputs_;
  std::vector<Values> stored_;  // by slot
};

/// What a run leaves: its results and the Variables, as bytes.
using Outcome = std::vector<std::vector<char>>;

std::vector<char> bytesOf(const void* data, std::size_t bytes) {
  const char* from = static_cast<const char*>(data);
  return {from, from + bytes};
}

/// The steps one by one, each result in memory of its own.
Outcome runSteps(const Description& description, int runs) {
  const Graph& graph = description.plain();
  std::vector<Array> arrays;
  for (std::size_t i = 0; i < graph.slots.size(); i++) {
    const Slot& slot = graph.slots[i];
    const Given type = description.typeOf(static_cast<int>(i));
    const bool isInput = slot.kind == SlotKind::Input;
    arrays.emplace_back(type.dtype, type.dims,
                        isInput ? description.inputs()[at(slot.input)].values
                                : description.storedIn(static_cast<int>(i)));
  }
  for (int run = 0; run < runs; run++) {
    for (const Step& step : graph.steps) {
      std::vector<const View*> in, out;
      for (int slot : step.inputs) in.push_back(&arrays[at(slot)].view());
      for (int slot : step.outputs) out.push_back(&arrays[at(slot)].view());
      if (step.predicate >= 0 && arrays[at(step.predicate)].values()[0] == 0) continue;
      const Operands operands{in.data(), out.data(), step.attrs.data(), static_cast<int>(in.size()),
                              static_cast<int>(out.size())};
      std::string error;
      check(runStepNow(step.row(), operands, error), "a step by itself: " + error);
    }
  }
  Outcome outcome;
  auto note = [&](int slot) {
    const View& view = arrays[at(slot)].view();
    outcome.push_back(bytesOf(view.data, view.bytes()));
  };
  for (int slot : graph.outputs) note(slot);
  for (std::size_t i = 0; i < graph.slots.size(); i++) {
    if (graph.slots[i].kind == SlotKind::Variable) note(static_cast<int>(i));
  }
  return outcome;
}

/// A plan that was built, with its arguments and Variables.
struct Built {
  std::vector<BufferRef> variables;
  std::vector<std::size_t> variableBytes;
  std::vector<Array> arguments;
  std::unique_ptr<Plan> plan;
  std::string error;

  Built(const Description& description, bool fuse) {
    plan = Plan::build(description.graph(variables), {fuse}, error);
    for (const Operand& input : description.inputs()) {
      arguments.emplace_back(input.type.dtype, input.type.dims, input.values);
    }
    for (const Slot& slot : description.plain().slots) {
      if (slot.kind == SlotKind::Variable) variableBytes.push_back(slot.view.bytes());
    }
  }
  Built(const Built&) = delete;
  Built& operator=(const Built&) = delete;

  bool run(std::vector<BufferRef>& outputs) {
    std::vector<void*> data;
    for (const Array& argument : arguments) data.push_back(argument.view().data);
    return plan->run(data.data(), outputs, error);
  }

  std::vector<std::vector<char>> variableValues() const {
    std::vector<std::vector<char>> values;
    for (std::size_t i = 0; i < variables.size(); i++) {
      values.push_back(bytesOf(variables[i].data(), variableBytes[i]));
    }
    return values;
  }

  /// Of the last of `runs` runs. Earlier results must stay what they were.
  Outcome outcomeOf(int runs, const std::string& what) {
    Outcome outcome;
    std::vector<BufferRef> first;
    std::vector<std::vector<char>> firstValues;
    for (int run = 0; run < runs; run++) {
      std::vector<BufferRef> outputs;
      if (!check(this->run(outputs), what + ": " + error)) return {};
      outcome.clear();
      for (std::size_t i = 0; i < outputs.size(); i++) {
        const std::size_t bytes = plan->outputView(static_cast<int>(i)).bytes();
        outcome.push_back(bytesOf(outputs[i].data(), bytes));
      }
      if (run == 0) {
        first = outputs;
        firstValues = outcome;
      }
    }
    for (std::size_t i = 0; i < first.size(); i++) {
      check(bytesOf(first[i].data(), firstValues[i].size()) == firstValues[i],
            what + ": a later run changed an earlier result");
    }
    for (auto& values : variableValues()) outcome.push_back(values);
    return outcome;
  }
};

bool isClose(const std::vector<char>& actual, const std::vector<char>& expected) {
  if (actual.size() != expected.size()) return false;
  for (std::size_t i = 0; i + sizeof(float) <= actual.size(); i += sizeof(float)) {
    float a, b;
    std::memcpy(&a, &actual[i], sizeof a);
    std::memcpy(&b, &expected[i], sizeof b);
    if (!(std::fabs(a - b) <= 1e-4f * std::max(1.0f, std::fabs(b)))) return false;
  }
  return true;
}

/// Runs a plan in all ways; `isExact`: without fusion the bits are those of the steps. The
/// description holds float32 alone.
void checkPlan(const Description& description, const std::string& what, bool isExact) {
  constexpr int kRuns = 3;
  const Outcome expected = runSteps(description, kRuns);
  for (bool fuse : {false, true}) {
    for (int threads = 1; threads <= 4; threads++) {
      setThreadCount(threads);
      const bool inPieces = (threads % 2 == 0) == fuse;
      setPieceBytes(inPieces ? 0 : kMuch);
      const std::string how = what + (fuse ? ", fused, " : ", ") + std::to_string(threads) +
                              " threads" + (inPieces ? ", in pieces" : "");
      Built built(description, fuse);
      if (!check(built.plan != nullptr, how + ": " + built.error)) continue;
      const Outcome actual = built.outcomeOf(kRuns, how);
      if (!check(actual.size() == expected.size(), how + ": number of results")) continue;
      for (std::size_t i = 0; i < actual.size(); i++) {
        const bool same =
            isExact && !fuse ? actual[i] == expected[i] : isClose(actual[i], expected[i]);
        check(same, how + ": result " + std::to_string(i) + "\n" + built.plan->describe());
      }
      Built again(description, fuse);
      check(again.outcomeOf(kRuns, how) == actual, how + ": not the same bits again");
    }
  }
  setThreadCount(1);
  setPieceBytes(kMuch);
}

// ---- the ops that passes know by name

void testKnownOps() {
  int count = 0;
  for (const KnownOp* op = KnownOp::all(); op != nullptr; op = op->next(), count++) {
    check(op->number() >= 0,
          std::string("the engine knows an op that is not there: ") + op->name());
  }
  check(count > 30, "few ops are known");
}

// ---- plans of random steps: lifetimes, storage, phases

constexpr const char* kUnary[] = {"neg", "relu", "tanh", "square", "copy", "softmax"};
constexpr const char* kBinary[] = {"add", "sub", "mul", "maximum", "reluGrad"};

Description randomPlan(std::uint64_t seed) {
  Draws draws(seed);
  auto below = [&draws](std::size_t count) {
    return static_cast<std::size_t>(draws.next() * static_cast<double>(count));
  };
  Description plan;
  const Given flat{DType::Float32, {51}};
  std::vector<int> matrices = {
      plan.input(uniform(DType::Float32, kMatrix.dims, -1, 1, seed)),
      plan.held(uniform(DType::Float32, kMatrix.dims, -1, 1, seed + 1)),
      plan.variable(uniform(DType::Float32, kMatrix.dims, -1, 1, seed + 2))};
  const int square = plan.variable(uniform(DType::Float32, kSquare.dims, -0.5, 0.5, seed + 3));
  const int variable = matrices[2];
  auto any = [&] { return matrices[below(matrices.size())]; };
  const std::size_t steps = 5 + below(30);
  for (std::size_t i = 0; i < steps; i++) {
    switch (below(8)) {
      case 0:
        matrices.push_back(plan.step("matMul", {any(), square}, kMatrix, {0, 0}));
        break;
      case 1: {
        const int reshaped = plan.reshape(any(), flat);
        matrices.push_back(plan.reshape(reshaped, kMatrix));
        break;
      }
      case 2: {
        const int means = plan.step("mean", {any()}, kRow, {listed({0}), 0});
        matrices.push_back(plan.step("sub", {any(), means}, kMatrix));
        break;
      }
      case 3: {
        const int turned =
            plan.step("transpose", {any()}, {DType::Float32, {3, 17}}, {listed({1, 0})});
        matrices.push_back(plan.step("transpose", {turned}, kMatrix, {listed({1, 0})}));
        break;
      }
      case 4:
        // Keeps the values small, so that sums of products stay finite.
        plan.update("assign", {variable, plan.step("tanh", {any()}, kMatrix)});
        break;
      case 5:
        matrices.push_back(plan.step(kBinary[below(5)], {any(), any()}, kMatrix));
        break;
      default:
        matrices.push_back(
            plan.step("tanh", {plan.step(kUnary[below(6)], {any()}, kMatrix)}, kMatrix));
    }
  }
  for (std::size_t i = 3; i < matrices.size(); i++) {
    if (below(4) == 0 || i + 1 == matrices.size()) plan.give(matrices[i]);
  }
  return plan;
}

void testRandomPlans() {
  for (std::uint64_t seed = 1; seed <= 150; seed++) {
    checkPlan(randomPlan(seed), "random plan " + std::to_string(seed), false);
  }
}

// ---- a training step

struct Training {
  Description plan;
  int labels, rate;
};

/// Two layers, softmax, cross-entropy and SGD: what all fusions work on.
Training trainingStep(const Values& labels) {
  Training step;
  Description& plan = step.plan;
  const int x = plan.input(uniform(DType::Float32, kMatrix.dims, -1, 1, 1));
  step.labels = plan.input({kLabels, labels});
  const int w1 = plan.variable(uniform(DType::Float32, kSquare.dims, -1, 1, 2));
  const int b1 = plan.variable(uniform(DType::Float32, kRow.dims, -1, 1, 3));
  const int w2 = plan.variable(uniform(DType::Float32, kSquare.dims, -1, 1, 4));
  const int b2 = plan.variable(uniform(DType::Float32, kRow.dims, -1, 1, 5));
  step.rate = plan.variable(scalar(DType::Float32, 0.0625));
  auto layer = [&](int from, int w, int b, const char* activation) {
    const int product = plan.step("matMul", {from, w}, kMatrix, {0, 0});
    return plan.step(activation, {plan.step("add", {product, b}, kMatrix)}, kMatrix);
  };
  const int hidden = layer(x, w1, b1, "tanh");
  const int product = plan.step("matMul", {hidden, w2}, kMatrix, {0, 0});
  const int z2 = plan.step("add", {product, b2}, kMatrix);
  plan.give(plan.step("softmax", {z2}, kMatrix));
  const Given perSample{DType::Float32, {17}};
  plan.give(plan.step("sparseCrossentropyLogits", {z2, step.labels}, perSample));
  const int ones = plan.fill(perSample);
  const int dz2 = plan.step("sparseCrossentropyLogitsGrad", {ones, z2, step.labels}, kMatrix);
  const int dw2 = plan.step("matMul", {hidden, dz2}, kSquare, {1, 0});
  const int db2 = plan.step("sum", {dz2}, kRow, {listed({0}), 0});
  const int dh = plan.step("matMul", {dz2, w2}, kMatrix, {0, 1});
  const int dz1 = plan.step("tanhGrad", {dh, hidden}, kMatrix);
  const int dw1 = plan.step("matMul", {x, dz1}, kSquare, {1, 0});
  const int db1 = plan.step("sum", {dz1}, kRow, {listed({0}), 0});
  plan.update("sgdUpdate", {w1, dw1, step.rate});
  plan.update("sgdUpdate", {b1, db1, step.rate});
  plan.update("sgdUpdate", {w2, dw2, step.rate});
  plan.update("sgdUpdate", {b2, db2, step.rate});
  return step;
}

Values goodLabels() { return uniform(DType::Int32, kLabels.dims, 0, 3, 9).values; }

void testTraining() { checkPlan(trainingStep(goodLabels()).plan, "training step", false); }

void testFusion() {
  const Training step = trainingStep(goodLabels());
  const Built fused(step.plan, true);
  const std::string text = fused.plan->describe();
  for (const char* op : {"dense", "denseGrad", "softmaxCrossentropy ", "softmaxCrossentropyGrad",
                         "matMulUpdate", "sumUpdate"}) {
    check(text.find(op) != std::string::npos, std::string("no step is fused to ") + op);
  }
  const Built plain(step.plan, false);
  check(plain.plan->describe().find("matMulUpdate") == std::string::npos, "fusion unasked for");
}

/// A layer of two weights under an optimizer with state, whose gradients are known. `between` may
/// add steps between the two updates.
template <typename F>
Description updatesOf(const std::string& op, F between) {
  Description plan;
  const int w = plan.variable(uniform(DType::Float32, kMatrix.dims, -1, 1, 1));
  const int b = plan.variable(uniform(DType::Float32, kRow.dims, -1, 1, 2));
  const int rate = plan.variable(scalar(DType::Float32, 0.0625));
  const int step = plan.variable(scalar(DType::Int32, 3));
  const int gw = plan.input(uniform(DType::Float32, kMatrix.dims, -1, 1, 3));
  const int gb = plan.input(uniform(DType::Float32, kRow.dims, -1, 1, 4));
  auto update = [&](int weight, int gradient, const Given& type) {
    auto state = [&] { return plan.variable(uniform(DType::Float32, type.dims, 0.5, 1, 5)); };
    if (op == "sgdUpdate") {
      plan.update(op, {weight, gradient, rate});
    } else if (op == "momentumUpdate") {
      plan.update(op, {weight, state(), gradient, rate}, {0.5, 1});
    } else {
      const int m = state(), v = state();
      plan.update(op, {weight, m, v, gradient, rate, step}, {0.5, 0.75, 0.0625});
    }
  };
  update(w, gw, kMatrix);
  between(plan, w, gw);
  update(b, gb, kRow);
  return plan;
}

bool isGrouped(const Description& description, const std::string& op) {
  const std::string name = op + "s %";
  return Built(description, true).plan->describe().find(name) != std::string::npos;
}

void testGroupedUpdates() {
  for (const std::string name : {"sgdUpdate", "momentumUpdate", "adamUpdate"}) {
    const std::string& op = name;
    const Description apart = updatesOf(
        op, [](Description& plan, int, int g) { plan.give(plan.step("neg", {g}, kMatrix)); });
    checkPlan(apart, name + " of two weights", false);
    check(isGrouped(apart, op), name + " of two weights stays two steps");
    // What reads the first weight after its update keeps that update in its place.
    const Description read = updatesOf(
        op, [](Description& plan, int w, int) { plan.give(plan.step("neg", {w}, kMatrix)); });
    checkPlan(read, name + " of a weight that is read", false);
    check(!isGrouped(read, op), name + " moves past a step that reads the weight");
    const Description same = updatesOf(op, [](Description& plan, int w, int g) {
      plan.update("assignSub", {w, g});
    });
    checkPlan(same, name + " of a weight that is written", false);
    check(!isGrouped(same, op), name + " moves past a step that writes the weight");
  }
}

/// A batch that is long beside its weights: gradients are added up from shares of it.
void testSplitUpdates() {
  constexpr std::int64_t rows = 1003, inputs = 12, units = 9;
  const Given batch{DType::Float32, {rows, inputs}}, gradient{DType::Float32, {rows, units}};
  const Given weight{DType::Float32, {inputs, units}}, row{DType::Float32, {units}};
  Description plan;
  const int x = plan.input(uniform(DType::Float32, batch.dims, -1, 1, 1));
  const int w = plan.variable(uniform(DType::Float32, weight.dims, -1, 1, 2));
  const int b = plan.variable(uniform(DType::Float32, row.dims, -1, 1, 3));
  const int rate = plan.variable(scalar(DType::Float32, 0x1p-12));
  const int y = plan.step("tanh", {plan.step("matMul", {x, w}, gradient, {0, 0})}, gradient);
  const int dw = plan.step("matMul", {x, y}, weight, {1, 0});
  plan.update("sgdUpdate", {w, dw, rate});
  plan.update("sgdUpdate", {b, plan.step("sum", {y}, row, {listed({0}), 0}), rate});
  plan.give(plan.step("copy", {b}, row));
  checkPlan(plan, "a long batch", false);
  const std::string text = Built(plan, true).plan->describe();
  for (const char* line : {"  matMulUpdate -> matMulShares + sharesUpdate\n",
                           "  sumUpdate -> sumShares + sharesUpdate\n"}) {
    check(text.find(line) != std::string::npos,
          std::string("no line \"") + line + "\" in\n" + text);
  }
}

/// A layer over images of height x width, and what makes it a special one.
struct WideLayer {
  std::int64_t rows = 24, height = 20, width = 21, units = 64;
  bool isUpdatedByInput = false;  // w -= lr x^T x
  bool isBiasedByInput = false;   // f(x w + x)

  std::int64_t inputs() const { return height * width; }
};

/// So many of 50 rows.
Operand chosenRows(DType dtype, std::int64_t rows = 24) { return uniform(dtype, {rows}, 0, 50, 2); }

void leave(Description&, int, int) {}

/// A layer that is wide beside its batch and units, trained on rows that are gathered; their
/// numbers may be float32. `tamper` may add steps before the update.
template <typename F>
Description wideLayer(const Operand& chosen, F tamper, const WideLayer& layer = {}) {
  const auto [rows, height, width, units, isUpdatedByInput, isBiasedByInput] = layer;
  const Given batch{DType::Float32, {rows, layer.inputs()}}, product{DType::Float32, {rows, units}};
  const Given weight{DType::Float32, {layer.inputs(), units}}, row{DType::Float32, {units}};
  Description plan;
  const int images = plan.held(uniform(DType::Uint8, {50, height, width}, 0, 256, 1));
  const int numbers = plan.input(chosen);
  const bool isComputed = chosen.type.dtype == DType::Float32;
  const int indices =
      isComputed ? plan.step("cast", {numbers}, {DType::Int32, {rows}}, {named(DType::Int32)})
                 : numbers;
  const int w = plan.variable(uniform(DType::Float32, weight.dims, -0.1, 0.1, 3));
  const int b = plan.variable(uniform(DType::Float32, row.dims, -1, 1, 4));
  const int rate = plan.variable(scalar(DType::Float32, 0x1p-8));
  const Given gathered{DType::Uint8, {rows, height, width}};
  const Given scaled{DType::Float32, {rows, height, width}};
  const int image = plan.step("gather", {images, indices}, gathered, {named(DType::Uint8)});
  const int values = plan.step("rescale", {image}, scaled, {1.0 / 255, 0, named(DType::Float32)});
  const int x = plan.reshape(values, batch);
  const int bias = isBiasedByInput ? plan.reshape(values, row) : b;
  const int xw = plan.step("matMul", {x, w}, product, {0, 0});
  const int y = plan.step("tanh", {plan.step("add", {xw, bias}, product)}, product);
  tamper(plan, x, w);
  const int dy = isUpdatedByInput ? x : y;
  plan.update("sgdUpdate", {w, plan.step("matMul", {x, dy}, weight, {1, 0}), rate});
  plan.give(plan.step("neg", {y}, product));
  return plan;
}

bool isWideLayerSplit(const Description& plan) {
  const std::string text = Built(plan, true).plan->describe();
  return text.find(" columnsUpdate %") != std::string::npos;
}

void testWideLayers() {
  const Operand chosen = chosenRows(DType::Int32);
  const Description wide = wideLayer(chosen, leave);
  checkPlan(wide, "a wide layer", false);
  check(isWideLayerSplit(wide), "a wide layer stays whole");
  const Description written = wideLayer(chosen, [](Description& plan, int, int w) {
    plan.update("assignAdd", {w, plan.step("copy", {w}, {DType::Float32, {420, 64}})});
  });
  checkPlan(written, "a wide layer whose weights are written between", false);
  check(isWideLayerSplit(written), "a wide layer whose weights are written between stays whole");
  const Description read = wideLayer(chosen, [](Description& plan, int x, int) {
    plan.give(plan.step("neg", {x}, {DType::Float32, {24, 420}}));
  });
  checkPlan(read, "a wide layer whose input is read elsewhere", false);
  check(!isWideLayerSplit(read), "a layer is split whose input is read elsewhere");
  const Description given = wideLayer(chosen, [](Description& plan, int x, int) { plan.give(x); });
  checkPlan(given, "a wide layer whose input is returned", false);
  check(!isWideLayerSplit(given), "a layer is split whose input is returned");
}

// ---- predicates

/// Updates that run where a predicate is not 0: one that is given and one that the plan computes
/// from what it writes, a counter; their gradients are products of other weights.
Description guarded(DType dtype, double given) {
  Description plan;
  const int x = plan.input(uniform(DType::Float32, kMatrix.dims, -1, 1, 1));
  const int w = plan.variable(uniform(DType::Float32, kSquare.dims, -1, 1, 2));
  const int v = plan.variable(uniform(DType::Float32, kSquare.dims, -1, 1, 3));
  const int u = plan.variable(uniform(DType::Float32, kSquare.dims, -1, 1, 4));
  const int counter = plan.variable(scalar(DType::Float32, 0));
  const int rate = plan.held(scalar(DType::Float32, 0.0625));
  const int one = plan.held(scalar(DType::Float32, 1));
  const int predicate = plan.held(scalar(dtype, given));
  const int dy = plan.step("tanh", {plan.step("matMul", {x, w}, kMatrix, {0, 0})}, kMatrix);
  const int dw = plan.step("matMul", {x, dy}, kSquare, {1, 0});
  plan.update("sgdUpdate", {w, dw, rate}, {}, predicate);
  plan.update("assignAdd", {counter, one});
  // The second of three runs.
  const int two = plan.held(scalar(DType::Float32, 2));
  const int isSecond = plan.step("equal", {counter, two}, Given{DType::Uint8, {}});
  plan.update("sgdUpdate", {v, plan.step("neg", {w}, kSquare), rate}, {}, isSecond);
  plan.update("sgdUpdate", {u, plan.step("neg", {w}, kSquare), rate}, {}, isSecond);
  plan.update("assign", {counter, one}, {}, predicate);
  plan.give(plan.step("copy", {v}, kSquare));
  return plan;
}

void testPredicates() {
  for (DType dtype : kAll) {
    for (double given : {0.0, 1.0, 7.0}) {
      checkPlan(guarded(dtype, given), "updates under a predicate", true);
    }
  }
  const std::string text = Built(guarded(DType::Int32, 1), true).plan->describe();
  check(text.find(" if %") != std::string::npos, "no predicate in\n" + text);
  check(text.find("sgdUpdates %") != std::string::npos, "updates under one predicate stay apart");
  check(text.find("matMulUpdate %") != std::string::npos,
        "an update under a predicate is not fused");
}

/// y = (x w) v of 64 rows, in the words of its plan where pieces are of so many bytes.
std::string listingOfProducts(std::int64_t inputs, std::int64_t hidden, double bytes) {
  Description plan;
  const int x = plan.input(uniform(DType::Float32, {64, inputs}, -1, 1, 1));
  const int w = plan.held(uniform(DType::Float32, {inputs, hidden}, -1, 1, 1));
  const int y = plan.step("matMul", {x, w}, {DType::Float32, {64, hidden}}, {0, 0});
  const int v = plan.held(uniform(DType::Float32, {hidden, 4}, -1, 1, 1));
  plan.give(plan.step("matMul", {y, v}, {DType::Float32, {64, 4}}, {0, 0}));
  setPieceBytes(bytes);
  const Built built(plan, true);
  return built.plan == nullptr ? built.error : built.plan->describe();
}

void testPieces() {
  const auto checkListing = [](const std::string& text, const std::string& line) {
    check(text.find(line) != std::string::npos, "no \"" + line + "\" in\n" + text);
  };
  // Rows of 4 + 512 + 4 numbers, 133,120 bytes in all.
  checkListing(listingOfProducts(4, 512, 20000), " us, 1 part of 6 pieces\n");
  checkListing(listingOfProducts(4, 512, 140000), " us, 1 part\n");
  checkListing(listingOfProducts(4, 512, 0), " us, 1 part of 64 pieces\n");
  // Rows of 1024 + 512 + 4, 394,240 bytes, beside 2.1 MB of weights, which each piece reads.
  checkListing(listingOfProducts(1024, 512, 20000), " us, 1 part of 9 pieces\n");
  setThreadCount(2);
  checkListing(listingOfProducts(4, 512, 20000), " us, 2 parts of 3 pieces each\n");
  setThreadCount(1);
  Description alone;  // nothing is handed on
  const int x = alone.input(uniform(DType::Float32, kMatrix.dims, -1, 1, 1));
  alone.give(alone.step("neg", {x}, kMatrix));
  setPieceBytes(0);
  checkListing(Built(alone, true).plan->describe(), " us, 1 part\n");
  setPieceBytes(kMuch);
}

/// Two steps on 64 rows, y and what is made of it; and that, made ready to look at.
Graph handingOn(bool returnsMiddle, bool sumsMiddle) {
  const Given rows{DType::Float32, {64, 5}};
  Description plan;
  const int x = plan.input(uniform(DType::Float32, rows.dims, -1, 1));
  const int y = plan.step("sin", {x}, rows);
  plan.give(plan.step("cos", {y}, rows));
  if (returnsMiddle) plan.give(y);
  if (sumsMiddle) {
    plan.give(plan.step("sum", {y}, {DType::Float32, {5}}, {listed({0}), 0}));
  }
  Graph graph = plan.plain();
  for (int slot : graph.outputs) graph.rootOf(slot).isOutput = true;
  passes::schedule(graph);
  passes::orderByPhase(graph);
  return graph;
}

/// Temporaries of one phase alone lie in the same memory for all pieces of a part.
void testPassingStorages() {
  check(passingStorages(handingOn(true, false)).empty(), "what is returned keeps its place");
  check(passingStorages(handingOn(false, true)).empty(),
        "what a later phase reads keeps its place");
  Graph graph = handingOn(false, false);
  const PassingStorages passing = passingStorages(graph);
  const int y = graph.steps[0].outputs[0];
  const bool isOne = passing.size() == 1 && passing.count(0) == 1 && passing.at(0).size() == 1;
  check(isOne && passing.at(0)[0].root == y && passing.at(0)[0].slices == 64,
        "the value between two steps is passing");
  if (!isOne) return;
  std::vector<float> arena(64 * 5);
  graph.at(y).view.data = arena.data();
  PieceViews seen(graph, 0, 2, passing.at(0));
  for (int piece = 0; piece < 3; piece++) {
    seen.moveTo(Part{1, 2}, piece, 3);  // rows 32 to 63, in pieces of 10, 11 and 11
    const std::int64_t row = rowsOf(64, Part{3 + piece, 6}).begin;
    const View& view = seen.operandsOf(1).input(0);
    check(&view == &seen.operandsOf(0).output(), "both steps see it in the same place");
    const auto first = reinterpret_cast<std::uintptr_t>(view.data) + at(row) * 5 * sizeof(float);
    check(first == reinterpret_cast<std::uintptr_t>(arena.data() + 32 * 5),
          "a piece's rows lie where the part's begin");
  }
  check(&seen.operandsOf(0).input(0) == &graph.at(graph.steps[0].inputs[0]).view,
        "an argument is seen where it is");
}

void testListing() {
  const Training step = trainingStep(goodLabels());
  setThreadCount(2);
  const std::string text = Built(step.plan, true).plan->describe();
  for (const char* line :
       {"phase 0: about ", " us, 2 parts\n", " %0 float32[17, 3], 204 bytes, argument 0\n",
        " %1 int32[17], 68 bytes, argument 1\n", " %2 float32[3, 3], 36 bytes, Variable, written\n",
        " %6 float32[], 4 bytes, Variable\n", ", 68 bytes, result\n", " of the arena\n",
        "  matMul + add -> dense, 2 times\n", "  dense + tanh -> dense\n",
        "  softmax + sparseCrossentropyLogits -> softmaxCrossentropy\n",
        "  matMul + sgdUpdate -> matMulUpdate, 2 times\n",
        "# y = f(x w + b); inputs x [m, k], w [k, n], b [n]; attribute activation f\n"}) {
    check(text.find(line) != std::string::npos,
          std::string("no line \"") + line + "\" in\n" + text);
  }
  setThreadCount(1);
}

/// Another thread's plans compete for the team: the bits stay the same.
void testBusyTeam() {
  setThreadCount(3);
  const Training step = trainingStep(goodLabels());
  const Outcome expected = Built(step.plan, true).outcomeOf(5, "alone");
  std::atomic<bool> isDone{false};
  std::thread neighbour([&] {
    while (!isDone.load()) Built(step.plan, true).outcomeOf(5, "neighbour");
  });
  for (int round = 0; round < 200; round++) {
    const bool same = Built(step.plan, true).outcomeOf(5, "beside another") == expected;
    check(same, "a busy team changes the bits");
  }
  isDone.store(true);
  neighbour.join();
  setThreadCount(1);
}

// ---- faults

void checkFault(const Description& description, bool fuse, const std::string& wanted) {
  const MemoryStats before = memoryStats();
  {
    Built built(description, fuse);
    if (!check(built.plan != nullptr, built.error)) return;
    const auto variables = built.variableValues();
    std::size_t live = 0;
    for (int round = 0; round < 5; round++) {
      std::vector<BufferRef> outputs;
      check(!built.run(outputs), "a fault passed: " + wanted);
      // The first run reserves the plan's workspace.
      if (round == 0) live = memoryStats().liveBuffers;
      check(built.error.find(wanted) != std::string::npos, built.error + " instead of " + wanted);
      check(outputs.empty(), "results of a failed run");
      check(memoryStats().liveBuffers == live, "a failed run keeps buffers");
      check(built.variableValues() == variables, "a Variable was written before the fault");
    }
  }
  check(memoryStats().liveBuffers == before.liveBuffers, "a failed plan keeps buffers");
}

void testFaults() {
  for (std::size_t position = 0; position < 17; position++) {
    for (double label : {-1.0, 3.0, 2147483647.0}) {
      Values labels = goodLabels();
      labels[position] = label;
      const std::string wanted = "label " + std::to_string(static_cast<int>(label)) +
                                 " at position " + std::to_string(position) + " is outside [0, 3)";
      for (int threads = 1; threads <= 3; threads++) {
        setThreadCount(threads);
        for (bool fuse : {false, true}) checkFault(trainingStep(labels).plan, fuse, wanted);
      }
    }
  }
  setThreadCount(1);
}

/// Indices that the plan computes itself; a scatter shares its phase with steps in many parts.
Description computedIndices(std::size_t position, double index) {
  Description plan;
  Operand given = uniform(DType::Float32, {17}, 0, 3, 1);
  given.values[position] = index;
  const int x = plan.input(uniform(DType::Float32, kMatrix.dims, -1, 1, 2));
  const int indices = plan.step("cast", {plan.input(given)}, kLabels, {named(DType::Int32)});
  const int updates = plan.step("neg", {x}, kMatrix);
  const int square = plan.held(uniform(DType::Float32, {17, 17}, -1, 1, 3));
  plan.give(plan.step("scatterAdd", {updates, indices}, kSquare, {3}));
  plan.give(plan.step("matMul", {square, updates}, kMatrix, {0, 0}));
  const int table = plan.held(uniform(DType::Float32, kSquare.dims, 0, 1));
  plan.give(plan.step("gather", {table, indices}, kMatrix, {named(DType::Float32)}));
  plan.give(plan.step("oneHot", {indices}, kMatrix, {3, named(DType::Float32)}));
  const int weight = plan.variable(uniform(DType::Float32, kMatrix.dims, -1, 1, 4));
  plan.update("assign", {weight, updates});
  return plan;
}

void testComputedIndices() {
  checkPlan(computedIndices(0, 1), "computed indices", false);
  for (int threads = 1; threads <= 4; threads++) {
    setThreadCount(threads);
    for (std::size_t position = 0; position < 17; position++) {
      for (bool fuse : {false, true}) {
        checkFault(computedIndices(position, 3e8), fuse,
                   "index 300000000 at position " + std::to_string(position));
        checkFault(computedIndices(position, -1), fuse,
                   "index -1 at position " + std::to_string(position));
      }
    }
  }
  setThreadCount(1);
}

/// Into how many shares each layer is cut; 1: it stays whole.
void testSharesOfWideLayers() {
  struct Expected {
    WideLayer layer;
    int shares;
    const char* what;
  };
  const Expected all[] = {
      {{24, 21, 21, 64}, 1, "a layer of an odd number of inputs"},
      {{24, 5, 8, 800}, 1, "a layer wider than its input"},
      {{24, 20, 21, 32}, 1, "a small layer"},
      {{24, 40, 21, 64}, 4, "a layer of 840 inputs"},
      {{24, 40, 42, 64}, 8, "a layer of 1680 inputs"},
      {{2, 60, 80, 64}, 2, "a layer with as many shares as rows"},
      {{32, 20, 20, 512}, 1, "a layer too large for its shares"},
      {{24, 20, 21, 420, true}, 1, "a layer that is updated by its input"},
      {{1, 26, 30, 780, false, true}, 1, "a layer whose bias is its input"},
  };
  for (const auto& [layer, shares, what] : all) {
    const Description plan = wideLayer(chosenRows(DType::Int32, layer.rows), leave, layer);
    checkPlan(plan, what, false);
    const std::string products = "float32[" + std::to_string(shares) + ", " +
                                 std::to_string(layer.rows) + ", " + std::to_string(layer.units) +
                                 "]";
    const std::string text = Built(plan, true).plan->describe();
    const bool isCut = text.find("matMulColumns %") != std::string::npos;
    check(isCut == (shares > 1), std::string(what) + ": cut or whole");
    check(!isCut || text.find(products) != std::string::npos, std::string(what) + ": its shares");
  }
}

/// Indices that the plan computes itself are checked part by part, so that no part may read
/// others'.
void testIndicesOfWideLayers() {
  for (DType dtype : {DType::Int32, DType::Float32}) {
    const bool isComputed = dtype == DType::Float32;
    const Description plan = wideLayer(chosenRows(dtype), leave);
    checkPlan(plan, "rows of a wide layer", false);
    check(isWideLayerSplit(plan) != isComputed, "a wide layer and indices that it computes");
    for (std::size_t position = 0; position < 24; position++) {
      Operand chosen = chosenRows(dtype);
      chosen.values[position] = 3e8;
      setThreadCount(3);
      checkFault(wideLayer(chosen, leave), true,
                 "index 300000000 at position " + std::to_string(position));
      setThreadCount(1);
    }
  }
}

// ---- refusals

void checkRefusal(const Description& description, const std::string& wanted) {
  for (bool fuse : {false, true}) {
    const MemoryStats before = memoryStats();
    {
      const Built built(description, fuse);
      check(built.plan == nullptr, "accepted: " + wanted);
      check(built.error.find(wanted) != std::string::npos, built.error + " instead of " + wanted);
    }
    check(memoryStats().liveBuffers == before.liveBuffers, "a refused plan keeps buffers");
  }
}

void testRefusals() {
  const Operand matrix = uniform(DType::Float32, kMatrix.dims, -1, 1);
  {
    Description plan;
    plan.give(plan.step("matMul", {plan.held(matrix), plan.variable(matrix)}, kMatrix, {0, 0}));
    checkRefusal(plan,
                 "matMul: expected matrices with matching inner sizes but received float32[17, 3]");
  }
  {
    Description plan;
    plan.give(plan.reshape(plan.held(matrix), {DType::Float32, {1000000}}));
    checkRefusal(plan, "reshape: expected a shape of 51 elements for float32[17, 3] but received");
  }
  {
    Description plan;
    plan.step("reshape", {}, kMatrix, {listed({17, 3})});
    checkRefusal(plan, "reshape: wrong number");
  }
  {
    Description plan;
    plan.update("sgdUpdate", {plan.variable(matrix), plan.held(matrix)});
    checkRefusal(plan, "sgdUpdate: wrong number");
  }
  {
    Description plan;
    const int vast = plan.fill(kVast);
    plan.give(plan.step("sum", {vast}, {DType::Float64, {}}, {listed({0}), 0}));
    checkRefusal(plan, "out of memory");
  }
}

/// Sizes whose sum would wrap around.
void testVastArena() {
  Description plan;
  const int total = plan.variable(scalar(DType::Float64, 0));
  for (int i = 0; i < (1 << 16) + 1; i++) plan.update("accumulate", {total, plan.fill(kVast)});
  const Built built(plan, false);
  check(built.plan == nullptr && built.error.find("out of memory") != std::string::npos,
        "an arena without bounds");
}

void testVastOutput() {
  Description plan;
  plan.give(plan.fill(kVast));
  checkFault(plan, true, "out of memory: an output needs");
}

void testEmptyPlans() {
  checkPlan(Description(), "nothing", true);
  Description plan;
  const int x = plan.input(uniform(DType::Float32, {0, 3}, 0, 1));
  plan.give(plan.step("relu", {x}, {DType::Float32, {0, 3}}));
  plan.give(plan.step("sum", {x}, kRow, {listed({0}), 0}));
  checkPlan(plan, "no elements", true);
}

/// One result asked for twice, a reshape of it, and copies of what is not the plan's own.
void testSharedOutputs() {
  Description plan;
  const Operand matrix = uniform(DType::Float32, kMatrix.dims, -1, 1);
  const int x = plan.input(matrix), constant = plan.held(matrix), weight = plan.variable(matrix);
  const int y = plan.step("neg", {x}, kMatrix);
  const Given flat{DType::Float32, {51}};
  for (int slot : {y, y, plan.reshape(y, flat), plan.reshape(x, flat), plan.reshape(constant, flat),
                   plan.reshape(weight, flat), plan.step("copy", {x}, kMatrix)}) {
    plan.give(slot);
  }
  plan.update("assign", {weight, y});
  checkPlan(plan, "shared outputs", true);
}

}  // namespace

int main() {
  setWorthAPart(0);  // the smallest steps are cut, too
  const MemoryStats before = memoryStats();
  testKnownOps();
  testRandomPlans();
  testTraining();
  testFusion();
  testGroupedUpdates();
  testSplitUpdates();
  testWideLayers();
  testSharesOfWideLayers();
  testPredicates();
  testPieces();
  testPassingStorages();
  testListing();
  testBusyTeam();
  testFaults();
  testComputedIndices();
  testIndicesOfWideLayers();
  testRefusals();
  testVastArena();
  testVastOutput();
  testEmptyPlans();
  testSharedOutputs();
  check(memoryStats().liveBuffers == before.liveBuffers, "plans leave buffers behind");
  stopTeam();
  return report("plan-test");
}
