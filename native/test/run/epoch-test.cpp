// Epochs: every batch is run once and in order, a stopped epoch leaves whole steps and nothing
// else, faults end it, and many may run at once.

#include "run/epoch.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "run/pool.hpp"
#include "table/cost.hpp"
#include "table/registry.hpp"
#include "test/check.hpp"

namespace {

using namespace nabla;
using nabla::test::check;

constexpr std::int64_t kSamples = 96, kFeatures = 5, kBatch = 8;

View viewOf(DType dtype, std::initializer_list<std::int64_t> dims) {
  View view;
  view.dtype = dtype;
  for (std::int64_t dim : dims) {
    view.dims[view.rank++] = dim;
    view.size *= dim;
  }
  return view;
}

/// The value of a feature of a sample: small integers, whose sums are exact.
float valueAt(std::int64_t sample, std::int64_t feature) {
  return static_cast<float>((sample * 7 + feature * 3) % 11);
}

/// A plan that takes the row numbers of a batch, adds the rows' sum to a Variable, counts its runs
/// in another and returns the rows. Several phases, each cut into parts.
class Model {
 public:
  Model() : samples_(BufferRef::allocate(kSamples * kFeatures * sizeof(float))) {
    total = BufferRef::allocate(kFeatures * sizeof(float));
    steps = BufferRef::allocate(sizeof(float));
    std::fill_n(static_cast<float*>(total.data()), kFeatures, 0.0f);
    *static_cast<float*>(steps.data()) = 0;
    for (std::int64_t i = 0; i < kSamples; i++) {
      for (std::int64_t k = 0; k < kFeatures; k++) {
        static_cast<float*>(samples_.data())[i * kFeatures + k] = valueAt(i, k);
      }
    }
  }
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  std::unique_ptr<Plan> planFor(std::int64_t batch) const {
    Graph graph;
    auto add = [&graph](SlotKind kind, const View& view, const BufferRef& buffer) {
      Slot slot;
      slot.kind = kind;
      slot.view = view;
      slot.root = static_cast<int>(graph.slots.size());
      slot.buffer = buffer;
      if (kind == SlotKind::Input) slot.input = graph.inputCount++;
      graph.slots.push_back(slot);
      return slot.root;
    };
    const View row = viewOf(DType::Float32, {kFeatures});
    const View rows = viewOf(DType::Float32, {batch, kFeatures});
    const View scalar = viewOf(DType::Float32, {});
    const int numbers = add(SlotKind::Input, viewOf(DType::Int32, {batch}), {});
    const int samples =
        add(SlotKind::Held, viewOf(DType::Float32, {kSamples, kFeatures}), samples_);
    const int sum = add(SlotKind::Variable, row, total);
    const int count = add(SlotKind::Variable, scalar, steps);
    const int taken = add(SlotKind::Temp, rows, {});
    const int added = add(SlotKind::Temp, row, {});
    const int one = add(SlotKind::Temp, scalar, {});
    auto step = [&graph](const char* op, std::vector<int> inputs, std::vector<int> outputs,
                         std::vector<Attribute> attrs) {
      graph.steps.push_back(
          {opNumber(op), std::move(inputs), std::move(outputs), std::move(attrs)});
    };
    const Attribute float32 = static_cast<double>(DType::Float32);
    step("gather", {samples, numbers}, {taken}, {float32});
    step("sum", {taken}, {added}, {Attribute::list({0}), 0});
    step("assignAdd", {sum, added}, {}, {});
    step("fill", {}, {one}, {Attribute::list({}), 1, float32});
    step("assignAdd", {count, one}, {}, {});
    graph.outputs = {taken};
    std::string error;
    std::unique_ptr<Plan> plan = Plan::build(std::move(graph), {}, error);
    check(plan != nullptr, "a plan of an epoch: " + error);
    return plan;
  }

