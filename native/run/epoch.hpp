// The minibatch loop: replays plans over the batches of an epoch, on a thread of the pool.
//
// The arguments of a batch are rows of tensors, one batch behind the other: for training the rows
// of one int32 tensor, row numbers by which the plan gathers from tensors that it holds. The
// arithmetic runs on the pool's thread and the team; the thread that started the epoch hears of
// its progress and its end.
//
// An epoch takes turns. It holds a thread only while it computes: one that is parked, waiting for
// its owner, has none, so that any number may be parked while others run; and while others wait for
// a thread, it gives its own back now and then.
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

#include "plan/plan.hpp"
#include "run/pool.hpp"

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
  /// Where the rows of the plans' first output go one after the other; none if nobody wants them.
  BufferRef result;
  /// The loop ends after a step that leaves no finite number here; null if it does not matter.
  const double* finite = nullptr;
  /// How often to tell of progress: after so much time, and after so many batches; 0 for never.
  std::chrono::milliseconds progressEvery{0};
  std::int64_t progressBatches = 0;
};

/// What an epoch tells its owner. Both are called on a thread of the pool; onEnd on that of `stop`
/// or `resume` instead if the epoch has no thread then.
struct EpochEvents {
  /// The loop is parked from this call until `resume`.
  std::function<void()> onProgress;
  /// The last call; the plans are no longer in use.
  std::function<void()> onEnd;
};

class Epoch : private Turn {
 public:
  /// Starts as soon as a thread is free; throws std::system_error if there is no thread to be had.
  /// The plans, inputs and result must outlive it; nobody else may run the plans.
  Epoch(EpochWork work, EpochEvents events);
  /// Stops and waits.
  ~Epoch() override;
  Epoch(const Epoch&) = delete;
  Epoch& operator=(const Epoch&) = delete;

  /// Goes on after onProgress.
  void resume();
  /// Ends the loop after the step that runs now, or at once if none does. Does not wait.
  void stop();
  /// Waits for the end of the loop, after `stop` or onEnd.
  void join();

  /// Batches done so far, and why the loop ended early. To be read while it is parked or ended.
  std::int64_t batchesDone() const { return done_; }
  const std::string& error() const { return error_; }
  /// The same, without a copy: once, at the end.
  std::string takeError() { return std::move(error_); }

 private:
  using Clock = std::chrono::steady_clock;

  enum class State { Waiting, Running, Parked, Ended };  // waiting for a turn, or in one

  void take() noexcept override;
  bool goOn();
  bool runBatch(std::int64_t batch);
  void keepOutput(const Plan& plan);
  bool isProgressDue() const;
  bool tellProgress();
  bool giveWay();
  void end();

  EpochWork work_;
  EpochEvents events_;
  std::int64_t done_ = 0;
  std::string error_;
  std::size_t resultBytes_ = 0;  // written so far
  std::vector<void*> arguments_;
  std::vector<BufferRef> outputs_;
  Clock::time_point told_;       // when progress was told last
  Clock::time_point turnBegan_;  // when this turn began

  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable ended_;
  State state_ = State::Waiting;
  bool isResumed_ = false;  // while progress was being told
};

/// Stops every epoch of the process, and ends the pool's threads: for its exit, or that of its last
/// environment.
void stopAllEpochs();

}  // namespace nabla
