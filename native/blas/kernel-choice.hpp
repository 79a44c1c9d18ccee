// Which of OpenBLAS' kernels shall compute: a choice by what the processor can do.
//
// Until 0.3.25 OpenBLAS chose by a list of processor models, and on those that it did not know fell
// back to kernels that compute with a quarter of the processor's vectors, or less.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "blas/processor.hpp"

namespace nabla {

/// Kernels by the instructions they compute with. `other` are those of processors other than x86,
/// and those whose name is not known here: they are left alone.
enum class KernelClass { other, older, avx2, avx512 };

/// Its name in JavaScript.
const char* nameOf(KernelClass kernels);

KernelClass classOfProcessor(const ProcessorFeatures& processor);

/// That of a core, as OpenBLAS names those that it has kernels for.
KernelClass classOfCore(const std::string& core);

/// OpenBLAS' name for the core whose kernels suit the processor best; empty where it is left alone.
std::string bestCore(const ProcessorFeatures& processor);

/// Whether kernels do less than the processor can.
bool isLesser(KernelClass kernels, KernelClass processor);

/// The cores to try in place of the one that OpenBLAS chose, best first: none that the processor
/// cannot run, none that is no better, and none at all if the user named one.
/// @param chosen openblas_get_corename()'s word
/// @param users OPENBLAS_CORETYPE; empty if the user did not set it
std::vector<std::string> coresToTry(const ProcessorFeatures& processor, const std::string& chosen,
                                    const std::string& users);

/// Has one core after another chosen until one runs, and says whether one does; if none, `own` is
/// chosen again.
bool chooseFirstThatRuns(const std::vector<std::string>& cores, const std::string& own,
                         const std::function<void(const std::string&)>& choose,
                         const std::function<bool(const std::string&)>& runs);

}  // namespace nabla
