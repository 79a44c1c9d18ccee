#include "blas/select-kernels.hpp"

#include <cblas.h>

#include <cstdlib>

#include "blas/try-kernels.hpp"

// OpenBLAS chooses its kernels in gotoblas_dynamic_init(), when it is loaded: by OPENBLAS_CORETYPE
// if that is set. After gotoblas_dynamic_quit(), which forgets the choice and nothing else, it
// chooses anew. Builds for a single core have neither; and only ELF has symbols that may be
// missing.
#ifdef __ELF__
#define NABLA_CAN_CHOOSE_ANEW
extern "C" {
__attribute__((weak, visibility("default"))) void gotoblas_dynamic_init(void);
__attribute__((weak, visibility("default"))) void gotoblas_dynamic_quit(void);
}
#endif

namespace nabla {
namespace {

constexpr const char* kVariable = "OPENBLAS_CORETYPE";

std::string usersCore() {
  const char* value = std::getenv(kVariable);
  return value == nullptr ? "" : value;
}

#ifdef NABLA_CAN_CHOOSE_ANEW

bool canChooseAnew() {
  return gotoblas_dynamic_init != nullptr && gotoblas_dynamic_quit != nullptr;
}

/// The variable for as long as OpenBLAS reads it: the process's children never see it.
class CoreVariable {
 public:
  explicit CoreVariable(const std::string& core) : wasSet_(std::getenv(kVariable) != nullptr) {
    setenv(kVariable, core.c_str(), 1);
  }
  /// Where a core is chosen, the variable was empty if it was set at all.
  ~CoreVariable() {
    if (wasSet_) {
      setenv(kVariable, "", 1);
    } else {
      unsetenv(kVariable);
    }
  }
  CoreVariable(const CoreVariable&) = delete;
  CoreVariable& operator=(const CoreVariable&) = delete;

 private:
  bool wasSet_;
};

void chooseAnew(const std::string& core) {
  CoreVariable variable(core);
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
}

#else

bool canChooseAnew() { return false; }
void chooseAnew(const std::string&) {}

#endif

/// A library that lacks a core's kernels takes others.
bool runs(const std::string& core) {
  return classOfCore(openblas_get_corename()) == classOfCore(core) && multipliesCorrectly();
}

std::string warningOf(const BlasStatus& status, const std::string& best, const std::string& users) {
  if (!isLesser(status.kernelClass, status.processorClass)) return "";
  const std::string fault = "OpenBLAS computes with its " + status.kernels + " kernels (" +
                            nameOf(status.kernelClass) + "), though the processor has " +
                            nameOf(status.processorClass) +
                            ": matrix products are slower than they could be. ";
  if (!users.empty()) {
    return fault + kVariable + " is set to \"" + users + "\": unset it, or set it to \"" + best +
           "\".";
  }
  if (canChooseAnew()) {
    return fault + "Its " + best +
           " kernels are missing or do not compute correctly: use another " +
           "build of OpenBLAS, 0.3.26 or newer.";
  }
  return fault + "Set " + kVariable + "=" + best + " in the environment before the program " +
         "starts, or use OpenBLAS 0.3.26 or newer, built with DYNAMIC_ARCH=1.";
}

}  // namespace

BlasStatus selectKernels(const ProcessorFeatures& processor) {
  const std::string own = openblas_get_corename(), users = usersCore();
  BlasStatus status;
  if (canChooseAnew()) {
    const auto cores = coresToTry(processor, own, users);
    status.forced = chooseFirstThatRuns(cores, own, chooseAnew, runs);
  }
  status.config = openblas_get_config();
  status.kernels = openblas_get_corename();
  status.kernelClass = classOfCore(status.kernels);
  status.processorClass = classOfProcessor(processor);
  status.warning = warningOf(status, bestCore(processor), users);
  return status;
}

}  // namespace nabla
