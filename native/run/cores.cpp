#include "run/cores.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#ifdef __linux__
#include <sched.h>
#endif

namespace nabla {
namespace {

#ifdef __linux__

std::string firstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// Threads of one core share the list of their siblings, so lists are counted instead of threads.
int coresByAffinity() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return 0;
  std::set<std::string> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    const std::string siblings = firstLine("/sys/devices/system/cpu/cpu" + std::to_string(cpu) +
                                           "/topology/thread_siblings_list");
    cores.insert(siblings.empty() ? std::to_string(cpu) : siblings);
  }
  return static_cast<int>(cores.size());
}

#else

int coresByAffinity() { return 0; }

#endif

/// Cores that "quota period" allow, rounded up; 0 if they are no limit ("max", or -1).
int coresOf(std::istream& quotaFile, std::istream& periodFile) {
  double quota = 0, period = 0;
  if (!(quotaFile >> quota) || !(periodFile >> period) || quota <= 0 || period <= 0) return 0;
  return static_cast<int>(std::ceil(quota / period));
}

int coresOfUnified(const std::string& group) {
  std::ifstream file(group + "/cpu.max");
  return coresOf(file, file);
}

int coresOfVersion1(const std::string& group) {
  std::ifstream quota(group + "/cpu.cfs_quota_us"), period(group + "/cpu.cfs_period_us");
  return coresOf(quota, period);
}

/// The least limit of a group and of those around it; 0 if there is none. Each may set one, and a
/// process that sees a part of the tree alone finds its own at the top.
int leastOnPath(const std::string& mount, std::string path,
                int (*coresOfGroup)(const std::string& group)) {
  int least = 0;
  for (;;) {
    const int cores = coresOfGroup(mount + path);
    if (cores > 0) least = least > 0 ? std::min(least, cores) : cores;
    const std::size_t slash = path.find_last_of('/');
    if (slash == std::string::npos) return least;
    path.erase(slash);
  }
}

bool names(const std::string& list, const std::string& name) {
  return ("," + list + ",").find("," + name + ",") != std::string::npos;
}

}  // namespace

int coresByQuota(const std::string& groups, const std::string& mount) {
  std::ifstream file(groups);
  int least = 0;
  // "hierarchy:controllers:path", the unified hierarchy without controllers
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    int cores = 0;
    if (controllers.empty()) {
      cores = leastOnPath(mount, path, coresOfUnified);
    } else if (names(controllers, "cpu")) {
      cores = leastOnPath(mount + "/cpu", path, coresOfVersion1);
    }
    if (cores > 0) least = least > 0 ? std::min(least, cores) : cores;
  }
  return least;
}

int availableCores() {
  int cores = coresByAffinity();
  if (cores < 1) cores = static_cast<int>(std::thread::hardware_concurrency());
  const int quota = coresByQuota("/proc/self/cgroup", "/sys/fs/cgroup");
  if (quota > 0) cores = std::min(cores, quota);
  return std::max(cores, 1);
}

}  // namespace nabla
