// The cores that control groups allow, read from files like those of Linux.

#include "run/cores.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "test/check.hpp"

namespace {

using namespace nabla;
using nabla::test::check;
namespace fs = std::filesystem;

/// A folder of groups that goes with its owner.
class Tree {
 public:
  Tree() : root_(fs::temp_directory_path() / ("nabla-cores-" + std::to_string(number()))) {
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~Tree() { fs::remove_all(root_); }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  Tree& with(const std::string& file, const std::string& text) {
    const fs::path path = root_ / file;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return *this;
  }

  void expect(const std::string& groups, int cores, const std::string& what) {
    with("self", groups);
    const int found = coresByQuota((root_ / "self").string(), root_.string());
    check(found == cores,
          what + ": " + std::to_string(found) + " cores instead of " + std::to_string(cores));
  }

 private:
  static long long number() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

  fs::path root_;
};

void testUnified() {
  Tree().expect("0::/\n", 0, "no limit at all");
  Tree().with("cpu.max", "max 100000\n").expect("0::/\n", 0, "an unlimited group");
  Tree().with("cpu.max", "200000 100000\n").expect("0::/\n", 2, "a container's own group");
  Tree().with("cpu.max", "150000 100000\n").expect("0::/\n", 2, "a fraction of a core");
  Tree().with("cpu.max", "50000 100000\n").expect("0::/\n", 1, "less than a core");
  Tree().with("cpu.max", "nonsense\n").expect("0::/\n", 0, "a file that is none");
}

void testNested() {
  Tree()
      .with("user/app/cpu.max", "max 100000\n")
      .with("user/cpu.max", "300000 100000\n")
      .expect("0::/user/app\n", 3, "a limit of the group above");
  Tree()
      .with("user/app/cpu.max", "100000 50000\n")
      .with("user/cpu.max", "300000 100000\n")
      .expect("0::/user/app\n", 2, "the lesser of two limits");
  Tree()
      .with("user/app/cpu.max", "800000 100000\n")
      .with("user/cpu.max", "100000 100000\n")
      .expect("0::/user/app\n", 1, "the lesser limit above");
  Tree()
      .with("other/cpu.max", "100000 100000\n")
      .expect("0::/user/app\n", 0, "a limit of another group");
  Tree()
      .with("cpu.max", "200000 100000\n")
      .expect("0::/seen/from/outside\n", 2, "a path that is not mounted");
}

void testVersion1() {
  const std::string groups = "7:memory:/box\n4:cpu,cpuacct:/box/app\n0::/\n";
  Tree()
      .with("cpu/box/app/cpu.cfs_quota_us", "-1\n")
      .with("cpu/box/app/cpu.cfs_period_us", "100000\n")
      .expect(groups, 0, "version 1 without a limit");
  Tree()
      .with("cpu/box/app/cpu.cfs_quota_us", "400000\n")
      .with("cpu/box/app/cpu.cfs_period_us", "100000\n")
      .with("cpu/box/cpu.cfs_quota_us", "250000\n")
      .with("cpu/box/cpu.cfs_period_us", "100000\n")
      .expect(groups, 3, "version 1, the group above");
  Tree()
      .with("cpu/cpu.cfs_quota_us", "200000\n")
      .with("cpu/cpu.cfs_period_us", "100000\n")
      .expect("3:cpuset:/x\n2:cpu:/\n", 2, "version 1, a container's own group");
}

}  // namespace

int main() {
  testUnified();
  testNested();
  testVersion1();
  check(coresByQuota("/nowhere", "/nowhere") == 0, "a system without control groups");
  check(availableCores() >= 1, "a process has a core");
  return nabla::test::report("cores-test");
}
