// The minibatch loop: replays plans over the batches of an epoch, on a thread of its own.
//
// The arguments of a batch are rows of tensors, one batch behind the other: for training the rows
// of one int32 tensor, row numbers by which the plan gathers from tensors that it holds. The
// arithmetic runs on the epoch's thread and the team; the thread that started the epoch hears of
// its progress and its end.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "plan.hpp"
#include "worker.hpp"

namespace nabla {

/// Where an argument's rows lie.
struct EpochInput {
  char* data = nullptr;
  std::size_t rowBytes = 0;
};

struct EpochWork {
  Plan* full = nullptr;   // for batches of `fullRows` rows
  Plan* other = nullptr;  // for batches of any other size, which all have one; null if none has
  std::int64_t fullRows = 1;
  std::vector<EpochInput> inputs;     // by argument of the plans
  std::vector<std::int64_t> offsets;  // batch b is rows offsets[b] to offsets[b + 1] - 1
  /// Where the rows of the plans' first output go one after the other; null if nobody wants them.
  Buffer* result = nullptr;
  /// The loop ends after a step that leaves no finite number here; null if it does not matter.
  const double* finite = nullptr;
  /// How often to tell of progress: after so much time, and after so many batches; 0 for never.
  std::chrono::milliseconds progressEvery{0};
  std::int64_t progressBatches = 0;
};

/// What an epoch tells its owner. Both are called on the epoch's thread.
struct EpochEvents {
  /// The loop is parked from this call until `resume`.
  std::function<void()> onProgress;
  /// The last call; the plans are no longer in use.
  std::function<void()> onEnd;
};

class Epoch {
 public:
  /// Starts at once; throws std::system_error if there is no thread to be had. The plans, inputs
  /// and result must outlive it; nobody else may run the plans.
  Epoch(EpochWork work, EpochEvents events);
  /// Stops and waits; the thread then serves other epochs.
  ~Epoch();
  Epoch(const Epoch&) = delete;
  Epoch& operator=(const Epoch&) = delete;

  /// Goes on after onProgress.
  void resume();
  /// Ends the loop after the step that runs now. Does not wait.
  void stop();
  /// Waits for the end of the loop, after `stop` or onEnd.
  void join();

  /// Batches done so far, and why the loop ended early. To be read while it is parked or ended.
  std::int64_t batchesDone() const { return done_; }
  const std::string& error() const { return error_; }

 private:
  using Clock = std::chrono::steady_clock;

  void loop();
  bool runBatch(std::int64_t batch);
  void keepOutput(const Plan& plan);
  bool isProgressDue(Clock::time_point told) const;
  void tellProgress();

  EpochWork work_;
  EpochEvents events_;
  std::int64_t done_ = 0;
  std::string error_;
  std::size_t resultBytes_ = 0;  // written so far
  std::vector<void*> arguments_;
  std::vector<Buffer*> outputs_;

  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool parked_ = false;
  std::unique_ptr<Worker> worker_;
};

/// Stops every epoch of the process, and ends the threads that wait for one: for its exit, or that
/// of its last environment.
void stopAllEpochs();

}  // namespace nabla
