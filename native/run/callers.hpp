// A bound on the threads that compute at once.
//
// OpenBLAS lends each call a region of memory and has as many as twice the threads that it was
// built for; once all are lent it ends the process. Runs of the pool, of the main thread and of any
// number of workers of JavaScript would ask for more.
#pragma once

namespace nabla {

/// The most threads that run a plan or a step. With those of the team (kMaxThreads) they stay below
/// 128, the regions of an OpenBLAS that was built for 64 threads, as distributions do.
constexpr int kMaxCallers = 48;

/// For as long as it lives, this thread is one of them; it waits for that if there are too many.
/// No thread may hold two.
class Caller {
 public:
  Caller();
  ~Caller();
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
};

}  // namespace nabla
