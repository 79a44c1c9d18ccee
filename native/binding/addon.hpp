// What the files of the binding share: an environment, its plans and epochs, small helpers.
#pragma once

#include <napi.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "binding/handles.hpp"
#include "plan/plan.hpp"

namespace nabla {

class Epochs;
struct LooseStep;

constexpr std::size_t kWordCount = 1 << 14;
constexpr const char* kNoWords = "the words of the addon were detached";

/// A plan, and whether an epoch runs it: then nobody else may.
struct BoundPlan {
  std::unique_ptr<Plan> plan;
  bool isBusy = false;
};

/// All that one environment (main thread or worker) owns; destroyed when it ends.
struct Environment {
  Environment();
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  static inline std::atomic<int> environments{0};

  Handles handles;
  std::vector<std::shared_ptr<BoundPlan>> plans;
  std::vector<int> freePlans;
  std::vector<void*> planInputs;
  std::vector<Buffer*> planOutputs;
  Napi::Reference<Napi::ArrayBuffer> wordsReference;
  double* words = nullptr;
  std::unique_ptr<LooseStep> step;  // the one that `words` describe; its memory is used again
  std::unique_ptr<Epochs> epochs;   // those that run; null until there was one

  /// False once someone has detached the array of words: its memory is gone then.
  bool hasWords(napi_env env) const;

  /// Null if there is none of that id.
  BoundPlan* findPlan(int id) const;
};

inline Environment& environmentOf(const Napi::CallbackInfo& info) {
  return *static_cast<Environment*>(info.Data());
}

inline Napi::Error failure(Napi::Env env, const std::string& message) {
  return Napi::Error::New(env, message);
}

int integerArgument(const Napi::CallbackInfo& info, std::size_t index, const char* name);

/// Lets the garbage collector feel what native buffers hold.
void reportMemory(Napi::Env env, Environment& environment);

/// A function of plain C, for the paths that are taken at every step.
napi_value makeFunction(napi_env env, const char* name, napi_callback callback, void* data);

}  // namespace nabla