  /// What `count` batches of these rows must have left.
  void verify(const std::vector<std::int32_t>& rows, std::int64_t batches,
              const std::string& what) const {
    const std::int64_t seen = std::min<std::int64_t>(batches * kBatch, std::int64_t(rows.size()));
    bool isSum = true;
    for (std::int64_t k = 0; k < kFeatures; k++) {
      float expected = 0;
      for (std::int64_t i = 0; i < seen; i++) {
        expected += valueAt(rows[static_cast<std::size_t>(i)], k);
      }
      isSum = isSum && static_cast<const float*>(total.data())[k] == expected;
    }
    check(isSum, what + ": the Variable does not hold the sum of the batches that were done");
    check(*static_cast<const float*>(steps.data()) == static_cast<float>(batches),
          what + ": a step was done in part");
  }

  BufferRef total;
  BufferRef steps;

 private:
  BufferRef samples_;
};

/// Hears of an epoch's progress and end, on whichever thread waits.
class Listener {
 public:
  EpochEvents events() {
    return {[this] { note(progress_); }, [this] { note(ended_); }};
  }
  void waitForProgress() { wait(progress_); }
  void waitForEnd() { wait(ended_); }
  bool hasEnded() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return ended_;
  }
  /// Progress, or the end if that comes first; then false.
  bool waitForNews() {
    std::unique_lock<std::mutex> lock(mutex_);
    heard_.wait(lock, [this] { return progress_ || ended_; });
    const bool isProgress = progress_;
    progress_ = false;
    return isProgress;
  }

 private:
  void note(bool& what) {
    const std::lock_guard<std::mutex> lock(mutex_);
    what = true;
    heard_.notify_all();
  }
  void wait(const bool& what) {
    std::unique_lock<std::mutex> lock(mutex_);
    heard_.wait(lock, [&what] { return what; });
  }

  std::mutex mutex_;
  std::condition_variable heard_;
  bool progress_ = false, ended_ = false;
};

/// Row numbers in an order of their own, `count` of them.
std::vector<std::int32_t> shuffledRows(std::size_t count) {
  std::vector<std::int32_t> rows(count);
  for (std::size_t i = 0; i < count; i++) rows[i] = static_cast<std::int32_t>(i * 29 % kSamples);
  return rows;
}

/// An epoch over `rows`, with the plans that serve it.
struct Run {
  Run(const Model& model, std::vector<std::int32_t> order, std::int64_t progressBatches = 0,
      const BufferRef& result = {})
      : rows(std::move(order)), full(model.planFor(kBatch)) {
    const auto count = static_cast<std::int64_t>(rows.size());
    if (count % kBatch != 0) last = model.planFor(count % kBatch);
    EpochWork work;
    work.full = full.get();
    work.other = last.get();
    work.fullRows = kBatch;
    work.inputs = {{reinterpret_cast<char*>(rows.data()), sizeof(std::int32_t)}};
    for (std::int64_t row = 0; row < count; row += kBatch) work.offsets.push_back(row);
    work.offsets.push_back(count);
    work.result = result;
    work.progressBatches = progressBatches;
    epoch = std::make_unique<Epoch>(std::move(work), listener.events());
  }

  std::vector<std::int32_t> rows;
  std::unique_ptr<Plan> full, last;
  Listener listener;
  std::unique_ptr<Epoch> epoch;
};

void testWhole() {
  for (std::size_t count : {std::size_t{0}, std::size_t{8}, std::size_t{90}, std::size_t{960}}) {
    const std::string what = "an epoch of " + std::to_string(count) + " rows";
    Model model;
    const BufferRef result = BufferRef::allocate(count * kFeatures * sizeof(float));
    Run run(model, shuffledRows(count), 0, result);
    run.listener.waitForEnd();
    run.epoch->join();
    const auto batches = static_cast<std::int64_t>((count + kBatch - 1) / kBatch);
    check(run.epoch->error().empty(), what + ": " + run.epoch->error());
    check(run.epoch->batchesDone() == batches, what + ": number of batches");
    model.verify(run.rows, batches, what);
    bool isInOrder = true;
    for (std::size_t i = 0; i < count; i++) {
      const float value = static_cast<const float*>(result.data())[i * kFeatures];
      isInOrder = isInOrder && value == valueAt(run.rows[i], 0);
    }
    check(isInOrder, what + ": the results do not stand in the rows' order");
    run.epoch = nullptr;
  }
}

