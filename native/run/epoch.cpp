#include "run/epoch.hpp"

#include <cmath>
#include <cstring>
#include <new>
#include <set>
#include <system_error>

namespace nabla {
namespace {

/// How long an epoch keeps its thread while others wait for one: long beside the microseconds of a
/// change of threads and of filling the caches again, short beside what people notice.
constexpr std::chrono::milliseconds kTurn{20};

/// The epochs of the process. Never destroyed: it is asked while the process exits.
struct Registry {
  std::mutex mutex;
  std::set<Epoch*> running;
};

Registry& registry() {
  static Registry* instance = new Registry;
  return *instance;
}

}  // namespace

Epoch::Epoch(EpochWork work, EpochEvents events)
    : work_(std::move(work)),
      events_(std::move(events)),
      arguments_(work_.inputs.size()),
      told_(Clock::now()) {
  // The registry is locked until the epoch waits for its turn: stopAllEpochs ends all that it
  // finds.
  const std::lock_guard<std::mutex> lock(registry().mutex);
  registry().running.insert(this);
  if (askForTurn(*this)) return;
  registry().running.erase(this);
  throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
}

Epoch::~Epoch() {
  stop();
  join();
  const std::lock_guard<std::mutex> lock(registry().mutex);
  registry().running.erase(this);
}

void Epoch::resume() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (state_ == State::Running) isResumed_ = true;
    if (state_ != State::Parked) return;
    told_ = Clock::now();
    state_ = State::Waiting;
    if (askForTurn(*this)) return;
    error_ = "the system grants no thread for an epoch";
    state_ = State::Running;
  }
  end();
}

void Epoch::stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_.store(true);
    const bool isAway =
        state_ == State::Parked || (state_ == State::Waiting && withdrawTurn(*this));
    if (!isAway) return;  // whoever runs it sees the end
    state_ = State::Running;
  }
  end();
}

void Epoch::join() {
  std::unique_lock<std::mutex> lock(mutex_);
  ended_.wait(lock, [this] { return state_ == State::Ended; });
}

/// Tells of the end; the caller is the only one to run the epoch. Nothing of it may be touched
/// afterwards.
void Epoch::end() {
  events_.onEnd();
  const std::lock_guard<std::mutex> lock(mutex_);
  state_ = State::Ended;
  ended_.notify_all();
}

/// A turn on a thread of the pool. Once it has parked or asked for another, the epoch may already
/// run elsewhere, or be gone.
void Epoch::take() noexcept {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    state_ = State::Running;
  }
  turnBegan_ = Clock::now();
  try {
    if (!goOn()) return;
  } catch (const std::exception&) {
    error_ = "out of memory";  // short: it needs none
  }
  end();
}

/// Runs batches. True at the end; false if the epoch parked or gave way.
bool Epoch::goOn() {
  const auto batches = static_cast<std::int64_t>(work_.offsets.size()) - 1;
  while (done_ < batches && !stopping_.load() && runBatch(done_)) {
    done_++;
    if (work_.finite != nullptr && !std::isfinite(*work_.finite)) break;
    if (done_ == batches) break;
    if (isProgressDue() && !tellProgress()) return false;
    if (areTurnsWaiting() && giveWay()) return false;
  }
  return true;
}

bool Epoch::isProgressDue() const {
  if (work_.progressBatches > 0 && done_ % work_.progressBatches == 0) return true;
  return work_.progressEvery.count() > 0 && Clock::now() - told_ >= work_.progressEvery;
}

bool Epoch::runBatch(std::int64_t batch) {
  const auto first = static_cast<std::size_t>(batch);
  const std::int64_t begin = work_.offsets[first];
  const bool isFull = work_.offsets[first + 1] - begin == work_.fullRows;
  Plan& plan = isFull ? *work_.full : *work_.other;
  for (std::size_t i = 0; i < arguments_.size(); i++) {
    const EpochInput& input = work_.inputs[i];
    arguments_[i] = input.data + static_cast<std::size_t>(begin) * input.rowBytes;
  }
  if (!plan.run(arguments_.data(), outputs_, error_)) return false;
  keepOutput(plan);
  return true;
}

/// Copies the rows of the first output to their place in the result.
void Epoch::keepOutput(const Plan& plan) {
  if (work_.result) {
    const std::size_t bytes = plan.outputView(0).bytes();
    if (bytes > 0) {
      std::memcpy(static_cast<char*>(work_.result.data()) + resultBytes_, outputs_[0].data(),
                  bytes);
    }
    resultBytes_ += bytes;
  }
  outputs_.clear();
}

/// Tells of progress. False if the epoch is parked now: this thread has no more to do with it.
bool Epoch::tellProgress() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    isResumed_ = false;
  }
  events_.onProgress();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!isResumed_ && !stopping_.load()) {
    state_ = State::Parked;
    return false;
  }
  told_ = Clock::now();
  return true;
}

/// Asks for a turn behind all others if this one was long. True if this thread has no more to do
/// with the epoch.
bool Epoch::giveWay() {
  if (Clock::now() - turnBegan_ < kTurn) return false;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (stopping_.load()) return false;
  state_ = State::Waiting;
  if (askForTurn(*this)) return true;
  state_ = State::Running;
  return false;
}

void stopAllEpochs() {
  try {
    const std::lock_guard<std::mutex> lock(registry().mutex);
    for (Epoch* epoch : registry().running) epoch->stop();
    for (Epoch* epoch : registry().running) epoch->join();
    stopPool();
  } catch (const std::exception&) {
    // Only where registry or pool are to be made for the first time: then nothing runs.
  }
}

}  // namespace nabla
