#include "epoch.hpp"

#include <cstring>
#include <set>

namespace nabla {
namespace {

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
    : work_(std::move(work)), events_(std::move(events)) {
  {
    const std::lock_guard<std::mutex> lock(registry().mutex);
    registry().running.insert(this);
  }
  thread_ = std::thread([this] { loop(); });
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
    parked_ = false;
  }
  wake_.notify_all();
}

void Epoch::stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_.store(true);
  }
  wake_.notify_all();
}

void Epoch::join() {
  if (thread_.joinable()) thread_.join();
}

void Epoch::loop() {
  const auto rows = static_cast<std::int64_t>(work_.rows.size());
  const std::int64_t batches = (rows + work_.batchSize - 1) / work_.batchSize;
  Clock::time_point told = Clock::now();
  while (done_ < batches && !stopping_.load() && runBatch(done_)) {
    done_++;
    const bool isDue = work_.progressEvery.count() > 0 && done_ < batches &&
                       Clock::now() - told >= work_.progressEvery;
    if (!isDue) continue;
    tellProgress();
    told = Clock::now();
  }
  events_.onEnd();
}

bool Epoch::runBatch(std::int64_t batch) {
  const std::int64_t first = batch * work_.batchSize;
  const auto rows = static_cast<std::int64_t>(work_.rows.size());
  Plan* plan = rows - first < work_.batchSize ? work_.last : work_.full;
  void* inputs[] = {work_.rows.data() + first};
  if (!plan->run(inputs, outputs_, error_)) return false;
  keepOutput(*plan);
  return true;
}

/// Copies the rows of the first output to their place in the result.
void Epoch::keepOutput(const Plan& plan) {
  if (work_.result != nullptr) {
    const std::size_t bytes = plan.outputView(0).bytes();
    std::memcpy(static_cast<char*>(work_.result->data) + resultBytes_, outputs_[0]->data, bytes);
    resultBytes_ += bytes;
  }
  for (Buffer* output : outputs_) releaseBuffer(output);
  outputs_.clear();
}

void Epoch::tellProgress() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    parked_ = true;
  }
  events_.onProgress();
  std::unique_lock<std::mutex> lock(mutex_);
  wake_.wait(lock, [this] { return !parked_ || stopping_.load(); });
}

void stopAllEpochs() {
  const std::lock_guard<std::mutex> lock(registry().mutex);
  for (Epoch* epoch : registry().running) epoch->stop();
  for (Epoch* epoch : registry().running) epoch->join();
}

}  // namespace nabla
