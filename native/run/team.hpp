// The thread team: persistent threads that walk a plan's phases together.
//
// A phase is cut into parts, one a thread. Parts are claimed, not assigned: whoever is free takes
// the next one, its own first, so that a thread which the system has taken off its core holds up
// only the part it is in. All parts of a phase end before the next phase begins.
#pragma once

#include "run/pace.hpp"

namespace nabla {

constexpr int kMaxThreads = 64;

/// What a team runs. Calls for different parts of one phase may run at once, on any thread.
class Job {
 public:
  virtual ~Job() = default;
  virtual void runPart(int phase, int part) = 0;

  /// How this job fared with the team so far. A job that runs once has no use for it.
  Pace* pace = nullptr;
};

/// Runs phases 0 to `phases` - 1 of a job, each cut into `parts`, and returns when all have ended.
/// With one part, with a team that is busy with another job, or while the job's pace says that the
/// team is of no help, the calling thread runs all parts itself, one after the other; what is
/// computed is the same.
void runOnTeam(Job& job, int phases, int parts);

/// Number of parts that plans are cut into and threads that may run them, this one included.
int threadCount();

/// Sets it; clamped to [1, kMaxThreads]. Threads start at the first run that needs them.
void setThreadCount(int count);

/// Sets it unless it was set or asked for already; otherwise it is the number of available cores.
void setDefaultThreadCount(int count);

/// Ends the threads, as they do by themselves after two seconds without work; a later run starts
/// them anew. For the end of the last environment.
void stopTeam();

}  // namespace nabla
