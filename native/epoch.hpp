// The minibatch loop: replays plans over the batches of an epoch, on a thread of its own.
//
// A plan takes one argument, the int32 row numbers of a batch, and gathers from tensors that it
// holds. So an epoch is a list of row numbers. The arithmetic runs on this thread and the team; the
// thread that started the epoch hears of its progress and its end.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "plan.hpp"

namespace nabla {

struct EpochWork {
  Plan* full = nullptr;  // for batches of `batchSize` rows
  Plan* last = nullptr;  // for the smaller last batch; null if there is none
  std::vector<std::int32_t> rows;
  std::int64_t batchSize = 1;
  /// Where the rows of the plans' first output go one after the other; null if they return nothing.
  Buffer* result = nullptr;
  /// How often to tell of progress; zero for never.
  std::chrono::milliseconds progressEvery{0};
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
  /// Starts at once. The plans and the result must outlive it; nobody else may run the plans.
  Epoch(EpochWork work, EpochEvents events);
  /// Stops and joins.
  ~Epoch();
  Epoch(const Epoch&) = delete;
  Epoch& operator=(const Epoch&) = delete;

  /// Goes on after onProgress.
  void resume();
  /// Ends the loop after the step that runs now. Does not wait.
  void stop();
  /// Waits for the end of the thread, after `stop` or onEnd.
  void join();

  /// Batches done so far, and why the loop ended early. To be read while it is parked or ended.
  std::int64_t batchesDone() const { return done_; }
  const std::string& error() const { return error_; }

 private:
  using Clock = std::chrono::steady_clock;

  void loop();
  bool runBatch(std::int64_t batch);
  void keepOutput(const Plan& plan);
  void tellProgress();

  EpochWork work_;
  EpochEvents events_;
  std::int64_t done_ = 0;
  std::string error_;
  std::size_t resultBytes_ = 0;  // written so far
  std::vector<Buffer*> outputs_;

  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool parked_ = false;
  std::thread thread_;
};

/// Stops and joins every epoch of the process: for its exit.
void stopAllEpochs();

}  // namespace nabla
