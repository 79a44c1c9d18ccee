// The choice of OpenBLAS' kernels as a table: what a processor can do, what OpenBLAS chose, what
// the user named, and the cores that are tried in its place.
#include "blas/kernel-choice.hpp"

#include "test/check.hpp"

namespace {

using namespace nabla;

struct Row {
  const char* what;
  ProcessorFeatures processor;
  const char *chosen, *users;
  std::vector<std::string> tried;
};

/// A processor of about 2001, one of 2013, one of 2017.
ProcessorFeatures olderOne() {
  ProcessorFeatures p;
  p.isX86 = true;
  return p;
}
ProcessorFeatures withAvx2() {
  ProcessorFeatures p = olderOne();
  p.avx2 = p.fma = p.bmi = p.keepsYmm = true;
  return p;
}
ProcessorFeatures withAvx512() {
  ProcessorFeatures p = withAvx2();
  p.avx512 = p.keepsZmm = true;
  return p;
}

ProcessorFeatures amd(ProcessorFeatures p) {
  p.isAmd = true;
  return p;
}
ProcessorFeatures without(ProcessorFeatures p, bool ProcessorFeatures::*feature) {
  p.*feature = false;
  return p;
}

using P = ProcessorFeatures;

const std::vector<Row> kRows = {
    {"an unknown server", withAvx512(), "Prescott", "", {"SkylakeX", "Haswell"}},
    {"the same of AMD's", amd(withAvx512()), "Prescott", "", {"SkylakeX", "Zen"}},
    {"half of the vectors", withAvx512(), "Haswell", "", {"SkylakeX"}},
    {"half of AMD's", amd(withAvx512()), "Zen", "", {"SkylakeX"}},
    {"a model before AVX2", withAvx512(), "Sandybridge", "", {"SkylakeX", "Haswell"}},
    {"an unknown notebook", withAvx2(), "Prescott", "", {"Haswell"}},
    {"the same of AMD's", amd(withAvx2()), "Barcelona", "", {"Zen"}},
    {"no model at all", withAvx2(), "Unknown", "", {"Haswell"}},

    // OpenBLAS that chooses by features, or knows the model.
    {"chosen well", withAvx512(), "SkylakeX", "", {}},
    {"chosen well", withAvx512(), "Cooperlake", "", {}},
    {"chosen well", withAvx512(), "SapphireRapids", "", {}},
    {"built for one core", withAvx512(), "SKYLAKEX", "", {}},
    {"chosen well", withAvx2(), "Haswell", "", {}},
    {"chosen well", amd(withAvx2()), "Zen", "", {}},
    {"chosen well", amd(withAvx2()), "Excavator", "", {}},
    {"the other maker's", amd(withAvx2()), "Haswell", "", {}},
    {"chosen well", olderOne(), "Prescott", "", {}},
    {"more than is seen", withAvx2(), "SkylakeX", "", {}},
    {"a core of the future", withAvx512(), "DiamondRapids", "", {}},

    // The operating system or a virtual machine withholds something.
    {"no zmm", without(withAvx512(), &P::keepsZmm), "Prescott", "", {"Haswell"}},
    {"no zmm", without(withAvx512(), &P::keepsZmm), "Haswell", "", {}},
    {"no ymm", without(withAvx512(), &P::keepsYmm), "Prescott", "", {}},
    {"no FMA", without(withAvx512(), &P::fma), "Prescott", "", {}},
    {"no BMI", without(withAvx2(), &P::bmi), "Prescott", "", {}},
    {"no AVX2", without(withAvx2(), &P::avx2), "Sandybridge", "", {}},

    // The user has the last word.
    {"named by the user", withAvx512(), "Prescott", "Prescott", {}},
    {"named by the user", withAvx512(), "Haswell", "haswell", {}},
    {"misspelt by the user", withAvx512(), "Prescott", "Skylake", {}},

    {"not x86", P{}, "NEOVERSEN1", "", {}},
    {"not x86", P{}, "armv8", "", {}},
    {"not x86", P{}, "Unknown", "", {}},
};

std::string listOf(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += " " + name;
  return list.empty() ? " none" : list;
}

/// What is chosen, one after another, where only one core's kernels run.
std::string chosenWith(const std::string& good, const std::vector<std::string>& cores) {
  std::string log;
  const bool ran = chooseFirstThatRuns(
      cores, "Prescott", [&log](const std::string& core) { log += core + " "; },
      [&good](const std::string& core) { return core == good; });
  return log + (ran ? "runs" : "stays");
}

}  // namespace

int main() {
  for (const Row& row : kRows) {
    const auto tried = coresToTry(row.processor, row.chosen, row.users);
    test::check(tried == row.tried, std::string(row.what) + ", " + row.chosen + ": expected" +
                                        listOf(row.tried) + " but received" + listOf(tried));
  }
  const std::vector<std::string> both = {"SkylakeX", "Haswell"};
  test::check(chosenWith("SkylakeX", both) == "SkylakeX runs", "the first core runs");
  test::check(chosenWith("Haswell", both) == "SkylakeX Haswell runs", "the next lower class runs");
  test::check(chosenWith("", both) == "SkylakeX Haswell Prescott stays", "OpenBLAS' own is back");
  test::check(chosenWith("", {}) == "stays", "nothing is chosen anew");
  test::check(bestCore(withAvx512()) == "SkylakeX", "the best core with AVX-512");
  test::check(bestCore(amd(withAvx2())) == "Zen", "AMD's best core with AVX2");
  test::check(bestCore(olderOne()).empty() && bestCore(P{}).empty(), "no best core elsewhere");
  test::check(!isLesser(KernelClass::other, KernelClass::avx512), "unknown kernels are no lesser");

#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
  // The compiler's own way to ask.
  const ProcessorFeatures& here = processorFeatures();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  test::check(hasAvx2(here) == avx2, "AVX2 of this processor");
  test::check(hasAvx512(here) == (avx2 && avx512), "AVX-512 of this processor");
#endif
  return test::report("kernel-choice-test");
}
