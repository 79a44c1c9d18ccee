#include "run/team.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "run/cores.hpp"

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace nabla {
namespace {

using Clock = std::chrono::steady_clock;

// A committed constant, calibrated on two cores: how long a thread spins before it goes to sleep.
constexpr auto kIdleSpin = std::chrono::microseconds(100);

// How long a thread sleeps before it ends.
constexpr auto kIdleSleep = std::chrono::seconds(2);

void pauseCore() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#endif
}

/// Waits for something that other threads are about to do: first eagerly, then politely.
class Spinner {
 public:
  void wait() {
    if (++turns_ % 64 == 0 && Clock::now() - start_ > kIdleSpin) std::this_thread::yield();
    pauseCore();
  }

 private:
  Clock::time_point start_ = Clock::now();
  unsigned turns_ = 0;
};

/// A counter alone on its cache line.
struct alignas(64) Counter {
  std::atomic<std::uint64_t> value{0};
};

/// Phases of all runs are numbered in one series, so that a thread which wakes late can never
/// mistake one run's phase for another's. Phase t is open once all parts of t - 1 are done, while
/// t < `limit_`. Part p of it is claimed by moving `claimed_[p]` from t to t + 1.
class Team {
 public:
  explicit Team(int threads) : parts_(threads) {
    workers_.reserve(static_cast<std::size_t>(threads));
    try {
      for (int i = 1; i < threads; i++) workers_.emplace_back([this, i] { work(i); });
    } catch (const std::exception&) {
      // The system grants no more threads or memory: those that there are claim all parts.
    }
  }

  ~Team() {
    stopping_.store(true);
    wakeWorkers();
    for (std::thread& worker : workers_) worker.join();
  }

  int parts() const { return parts_; }

  /// True if threads have ended for want of work. The others go on.
  bool hasShrunk() const { return ended_.load() > 0; }

  void run(Job& job, int phases) {
    const std::uint64_t first = limit_.load(std::memory_order_relaxed);
    job_ = &job;
    first_ = first;
    limit_.store(first + static_cast<std::uint64_t>(phases), std::memory_order_seq_cst);
    if (sleepers_.load(std::memory_order_seq_cst) > 0) wakeWorkers();
    for (std::uint64_t phase = first; phase < first + static_cast<std::uint64_t>(phases); phase++) {
      for (int i = 0; i < parts_; i++) tryPart(phase, i);
      waitFor(phase);
    }
  }

 private:
  bool isDone(std::uint64_t phase) const {
    return done_.value.load(std::memory_order_acquire) >=
           (phase + 1) * static_cast<std::uint64_t>(parts_);
  }

  /// Claims a part of an open phase and runs it; false if another thread has it.
  bool tryPart(std::uint64_t phase, int part) {
    std::atomic<std::uint64_t>& claimed = claimed_[part].value;
    std::uint64_t expected = phase;
    if (claimed.load(std::memory_order_relaxed) != phase) return false;
    if (!claimed.compare_exchange_strong(expected, phase + 1, std::memory_order_acq_rel)) {
      return false;
    }
    // The run that this phase belongs to cannot end before this part, so its job is still there.
    job_->runPart(static_cast<int>(phase - first_), part);
    done_.value.fetch_add(1, std::memory_order_acq_rel);
    return true;
  }

  void waitFor(std::uint64_t phase) {
    Spinner spinner;
    while (!isDone(phase)) spinner.wait();
  }

  void work(int own) {
    while (!stopping_.load(std::memory_order_acquire)) {
      if (!workOnOpenPhase(own) && !rest()) break;
    }
    ended_.fetch_add(1);
  }

  /// False if no phase is open.
  bool workOnOpenPhase(int own) {
    const std::uint64_t phase =
        done_.value.load(std::memory_order_acquire) / static_cast<std::uint64_t>(parts_);
    if (phase >= limit_.load(std::memory_order_acquire)) return false;
    bool worked = tryPart(phase, own);
    for (int i = parts_ - 1; i > 0 && !worked; i--) worked = tryPart(phase, i);
    if (!worked) pauseCore();
    return true;
  }

  bool hasWork() const {
    return done_.value.load(std::memory_order_acquire) / static_cast<std::uint64_t>(parts_) <
           limit_.load(std::memory_order_seq_cst);
  }

  /// Spins for a while, then sleeps until there is work. False if there was none for long.
  bool rest() {
    const Clock::time_point start = Clock::now();
    while (Clock::now() - start < kIdleSpin) {
      for (int i = 0; i < 16; i++) {
        if (hasWork() || stopping_.load(std::memory_order_relaxed)) return true;
        pauseCore();
      }
    }
    std::unique_lock<std::mutex> lock(mutex_);
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    // By the system's clock: the steady one's wait asks for glibc 2.30, prebuilt addons for less.
    const bool isWanted = wake_.wait_until(lock, std::chrono::system_clock::now() + kIdleSleep,
                                           [this] { return hasWork() || stopping_.load(); });
    sleepers_.fetch_sub(1, std::memory_order_seq_cst);
    return isWanted;
  }

  void wakeWorkers() {
    { const std::lock_guard<std::mutex> lock(mutex_); }
    wake_.notify_all();
  }

  const int parts_;
  Counter claimed_[kMaxThreads];
  Counter done_;  // parts done since the start
  alignas(64) std::atomic<std::uint64_t> limit_{0};
  Job* job_ = nullptr;
  std::uint64_t first_ = 0;  // number of the run's first phase
  std::atomic<bool> stopping_{false};

  std::atomic<int> sleepers_{0}, ended_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::thread> workers_;
};

/// The one team of the process, and who may use it.
struct TeamHolder {
  std::mutex busy;  // held for the length of a run
  std::unique_ptr<Team> team;
  std::atomic<int> threads{0};  // 0: not set yet
};

/// Never destroyed: threads may outlive static destruction.
TeamHolder& holder() {
  static TeamHolder* instance = new TeamHolder;
  return *instance;
}

void runAlone(Job& job, int phases, int parts) {
  for (int phase = 0; phase < phases; phase++) {
    for (int part = 0; part < parts; part++) job.runPart(phase, part);
  }
}

}  // namespace

