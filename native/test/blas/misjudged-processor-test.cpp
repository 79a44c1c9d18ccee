// Started with OPENBLAS_CORETYPE=Prescott, so that OpenBLAS runs the kernels that it falls back to
// on processors it does not know. Then the variable goes, as if the user had never set it.
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "blas/blas.hpp"
#include "blas/select-kernels.hpp"
#include "blas/try-kernels.hpp"
#include "test/check.hpp"

extern "C" char* openblas_get_config(void);
extern "C" char* openblas_get_corename(void);

namespace {

using namespace nabla;

constexpr const char* kVariable = "OPENBLAS_CORETYPE";

void setVariable(const char* value) {
#ifdef _WIN32
  _putenv_s(kVariable, value == nullptr ? "" : value);
#else
  if (value == nullptr) {
    unsetenv(kVariable);
  } else {
    setenv(kVariable, value, 1);
  }
#endif
}

std::string core() { return openblas_get_corename(); }

/// A processor that can do nothing new, and one whose user named a core, keep what OpenBLAS chose.
void checkLeftAlone() {
  const std::string before = core();
  ProcessorFeatures old;
  old.isX86 = true;
  const BlasStatus modest = selectKernels(old);
  test::check(!modest.forced && modest.warning.empty() && core() == before,
              "kernels that suit an old processor stay");

  setVariable("Prescott");
  const BlasStatus named = selectKernels(processorFeatures());
  test::check(!named.forced && core() == before, "kernels that the user named stay");
  test::check(std::string(std::getenv(kVariable)) == "Prescott", "the user's variable stays");
  test::check(named.warning.find("is set to \"Prescott\": unset it") != std::string::npos,
              "a warning names the variable: " + named.warning);
  setVariable(nullptr);
}

/// All threads that load the engine at once find it ready.
void checkForced() {
  const KernelClass best = classOfProcessor(processorFeatures());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; i++) {
    threads.emplace_back([best] {
      const BlasStatus& status = initBlas();
      test::check(status.forced && status.kernelClass == best,
                  "kernels of the processor's class are forced but not " + status.kernels);
      test::check(core() == status.kernels && multipliesCorrectly(), "they compute");
      test::check(status.warning.empty(), "there is nothing to warn of: " + status.warning);
    });
  }
  for (std::thread& thread : threads) thread.join();
  test::check(std::getenv(kVariable) == nullptr, "the variable is gone");
}

}  // namespace

int main() {
  setVariable(nullptr);
  test::check(multipliesCorrectly(), "the kernels that OpenBLAS starts with compute");
  // Builds for one core, and processors without AVX2, have nothing to be forced to.
  const bool hasManyCores =
      std::string(openblas_get_config()).find("DYNAMIC_ARCH") != std::string::npos;
  if (hasManyCores && isLesser(classOfCore(core()), classOfProcessor(processorFeatures()))) {
    checkLeftAlone();
    checkForced();
  } else {
    test::check(!initBlas().forced, "OpenBLAS is left alone");
  }
  return test::report("misjudged-processor-test");
}
