// What the files of the binding share: an environment, its plans and epochs, small helpers.
#pragma once

#include <napi.h>

#include <atomic>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
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
  std::vector<BufferRef> planOutputs;
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

/// Runs `call`, and turns what the C++ side throws (no memory, no thread) into an error of
/// JavaScript. What JavaScript threw passes on as it is. Nothing else may leave a callback: it
/// would end the process.
template <typename F>
napi_value catching(napi_env env, F&& call) {
  try {
    return call();
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
  } catch (const std::bad_alloc&) {
    napi_throw_error(env, nullptr, "out of memory");
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return nullptr;
}

/// Adds a function of plain C, which lets nothing out, to the exports.
void exportPlain(napi_env env, Napi::Object exports, const char* name, napi_callback callback,
                 Environment* environment);

/// Adds a function that may throw.
template <auto function>
void exportFunction(napi_env env, Napi::Object exports, const char* name,
                    Environment* environment) {
  const napi_callback callback = [](napi_env env, napi_callback_info info) -> napi_value {
    return catching(env, [&]() -> napi_value {
      const Napi::CallbackInfo arguments(env, info);
      if constexpr (std::is_void_v<decltype(function(arguments))>) {
        function(arguments);
        return nullptr;
      } else {
        return function(arguments);
      }
    });
  };
  exportPlain(env, exports, name, callback, environment);
}

}  // namespace nabla
