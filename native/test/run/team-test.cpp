// The thread team: every part of every phase runs once, in its turn, whoever runs it.

#include "run/team.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "test/check.hpp"

namespace {

using namespace nabla;
using nabla::test::check;

/// Counts the runs of each part, and notes parts that ran outside of their turn.
class CountingJob : public Job {
 public:
  CountingJob(int phases, int parts)
      : parts_(parts), runs_(static_cast<std::size_t>(phases * parts)), done_(0) {}

  void runPart(int phase, int part) override {
    // All parts of earlier phases have ended, none of a later phase has begun.
    const int before = done_.load();
    if (before < phase * parts_ || before >= (phase + 1) * parts_) untimely_.fetch_add(1);
    runs_[static_cast<std::size_t>(phase * parts_ + part)].fetch_add(1);
    if (part == 0) sum_ += phase;
    done_.fetch_add(1);
  }

  void verify(const std::string& what) const {
    bool isOnce = true;
    for (const std::atomic<int>& runs : runs_) isOnce = isOnce && runs.load() == 1;
    check(isOnce, what + ": a part did not run exactly once");
    check(untimely_.load() == 0, what + ": a part ran outside of its turn");
    const long phases = static_cast<long>(runs_.size()) / parts_;
    check(sum_ == phases * (phases - 1) / 2, what + ": what a part wrote is not there");
  }

 private:
  const int parts_;
  std::vector<std::atomic<int>> runs_;
  std::atomic<int> done_, untimely_{0};
  long sum_ = 0;  // no atomic: the team's barriers order the accesses
};

void runOnce(int phases, int parts, const std::string& what) {
  CountingJob job(phases, parts);
  runOnTeam(job, phases, parts);
  job.verify(what + ", " + std::to_string(phases) + " phases in " + std::to_string(parts));
}

void testRuns() {
  for (int round = 0; round < 400; round++) {
    for (int parts = 1; parts <= 4; parts++) runOnce(round % 13, parts, "many runs");
  }
  for (int round = 0; round < 2000; round++) runOnce(3, 2, "a team of two");
}

/// Workers sleep after a while without work and have to be woken.
void testSleep() {
  for (int round = 0; round < 40; round++) {
    std::this_thread::sleep_for(std::chrono::microseconds(100 * (round % 8)));
    runOnce(2, 3, "after a pause");
  }
}

/// While one thread has the team, others do their work alone.
void testBusyTeam() {
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 3; caller++) {
    callers.emplace_back([caller] {
      for (int round = 0; round < 500; round++) runOnce(5, 2 + (caller + round) % 3, "a busy team");
    });
  }
  for (std::thread& caller : callers) caller.join();
}

void testPace() {
  Pace pace;
  for (int round = 0; round < 2000; round++) {
    CountingJob job(3, 3);
    job.pace = &pace;
    runOnTeam(job, 3, 3);
    job.verify("a job with a pace");
  }
}

/// The part of many runs that a job's pace gives to the team, when runs take so many microseconds:
/// alone, with the team, and with the team right after a run alone.
double shareOfTeam(double alone, double team, double cold) {
  constexpr int kRuns = 20000;
  Pace pace;
  Pace::Clock::time_point now{};
  int coldRuns = 0, teamRuns = 0;
  for (int run = 0; run < kRuns; run++) {
    const bool takesTeam = pace.takesTeam(now);
    const double taken = takesTeam ? (coldRuns > 0 ? cold : team) : alone;
    const Pace::Nanoseconds duration{1000 * taken};
    now += std::chrono::duration_cast<Pace::Clock::duration>(duration);
    if (takesTeam) {
      pace.noteTeam(now, duration);
      coldRuns = std::max(coldRuns - 1, 0);
      teamRuns++;
    } else {
      pace.noteAlone(duration);
      coldRuns = 2;
    }
  }
  return static_cast<double>(teamRuns) / kRuns;
}

void testPaceDecides() {
  check(shareOfTeam(60, 40, 40) > 0.9, "a team that helps is left unused");
  check(shareOfTeam(1800, 1000, 3000) > 0.9,
        "a team that helps once it has its data is left unused");
  check(shareOfTeam(60, 100, 100) < 0.1, "a team that is of no help is used");
  check(shareOfTeam(1800, 2500, 3000) < 0.1, "a team that is of no help to long runs is used");
  check(shareOfTeam(20000, 40000, 40000) < 0.1,
        "a team that is of no help to very long runs is used");
}

void testStop() {
  for (int round = 0; round < 50; round++) {
    runOnce(2, 4, "before a stop");
    stopTeam();
    stopTeam();
    runOnce(2, 2, "after a stop");
  }
  stopTeam();
}

void testThreadCount() {
  setThreadCount(3);
  check(threadCount() == 3, "the setting of threads");
  setDefaultThreadCount(2);
  check(threadCount() == 3, "a default does not replace a setting");
  setThreadCount(0);
  check(threadCount() == 1, "the least number of threads");
  setThreadCount(1 << 20);
  check(threadCount() == kMaxThreads, "the greatest number of threads");
}

}  // namespace

int main() {
  testRuns();
  testSleep();
  testBusyTeam();
  testPace();
  testPaceDecides();
  testStop();
  testThreadCount();
  return nabla::test::report("team-test");
}
