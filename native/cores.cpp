#include "cores.hpp"

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

/// "quota period" of cgroup version 2, or the two files of version 1; 0 if there is no limit.
int coresByQuota() {
  double quota = 0, period = 0;
  std::ifstream unified("/sys/fs/cgroup/cpu.max");
  if (unified >> quota >> period && period > 0) return static_cast<int>(std::ceil(quota / period));
  std::ifstream quotaFile("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  std::ifstream periodFile("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  if (quotaFile >> quota && periodFile >> period && quota > 0 && period > 0) {
    return static_cast<int>(std::ceil(quota / period));
  }
  return 0;
}

#else

int coresByAffinity() { return 0; }
int coresByQuota() { return 0; }

#endif

}  // namespace

int availableCores() {
  int cores = coresByAffinity();
  if (cores < 1) cores = static_cast<int>(std::thread::hardware_concurrency());
  const int quota = coresByQuota();
  if (quota > 0) cores = std::min(cores, quota);
  return std::max(cores, 1);
}

}  // namespace nabla
