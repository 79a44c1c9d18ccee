// Loaded before a process (LD_PRELOAD): every n-th allocation that the addon asks for fails, where
// NABLA_FAIL_EVERY is n. Allocations of Node.js and of libraries are left alone.
#include <link.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

/// Where the addon's code lies; empty until it is loaded.
std::atomic<std::uintptr_t> codeBegin{0}, codeEnd{0};

int noteAddon(dl_phdr_info* object, std::size_t, void*) {
  constexpr char kName[] = "nabla.node";
  constexpr std::size_t kLength = sizeof kName - 1;
  const std::size_t length = std::strlen(object->dlpi_name);
  if (length < kLength || std::strcmp(object->dlpi_name + length - kLength, kName) != 0) return 0;
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const auto& part = object->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_X) == 0) continue;
    codeBegin.store(object->dlpi_addr + part.p_vaddr);
    codeEnd.store(object->dlpi_addr + part.p_vaddr + part.p_memsz);
  }
  return 1;
}

bool isOfAddon(void* caller) {
  if (codeEnd.load() == 0) dl_iterate_phdr(noteAddon, nullptr);
  const auto address = reinterpret_cast<std::uintptr_t>(caller);
  return address >= codeBegin.load() && address < codeEnd.load();
}

/// 0 until the variable is set, which a program may do once it has loaded the addon.
int every() {
  static std::atomic<int> known{0};
  if (known.load() == 0) {
    const char* given = std::getenv("NABLA_FAIL_EVERY");
    if (given != nullptr) known.store(std::atoi(given));
  }
  return known.load();
}

bool failsNow(void* caller) {
  static std::atomic<int> asked{0};
  return isOfAddon(caller) && every() > 0 && (asked.fetch_add(1) + 1) % every() == 0;
}

void* allocate(std::size_t bytes) { return std::malloc(bytes == 0 ? 1 : bytes); }

void* allocateOrThrow(std::size_t bytes, void* caller) {
  void* memory = failsNow(caller) ? nullptr : allocate(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t bytes) {
  return allocateOrThrow(bytes, __builtin_return_address(0));
}

void* operator new[](std::size_t bytes) {
  return allocateOrThrow(bytes, __builtin_return_address(0));
}

void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return failsNow(__builtin_return_address(0)) ? nullptr : allocate(bytes);
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

/// What buffers of tensors are made of.
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  if (failsNow(__builtin_return_address(0))) return nullptr;
  void* memory = nullptr;
  return posix_memalign(&memory, alignment, bytes) == 0 ? memory : nullptr;
}
