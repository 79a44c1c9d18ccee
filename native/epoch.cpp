#include "epoch.hpp"

#include <cmath>
#include <cstring>
#include <set>

namespace nabla {
namespace {

/// The epochs of the process and the threads that wait for the next. Never destroyed: it is asked
/// while the process exits.
struct Registry {
  std::mutex mutex;
  std::set<Epoch*> running;
  std::vector<std::unique_ptr<Worker>> idle;
};

Registry& registry() {
  static Registry* instance = new Registry;
  return *instance;
}

std::unique_ptr<Worker> takeWorker(std::vector<std::unique_ptr<Worker>>& idle) {
  if (idle.empty()) return std::make_unique<Worker>();
  std::unique_ptr<Worker> worker = std::move(idle.back());
  idle.pop_back();
  return worker;
}

}  // namespace

Epoch::Epoch(EpochWork work, EpochEvents events)
    : work_(std::move(work)), events_(std::move(events)), arguments_(work_.inputs.size()) {
  // The registry is locked until the loop runs: stopAllEpochs waits for all that it finds.
  const std::lock_guard<std::mutex> lock(registry().mutex);
  worker_ = takeWorker(registry().idle);
  registry().running.insert(this);
  worker_->start([this] { loop(); });
}

Epoch::~Epoch() {
  stop();
  join();
  const std::lock_guard<std::mutex> lock(registry().mutex);
  registry().running.erase(this);
  registry().idle.push_back(std::move(worker_));
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

void Epoch::join() { worker_->wait(); }

void Epoch::loop() {
  const auto batches = static_cast<std::int64_t>(work_.offsets.size()) - 1;
  Clock::time_point told = Clock::now();
  while (done_ < batches && !stopping_.load() && runBatch(done_)) {
    done_++;
    if (work_.finite != nullptr && !std::isfinite(*work_.finite)) break;
    if (done_ == batches || !isProgressDue(told)) continue;
    tellProgress();
    told = Clock::now();
  }
  events_.onEnd();
}

bool Epoch::isProgressDue(Clock::time_point told) const {
  if (work_.progressBatches > 0 && done_ % work_.progressBatches == 0) return true;
  return work_.progressEvery.count() > 0 && Clock::now() - told >= work_.progressEvery;
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
  if (work_.result != nullptr) {
    const std::size_t bytes = plan.outputView(0).bytes();
    if (bytes > 0) {
      std::memcpy(static_cast<char*>(work_.result->data) + resultBytes_, outputs_[0]->data, bytes);
    }
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
  registry().idle.clear();
}

}  // namespace nabla
