#include "blas/kernel-choice.hpp"

#include <algorithm>
#include <cctype>

namespace nabla {
namespace {

struct Core {
  const char* name;
  KernelClass kernels;
};

/// Excavator's kernels have no AVX2 of their own, but multiply as fast as the processor can.
constexpr Core kCores[] = {
    {"sapphirerapids", KernelClass::avx512},
    {"cooperlake", KernelClass::avx512},
    {"skylakex", KernelClass::avx512},
    {"zen", KernelClass::avx2},
    {"haswell", KernelClass::avx2},
    {"excavator", KernelClass::avx2},
    {"steamroller", KernelClass::older},
    {"piledriver", KernelClass::older},
    {"bulldozer", KernelClass::older},
    {"sandybridge", KernelClass::older},
    {"bobcat", KernelClass::older},
    {"nano", KernelClass::older},
    {"barcelona", KernelClass::older},
    {"opteron_sse3", KernelClass::older},
    {"opteron", KernelClass::older},
    {"athlon", KernelClass::older},
    {"nehalem", KernelClass::older},
    {"dunnington", KernelClass::older},
    {"penryn", KernelClass::older},
    {"core2", KernelClass::older},
    {"atom", KernelClass::older},
    {"banias", KernelClass::older},
    {"prescott", KernelClass::older},
    {"northwood", KernelClass::older},
    {"coppermine", KernelClass::older},
    {"katmai", KernelClass::older},
    {"generic", KernelClass::older},
    {"unknown", KernelClass::older},
};

/// The core that stands for a class; empty for classes that nothing is forced to.
std::string coreOf(KernelClass kernels, const ProcessorFeatures& processor) {
  switch (kernels) {
    case KernelClass::avx512:
      return "SkylakeX";
    case KernelClass::avx2:
      return processor.isAmd ? "Zen" : "Haswell";
    case KernelClass::older:
    case KernelClass::other:
      break;
  }
  return "";
}

}  // namespace

const char* nameOf(KernelClass kernels) {
  switch (kernels) {
    case KernelClass::avx512:
      return "avx512";
    case KernelClass::avx2:
      return "avx2";
    case KernelClass::older:
      return "older";
    case KernelClass::other:
      break;
  }
  return "other";
}

KernelClass classOfProcessor(const ProcessorFeatures& processor) {
  if (!processor.isX86) return KernelClass::other;
  if (hasAvx512(processor)) return KernelClass::avx512;
  return hasAvx2(processor) ? KernelClass::avx2 : KernelClass::older;
}

KernelClass classOfCore(const std::string& core) {
  // Builds for a single core spell its name in capitals.
  std::string name = core;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const Core& known : kCores) {
    if (name == known.name) return known.kernels;
  }
  return KernelClass::other;
}

std::string bestCore(const ProcessorFeatures& processor) {
  return coreOf(classOfProcessor(processor), processor);
}

bool isLesser(KernelClass kernels, KernelClass processor) {
  return kernels != KernelClass::other && kernels < processor;
}

std::vector<std::string> coresToTry(const ProcessorFeatures& processor, const std::string& chosen,
                                    const std::string& users) {
  if (!users.empty()) return {};
  const KernelClass best = classOfProcessor(processor);
  std::vector<std::string> cores;
  for (KernelClass kernels : {KernelClass::avx512, KernelClass::avx2}) {
    if (kernels > best || !isLesser(classOfCore(chosen), kernels)) continue;
    cores.push_back(coreOf(kernels, processor));
  }
  return cores;
}

bool chooseFirstThatRuns(const std::vector<std::string>& cores, const std::string& own,
                         const std::function<void(const std::string&)>& choose,
                         const std::function<bool(const std::string&)>& runs) {
  if (cores.empty()) return false;
  for (const std::string& core : cores) {
    choose(core);
    if (runs(core)) return true;
  }
  choose(own);
  return false;
}

}  // namespace nabla
