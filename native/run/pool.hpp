// The threads on which runs take their turns: a bounded number of them, whatever the number of
// runs.
//
// A turn is one call of a function; what has more to do asks for another turn. Turns begin in the
// order in which they were asked for. Threads start when they are needed, serve one turn after the
// other, and end after a while without any.
#pragma once

#include <chrono>

namespace nabla {

/// The most threads that take turns; fewer than compute at once (kMaxCallers in callers.hpp), so
/// that threads of JavaScript find a place beside them.
constexpr int kMaxPoolThreads = 32;

/// How long a thread without a turn waits for one before it ends.
constexpr std::chrono::milliseconds kPoolIdle{2000};

/// Something that takes turns on the pool.
class Turn {
 public:
  Turn() = default;
  virtual ~Turn() = default;
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  /// Called on a thread of the pool, once for each time that it was asked for.
  virtual void take() noexcept = 0;

 private:
  friend class Pool;
  Turn* before_ = nullptr;  // its neighbours in the queue
  Turn* after_ = nullptr;
  bool isQueued_ = false;
};

/// Number of threads that take turns at most: the available cores, so that each can be busy, but at
/// least four, so that a few runs with slow steps do not hold up all others.
int poolThreads();

/// Asks for a turn; nobody may have asked for one that has not begun. False, and there will be
/// none, if no thread is there and the system grants none.
bool askForTurn(Turn& turn);

/// Takes back what was asked for. False if the turn has begun or is about to: it will be taken.
bool withdrawTurn(Turn& turn);

/// True if turns wait because all threads are busy: who takes long should give way.
bool areTurnsWaiting();

/// Ends the threads; nobody may wait for a turn. Later turns start threads anew.
void stopPool();

}  // namespace nabla
