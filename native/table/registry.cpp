#include "table/registry.hpp"

#include <cstdlib>
#include <cstring>
#include <string>
#include <unordered_map>
#include <vector>

#include "blas/processor.hpp"

// Each variant that CMake compiled (see NABLA_ISAS there) exports its families
// and what chains run on.
namespace nabla {

namespace baseline {
extern const Family* const families[];
extern const TileKernels tiles;
}  // namespace baseline
#ifdef NABLA_HAS_AVX2
namespace avx2 {
extern const Family* const families[];
extern const TileKernels tiles;
}  // namespace avx2
#endif
#ifdef NABLA_HAS_AVX512
namespace avx512 {
extern const Family* const families[];
extern const TileKernels tiles;
}  // namespace avx512
#endif

namespace {

struct Isa {
  const char* name;
  const Family* const* families;  // up to a null
  const TileKernels& tiles;
  bool (*isSupported)();
};

/// Best first.
constexpr Isa kIsas[] = {
#ifdef NABLA_HAS_AVX512
    {"avx512", avx512::families, avx512::tiles, [] { return hasAvx512(processorFeatures()); }},
#endif
#ifdef NABLA_HAS_AVX2
    {"avx2", avx2::families, avx2::tiles, [] { return hasAvx2(processorFeatures()); }},
#endif
    {"baseline", baseline::families, baseline::tiles, [] { return true; }},
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

struct Table {
  const Isa& isa = chooseIsa();
  std::vector<const OpRow*> rows;
  std::unordered_map<std::string, int> numbers;
  int recorded = 0;

  Table() {
    add(false);
    recorded = static_cast<int>(rows.size());
    add(true);
  }

  void add(bool fused) {
    for (const Family* const* family = isa.families; *family != nullptr; family++) {
      for (int i = 0; i < (*family)->count; i++) {
        const OpRow& row = (*family)->rows[i];
        if (row.isFused != fused) continue;
        numbers.emplace(row.name, static_cast<int>(rows.size()));
        rows.push_back(&row);
      }
    }
  }
};

/// Never destroyed: threads may outlive static destruction.
const Table& table() {
  static const Table* const instance = new Table;
  return *instance;
}

}  // namespace

int opCount() { return static_cast<int>(table().rows.size()); }

int recordedOpCount() { return table().recorded; }

const OpRow& opRow(int op) { return *table().rows[static_cast<std::size_t>(op)]; }

int opNumber(const char* name) {
  const auto found = table().numbers.find(name);
  return found == table().numbers.end() ? -1 : found->second;
}

const TileKernels& tileKernels() { return table().isa.tiles; }

const char* isaName() { return table().isa.name; }

}  // namespace nabla
