// How many cores this process may use.
#pragma once

#include <string>

namespace nabla {

/// Physical cores among those that affinity allows, no more than the control group's quota; at
/// least 1.
int availableCores();

/// Cores that the control groups of a process allow, rounded up; 0 if they set no limit. `groups`
/// is its /proc/PID/cgroup, `mount` the folder of the groups; both versions of control groups are
/// understood, and a limit of any group around the process' own counts.
int coresByQuota(const std::string& groups, const std::string& mount);

}  // namespace nabla