/// While the loop is parked, its owner may look at what was done; then it goes on.
void testProgress() {
  Model model;
  Run run(model, shuffledRows(320), 3);
  int told = 0;
  while (run.listener.waitForNews()) {
    told++;
    model.verify(run.rows, run.epoch->batchesDone(), "a parked epoch");
    run.epoch->resume();
  }
  run.epoch->join();
  check(told == 13, "told of progress every three of forty batches");
  model.verify(run.rows, 40, "an epoch with progress");
}

/// A stop from another thread, at any moment, leaves whole steps.
void testAbort() {
  for (int round = 0; round < 60; round++) {
    Model model;
    Run run(model, shuffledRows(80000));
    std::this_thread::sleep_for(std::chrono::microseconds(40 * round));
    run.epoch->stop();
    run.listener.waitForEnd();
    run.epoch->join();
    check(run.epoch->error().empty(), "an aborted epoch: " + run.epoch->error());
    model.verify(run.rows, run.epoch->batchesDone(), "an aborted epoch");
  }
}

/// A parked loop ends as well, and so does one whose owner simply goes.
void testAbortWhileParked() {
  for (bool destroys : {false, true}) {
    Model model;
    Run run(model, shuffledRows(800), 5);
    run.listener.waitForProgress();
    if (!destroys) {
      run.epoch->stop();
      run.epoch->join();
      check(run.epoch->batchesDone() == 5, "an epoch goes on after a stop");
    }
    run.epoch = nullptr;
    check(run.listener.hasEnded(), "a stopped epoch does not tell its end");
    model.verify(run.rows, 5, "an epoch that was stopped while parked");
  }
}

void testFault() {
  Model model;
  std::vector<std::int32_t> rows = shuffledRows(80);
  rows[41] = kSamples;
  Run run(model, rows);
  run.listener.waitForEnd();
  run.epoch->join();
  check(run.epoch->error().find("96") != std::string::npos, "a fault: " + run.epoch->error());
  check(run.epoch->batchesDone() == 5, "the batches before a fault");
  model.verify(rows, 5, "an epoch with a fault");
}

/// Epochs of several models share the team; the exit of the process stops all of them.
void testMany() {
  std::vector<std::unique_ptr<Model>> models;
  std::vector<std::unique_ptr<Run>> runs;
  for (int i = 0; i < 3; i++) {
    models.push_back(std::make_unique<Model>());
    runs.push_back(std::make_unique<Run>(*models.back(), shuffledRows(i == 0 ? 800 : 800000)));
  }
  runs[0]->listener.waitForEnd();
  stopAllEpochs();
  for (std::size_t i = 0; i < runs.size(); i++) {
    check(runs[i]->listener.hasEnded(), "an epoch outlives the exit");
    const std::int64_t done = runs[i]->epoch->batchesDone();
    models[i]->verify(runs[i]->rows, done, "epochs side by side");
  }
  check(runs[0]->epoch->batchesDone() == 100, "an epoch beside others does all its batches");
}

/// Threads of this process; 0 where the system does not say.
int threadsAlive() {
  std::ifstream status("/proc/self/status");
  std::string word;
  int count = 0;
  while (status >> word) {
    if (word == "Threads:") status >> count;
  }
  return count;
}

