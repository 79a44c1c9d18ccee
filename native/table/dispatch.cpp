#include "table/dispatch.hpp"

#include <cstdlib>
#include <cstring>

#include "blas/processor.hpp"
#include "table/checks.hpp"
#include "table/ops.hpp"

// Each variant that CMake compiled (see NABLA_ISAS there) exports its kernels.
namespace nabla {

namespace baseline {
extern const KernelFn kernelTable[];
}
#ifdef NABLA_HAS_AVX2
namespace avx2 {
extern const KernelFn kernelTable[];
}
#endif
#ifdef NABLA_HAS_AVX512
namespace avx512 {
extern const KernelFn kernelTable[];
}
#endif

namespace {

constexpr OpRow kRows[] = {
#define OP(name, inputs, outputs, attrs, writes, split, check, validate, doc) \
  {#name, inputs, outputs, attrs, writes, Split::split, checks::check, validators::validate, doc},
#include "table/all-ops.def"
#undef OP
};

struct Isa {
  const char* name;
  const KernelFn* kernels;
  bool (*isSupported)();
};

/// Best first.
constexpr Isa kIsas[] = {
#ifdef NABLA_HAS_AVX512
    {"avx512", avx512::kernelTable, [] { return hasAvx512(processorFeatures()); }},
#endif
#ifdef NABLA_HAS_AVX2
    {"avx2", avx2::kernelTable, [] { return hasAvx2(processorFeatures()); }},
#endif
    {"baseline", baseline::kernelTable, [] { return true; }},
};

/// The best that this machine supports; NABLA_ISA in the environment may ask for a lesser one.
const Isa& chooseIsa() {
  const char* wanted = std::getenv("NABLA_ISA");
  const Isa* best = nullptr;
  for (const Isa& isa : kIsas) {
    if (!isa.isSupported()) continue;
    if (wanted != nullptr && std::strcmp(wanted, isa.name) == 0) return isa;
    if (best == nullptr) best = &isa;
  }
  return *best;
}

const Isa& isa() {
  static const Isa& chosen = chooseIsa();
  return chosen;
}

}  // namespace

int recordedOpCount() { return static_cast<int>(Op::recordedCount); }

int opCount() { return static_cast<int>(sizeof kRows / sizeof kRows[0]); }

const OpRow& opRow(int op) { return kRows[op]; }

KernelFn kernelOf(int op) { return isa().kernels[op]; }

const char* isaName() { return isa().name; }

}  // namespace nabla
