// A thread that runs one function after the other: to start one costs more, in time and memory,
// than many a function takes.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace nabla {

class Worker {
 public:
  /// Throws std::system_error if there is no thread to be had.
  Worker();
  /// Waits for what runs.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Runs `job` on the thread; nothing else may be running.
  void start(std::function<void()> job);
  /// Waits until what was started has returned. Any thread may, even several.
  void wait();

 private:
  void loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> job_;  // empty while the thread is idle
  bool isEnding_ = false;
  std::thread thread_;
};

}  // namespace nabla
