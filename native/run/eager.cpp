#include "run/eager.hpp"

#include "run/callers.hpp"
#include "run/team.hpp"
#include "table/cost.hpp"
#include "table/dispatch.hpp"
#include "table/fault.hpp"

namespace nabla {
namespace {

std::string arityFault(const OpRow& row) {
  return std::string(row.name) + ": wrong number of inputs, outputs or attributes";
}

bool arityFits(const OpRow& row, const Operands& operands) {
  const bool inputs = row.inputs < 0 ? operands.nIn >= 1 : operands.nIn == row.inputs;
  const bool attrs = row.attrs < 0 || operands.nAttr == row.attrs;
  return inputs && attrs && operands.nOut == row.outputs;
}

/// A step as a job of one phase. Kernels do not fail once their operands are checked.
class StepJob : public Job {
 public:
  StepJob(KernelFn kernel, const Operands& operands, int parts)
      : kernel_(kernel), operands_(operands), parts_(parts) {}

  void runPart(int, int part) override {
    if (part < parts_) kernel_(operands_, Part{part, parts_});
  }

 private:
  KernelFn kernel_;
  const Operands& operands_;
  int parts_;
};

int partsOf(int op, const Operands& operands, int threads) {
  const View& target = operands.nOut > 0 ? operands.output() : operands.input(0);
  const std::int64_t slices = target.rank == 0 ? 1 : target.dims[0];
  return partsFor(costOf(op, operands), slices, threads);
}

}  // namespace

bool checkOperands(const OpRow& row, const Operands& operands, std::string& error) {
  if (!arityFits(row, operands)) {
    error = arityFault(row);
    return false;
  }
  const Status status = row.check(operands);
  if (status.ok()) return true;
  error = describeFault(row, operands, status);
  return false;
}

bool runStepNow(int op, const Operands& operands, std::string& error) {
  const OpRow& row = opRow(op);
  Status status;
  if (row.validator.run != nullptr) status = row.validator.run(operands, Part{0, 1});
  const int threads = threadCount();  // read once: another thread may change the setting
  const int parts = status.ok() ? partsOf(op, operands, threads) : 1;
  const Caller caller;
  if (parts > 1) {
    StepJob job(kernelOf(op), operands, parts);
    runOnTeam(job, 1, threads);
  } else if (status.ok()) {
    status = kernelOf(op)(operands, Part{0, 1});
  }
  if (status.ok()) return true;
  error = describeFault(row, operands, status);
  return false;
}

}  // namespace nabla
