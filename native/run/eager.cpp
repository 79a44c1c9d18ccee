#include "run/eager.hpp"

#include "memory/workspace.hpp"
#include "run/callers.hpp"
#include "run/team.hpp"
#include "table/access.hpp"
#include "table/cost.hpp"
#include "table/index-check.hpp"

namespace nabla {
namespace {

/// A step as a job of one phase.
class StepJob : public Job {
 public:
  StepJob(const OpRow& row, const Operands& operands, int parts, Workspace& workspace)
      : row_(row), operands_(operands), parts_(parts), workspace_(workspace) {}

  void runPart(int, int part) override {
    if (part >= parts_) return;
    nabla::runPart(row_, operands_, Part{part, parts_, workspace_.of(part)});
  }

 private:
  const OpRow& row_;
  const Operands& operands_;
  int parts_;
  Workspace& workspace_;
};

}  // namespace

bool runStepNow(const OpRow& row, const Operands& operands, std::string& error) {
  const IndexFault fault = checkIndices(row, operands, Part{});
  if (fault.found) {
    error = describeFault(row, fault);
    return false;
  }
  const int threads = threadCount();  // read once: another thread may change the setting
  const int parts =
      threads == 1 ? 1 : partsFor(costOf(row, operands), slicesOfStep(row, operands), threads);
  Workspace workspace;
  if (row.workspaceBytes != nullptr && !workspace.reserve(parts, row.workspaceBytes(operands))) {
    error = std::string(row.name) + ": out of memory for its workspace";
    return false;
  }
  const Caller caller;
  if (parts > 1) {
    StepJob job(row, operands, parts, workspace);
    runOnTeam(job, 1, threads);
  } else {
    runPart(row, operands, Part{0, 1, workspace.of(0)});
  }
  return true;
}

}  // namespace nabla
