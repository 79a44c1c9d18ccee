// Whether a job gains from the thread team at present.
//
// The system may give the team's threads fewer cores than there are: another process runs, or a
// control group's quota is used up. Then a thread loses its core in the middle of a part, and the
// others wait for it. No single wait tells; what tells is that runs with the team take longer than
// runs of the caller alone, so both are measured. What is computed is the same.
#pragma once

#include <algorithm>
#include <chrono>

namespace nabla {

class Pace {
 public:
  using Clock = std::chrono::steady_clock;
  using Nanoseconds = std::chrono::duration<double, std::nano>;

  /// For the run that starts now: with the team, or alone?
  bool takesTeam(Clock::time_point now) {
    if (now < aloneUntil_) return runsAlone();
    sinceProbe_++;
    if (sinceProbe_ < kRunsPerProbe) return true;
    sinceProbe_ = 0;  // a run alone, to know what it takes
    return runsAlone();
  }

  void noteAlone(Nanoseconds duration) {
    const bool isFirst = alone_.count() == 0;
    alone_ = isFirst || duration < alone_ ? duration : alone_ + kForgetting * (duration - alone_);
  }

  void noteTeam(Clock::time_point now, Nanoseconds duration) {
    if (warmUps_ > 0) {
      warmUps_--;
      return;
    }
    team_ += duration;
    runs_++;
    if (team_ < kWindow) return;
    if (alone_.count() > 0 && team_ > runs_ * alone_) {
      aloneUntil_ = now + retreat_;
      retreat_ = std::min(2 * retreat_, longestRetreat());
    } else {
      retreat_ = kShortestRetreat;
    }
    team_ = Nanoseconds{0};
    runs_ = 0;
  }

 private:
  bool runsAlone() {
    warmUps_ = kWarmUps;
    return false;
  }

  /// Runs with the team, some of them to warm up, must stay few beside those alone.
  Clock::duration longestRetreat() const {
    const auto manyRuns = std::chrono::duration_cast<Clock::duration>(kFewestAlone * alone_);
    return std::max<Clock::duration>(kLongestRetreat, manyRuns);
  }

  // Committed constants, calibrated on two cores with and without a busy neighbour process.
  static constexpr int kRunsPerProbe = 64;
  static constexpr int kWarmUps = 2;  // runs that move data from the caller's cache to the team's
  static constexpr double kForgetting = 0.05;
  static constexpr Nanoseconds kWindow = std::chrono::milliseconds(2);
  static constexpr Clock::duration kShortestRetreat = std::chrono::milliseconds(4);
  static constexpr Clock::duration kLongestRetreat = std::chrono::milliseconds(100);
  static constexpr int kFewestAlone = 64;  // runs of a long retreat

  Nanoseconds alone_{0};            // what a run alone takes, near its least
  Nanoseconds team_{0};             // of this window's runs with the team
  int runs_ = 0;                    // in this window
  int sinceProbe_ = kRunsPerProbe;  // runs; the first run is a probe
  int warmUps_ = 0;                 // runs with the team that do not count yet
  Clock::time_point aloneUntil_{};
  Clock::duration retreat_ = kShortestRetreat;
};

}  // namespace nabla