/// Far more epochs than threads: each does all its batches, and those that came later do not wait
/// for the end of long ones.
void testCrowd() {
  constexpr int kLong = 40, kShort = 200;
  const int before = threadsAlive();
  std::vector<std::unique_ptr<Model>> models;
  std::vector<std::unique_ptr<Run>> runs;
  int most = 0;
  for (int i = 0; i < kLong + kShort; i++) {
    models.push_back(std::make_unique<Model>());
    const std::size_t rows = i < kLong ? 80000 * kBatch : 800;
    runs.push_back(std::make_unique<Run>(*models.back(), shuffledRows(rows)));
    most = std::max(most, threadsAlive());
  }
  for (int i = kLong; i < kLong + kShort; i++) {
    runs[std::size_t(i)]->listener.waitForEnd();
    check(runs[std::size_t(i)]->epoch->batchesDone() == 100, "a short epoch among long ones");
    models[std::size_t(i)]->verify(runs[std::size_t(i)]->rows, 100, "a short epoch in a crowd");
  }
  most = std::max(most, threadsAlive());
  check(most - before <= poolThreads() + threadCount(), "a thread for each of many epochs");
  const auto ended = std::count_if(runs.begin(), runs.begin() + kLong,
                                   [](const auto& run) { return run->listener.hasEnded(); });
  check(ended < kLong, "short epochs wait for the end of all long ones");
  for (auto& run : runs) run->epoch->stop();
  for (std::size_t i = 0; i < runs.size(); i++) {
    runs[i]->epoch->join();
    models[i]->verify(runs[i]->rows, runs[i]->epoch->batchesDone(), "a crowd of epochs");
  }
}

/// Parked epochs, more than there are threads, keep nobody from running.
void testParkedCrowd() {
  std::vector<std::unique_ptr<Model>> models;
  std::vector<std::unique_ptr<Run>> parked;
  for (int i = 0; i < 3 * poolThreads(); i++) {
    models.push_back(std::make_unique<Model>());
    parked.push_back(std::make_unique<Run>(*models.back(), shuffledRows(320), 1));
  }
  for (auto& run : parked) run->listener.waitForProgress();
  Model model;
  Run other(model, shuffledRows(800));
  other.listener.waitForEnd();
  check(other.epoch->batchesDone() == 100, "an epoch beside parked ones");
  for (std::size_t i = 0; i < parked.size(); i++) {
    while (parked[i]->listener.waitForNews()) parked[i]->epoch->resume();
    parked[i]->epoch->join();
    models[i]->verify(parked[i]->rows, 40, "an epoch that was parked in a crowd");
  }
}

/// `resume` and `stop` at any moment around progress, from another thread than that which hears it.
void testResumeAtOnce() {
  for (int round = 0; round < 200; round++) {
    Model model;
    Run run(model, shuffledRows(320), 1);
    std::atomic<bool> isOver{false};
    std::thread owner([&] {
      while (!isOver.load()) run.epoch->resume();
    });
    if (round % 2 == 0) {
      run.listener.waitForEnd();
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(5 * round));
      run.epoch->stop();
    }
    run.epoch->join();
    isOver.store(true);
    owner.join();
    check(round % 2 == 1 || run.epoch->batchesDone() == 40,
          "an epoch that is resumed all the time");
    model.verify(run.rows, run.epoch->batchesDone(), "an epoch that is resumed all the time");
  }
}

void testIdleThreadsEnd() {
  stopAllEpochs();
  stopTeam();
  const int before = threadsAlive();
  if (before == 0) return;
  testWhole();
  check(threadsAlive() > before, "no thread waits for the next epoch");
  std::this_thread::sleep_for(kPoolIdle + std::chrono::milliseconds(1500));
  check(threadsAlive() == before, "a thread is left that nobody needs");
  testWhole();
}

}  // namespace

int main() {
  setWorthAPart(0);  // the smallest steps are cut into parts
  for (int threads : {1, 3}) {
    setThreadCount(threads);
    testWhole();
    testProgress();
    testAbort();
    testAbortWhileParked();
    testFault();
    testMany();
    testCrowd();
    testParkedCrowd();
    testResumeAtOnce();
  }
  testIdleThreadsEnd();
  stopAllEpochs();
  stopTeam();
  return nabla::test::report("epoch-test");
}