void runOnTeam(Job& job, int phases, int parts) {
  TeamHolder& shared = holder();
  std::unique_lock<std::mutex> lock(shared.busy, std::defer_lock);
  if (parts == 1 || !lock.try_lock()) return runAlone(job, phases, parts);
  Clock::time_point start = Clock::now();
  if (job.pace != nullptr && !job.pace->takesTeam(start)) {
    runAlone(job, phases, parts);
    return job.pace->noteAlone(Clock::now() - start);
  }
  if (shared.team == nullptr || shared.team->parts() != parts || shared.team->hasShrunk()) {
    shared.team = nullptr;  // ends the old threads before new ones start
    shared.team = std::make_unique<Team>(parts);
    start = Clock::now();
  }
  shared.team->run(job, phases);
  if (job.pace == nullptr) return;
  const Clock::time_point end = Clock::now();
  job.pace->noteTeam(end, end - start);
}

int threadCount() {
  std::atomic<int>& threads = holder().threads;
  if (threads.load() == 0) threads.store(std::clamp(availableCores(), 1, kMaxThreads));
  return threads.load();
}

void setThreadCount(int count) { holder().threads.store(std::clamp(count, 1, kMaxThreads)); }

void setDefaultThreadCount(int count) {
  int unset = 0;
  holder().threads.compare_exchange_strong(unset, std::clamp(count, 1, kMaxThreads));
}

void stopTeam() {
  const std::lock_guard<std::mutex> lock(holder().busy);
  holder().team = nullptr;
}

}  // namespace nabla
