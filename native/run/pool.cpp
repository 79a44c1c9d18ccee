#include "run/pool.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "run/cores.hpp"

namespace nabla {

class Pool {
 public:
  Pool() : most_(static_cast<std::size_t>(std::clamp(availableCores(), 4, kMaxPoolThreads))) {
    threads_.reserve(most_);
    idle_.reserve(most_);
  }

  int most() const { return static_cast<int>(most_); }

  bool ask(Turn& turn) {
    std::shared_ptr<std::condition_variable> wake;  // the thread may end before it is told
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (idle_.empty()) return (threads_.size() < most_ && addThread(turn)) || append(turn);
      // The one that was busy last: its core may still be awake, and the others come to their end.
      Member& member = *idle_.back();
      idle_.pop_back();
      member.next = &turn;
      wake = member.wake;
    }
    wake->notify_one();  // it would only wait for the lock
    return true;
  }

  bool withdraw(Turn& turn) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!turn.isQueued_) return false;
    unlink(turn);
    return true;
  }

  bool isWaitedFor() const { return waiting_.load(std::memory_order_relaxed) > 0; }

  void stop() {
    std::unique_lock<std::mutex> lock(mutex_);
    isStopping_ = true;
    for (Member* member : idle_) member->wake->notify_one();
    ended_.wait(lock, [this] { return threads_.empty(); });
    isStopping_ = false;
    const std::unique_ptr<Member> last = std::move(last_);
    lock.unlock();
    if (last != nullptr) last->thread.join();
  }

 private:
  struct Member {
    std::thread thread;
    const std::shared_ptr<std::condition_variable> wake =
        std::make_shared<std::condition_variable>();
    Turn* next = nullptr;
  };

  /// Starts a thread with its first turn; false if the system grants none.
  bool addThread(Turn& turn) {
    try {
      auto member = std::make_unique<Member>();
      Member& added = *member;
      added.next = &turn;
      added.thread = std::thread([this, &added] { serve(added); });
      threads_.push_back(std::move(member));  // reserved
      return true;
    } catch (const std::exception&) {
      return false;
    }
  }

  void serve(Member& member) {
    std::unique_lock<std::mutex> lock(mutex_);
    while (Turn* turn = nextTurn(member, lock)) {
      lock.unlock();
      turn->take();
      lock.lock();
    }
    const std::unique_ptr<Member> before = leave(member);
    lock.unlock();
    if (before != nullptr) before->thread.join();
  }

  /// Null if the thread is to end.
  Turn* nextTurn(Member& member, std::unique_lock<std::mutex>& lock) {
    if (member.next == nullptr && firstTurn_ != nullptr) {
      Turn& turn = *firstTurn_;
      unlink(turn);
      return &turn;
    }
    if (member.next == nullptr) {
      idle_.push_back(&member);  // reserved
      // By the system's clock, as in team.cpp.
      member.wake->wait_until(lock, std::chrono::system_clock::now() + kPoolIdle,
                              [&] { return member.next != nullptr || isStopping_; });
      if (member.next == nullptr) idle_.erase(std::find(idle_.begin(), idle_.end(), &member));
    }
    return std::exchange(member.next, nullptr);
  }

  /// Takes the thread that runs this off the list. No thread can wait for its own end: it leaves
  /// itself to the next one that ends, or to `stop`, and returns the one that was left to it.
  std::unique_ptr<Member> leave(Member& member) {
    const auto own = std::find_if(threads_.begin(), threads_.end(),
                                  [&](const auto& listed) { return listed.get() == &member; });
    std::unique_ptr<Member> before = std::exchange(last_, std::move(*own));
    threads_.erase(own);
    if (threads_.empty()) ended_.notify_all();
    return before;
  }

  /// False if there is no thread that would ever take it.
  bool append(Turn& turn) {
    if (threads_.empty()) return false;
    turn.before_ = lastTurn_;
    turn.after_ = nullptr;
    (lastTurn_ == nullptr ? firstTurn_ : lastTurn_->after_) = &turn;
    lastTurn_ = &turn;
    turn.isQueued_ = true;
    waiting_.fetch_add(1, std::memory_order_relaxed);
    return true;
  }

  void unlink(Turn& turn) {
    (turn.before_ == nullptr ? firstTurn_ : turn.before_->after_) = turn.after_;
    (turn.after_ == nullptr ? lastTurn_ : turn.after_->before_) = turn.before_;
    turn.isQueued_ = false;
    waiting_.fetch_sub(1, std::memory_order_relaxed);
  }

  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::vector<std::unique_ptr<Member>> threads_;
  std::vector<Member*> idle_;
  std::unique_ptr<Member> last_;  // ended or about to, and nobody has waited for it
  Turn* firstTurn_ = nullptr;     // the queue of turns
  Turn* lastTurn_ = nullptr;
  std::atomic<int> waiting_{0};  // its length
  bool isStopping_ = false;
};

namespace {

/// Never destroyed: it is asked while the process exits.
Pool& pool() {
  static Pool* instance = new Pool;
  return *instance;
}

}  // namespace

int poolThreads() { return pool().most(); }

bool askForTurn(Turn& turn) { return pool().ask(turn); }

bool withdrawTurn(Turn& turn) { return pool().withdraw(turn); }

bool areTurnsWaiting() { return pool().isWaitedFor(); }

void stopPool() { pool().stop(); }

}  // namespace nabla
