#include "binding/addon-step.hpp"

#include <utility>

#include "binding/words.hpp"
#include "memory/buffer-ref.hpp"
#include "run/eager.hpp"
#include "table/registry.hpp"

namespace nabla {

namespace {

/// An error on its way to JavaScript.
struct StepError {
  const char* kind;  // the name of its class
  std::string text;
  std::string worded;  // the text with "{2}" for the description of input 2
};

[[noreturn]] void failStep(const std::string& text) { throw StepError{"Error", text, text}; }

[[noreturn]] void failStep(const OpRow& row, const std::string& text) {
  failStep(std::string(row.name) + ": " + text);
}

void readStep(Environment& environment, LooseStep& step, bool isSymbolic) {
  Words words(environment.words, kWordCount);
  step.row = &opRow(words.integer(0, recordedOpCount() - 1));
  step.nIn = words.integer(0, kMaxOperands);
  if (words.bad()) failStep("a step has at most " + std::to_string(kMaxOperands) + " inputs");
  if (isSymbolic) step.given.resize(static_cast<std::size_t>(step.nIn));
  for (int i = 0; i < step.nIn && !words.bad(); i++) {
    if (isSymbolic) {
      Type& type = step.given[static_cast<std::size_t>(i)];
      type = words.type(true);
      step.types[i] = &type;
      continue;
    }
    step.views[i] = environment.handles.find(words.integer(-1, 1 << 30));
    step.types[i] = step.views[i];
    if (step.views[i] == nullptr) failStep(*step.row, "an input's memory was released");
  }
  for (int i = 0; i < step.row->attributeCount; i++) words.attribute(step.attrs[i]);
  if (words.bad()) failStep(*step.row, "its words are malformed");
}

void inferStepTypes(LooseStep& step, bool isSymbolic) {
  try {
    inferTypes(*step.row, step.types, step.nIn, step.attrs, step.row->attributeCount, isSymbolic,
               step.inferred);
  } catch (const RuleError& error) {
    throw StepError{error.kind == ErrorKind::Type ? "TypeError" : "RangeError",
                    describeError(error, step.types, step.nIn), error.text};
  }
}

/// Tells the results: whether attributes were resolved; for each output its handle (-1 where types
/// alone were asked for) and type; then, if so, the attributes.
void writeResults(Environment& environment, const LooseStep& step, const int* handles) {
  double* next = environment.words;
  *next++ = step.inferred.resolved ? 1 : 0;
  for (int i = 0; i < step.inferred.outputs; i++) {
    const Type& type = step.inferred.types[i];
    *next++ = handles == nullptr ? -1 : handles[i];
    *next++ = static_cast<double>(type.dtype);
    *next++ = type.rank;
    for (int axis = 0; axis < type.rank; axis++) *next++ = static_cast<double>(type.dims[axis]);
  }
  if (!step.inferred.resolved) return;
  for (int i = 0; i < step.row->attributeCount; i++) {
    *next++ = step.attrs[i].count;
    for (int k = 0; k < step.attrs[i].count; k++) *next++ = step.attrs[i].values[k];
  }
}

/// The memory of a step's outputs; given back unless it is taken.
class Outputs {
 public:
  explicit Outputs(LooseStep& step) : step_(step) {
    for (int i = 0; i < step.inferred.outputs; i++) {
      View& view = step.results[i];
      view = viewOf(step.inferred.types[i]);
      step.outputs[i] = &view;
      buffers_[i] = BufferRef::allocate(view.bytes());
      if (!buffers_[i]) {
        failStep(*step.row, "out of memory: " + describeType(view) + " needs " +
                                std::to_string(view.bytes()) + " bytes");
      }
      view.data = buffers_[i].data();
    }
  }

  /// Hands the outputs over to handles.
  void take(Handles& table, int* handles) {
    for (int i = 0; i < step_.inferred.outputs; i++) {
      handles[i] = table.add(std::move(buffers_[i]), step_.results[i]);
    }
  }

 private:
  LooseStep& step_;
  BufferRef buffers_[kMaxOutputs];
};

void runLooseStep(Environment& environment) {
  LooseStep& step = *environment.step;
  readStep(environment, step, false);
  inferStepTypes(step, false);
  // Before anything is written: what comes after must not fail.
  environment.handles.makeRoom(step.inferred.outputs);
  Outputs outputs(step);
  const Operands operands{step.views, step.outputs, step.attrs, step.nIn, step.inferred.outputs};
  std::string error;
  if (!runStepNow(*step.row, operands, error)) failStep(error);
  int handles[kMaxOutputs];
  outputs.take(environment.handles, handles);
  writeResults(environment, step, handles);
}

void inferLooseStep(Environment& environment) {
  LooseStep& step = *environment.step;
  readStep(environment, step, true);
  inferStepTypes(step, true);
  writeResults(environment, step, nullptr);
}

/// Throws an Error that tells the class it should be of, and its text with places for operands,
/// which JavaScript describes better.
void throwStepError(napi_env env, const StepError& fault) {
  const Napi::Error error = Napi::Error::New(env, fault.text);
  error.Set("kind", Napi::String::New(env, fault.kind));
  error.Set("worded", Napi::String::New(env, fault.worded));
  error.ThrowAsJavaScriptException();
}

/// Plain C calls: this is the path of every eager op.
napi_value callStep(napi_env env, napi_callback_info info, void (*call)(Environment&)) {
  void* data = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  Environment& environment = *static_cast<Environment*>(data);
  return catching(env, [&]() -> napi_value {
    try {
      if (!environment.hasWords(env)) failStep(kNoWords);
      call(environment);
      reportMemory(env, environment);
    } catch (const StepError& fault) {
      throwStepError(env, fault);
    }
    return nullptr;
  });
}

/// runStep(): runs the step in `words` now, and writes its results there.
napi_value runStep(napi_env env, napi_callback_info info) {
  return callStep(env, info, runLooseStep);
}

/// inferStep(): the types of its results alone; inputs are given by type.
napi_value inferStep(napi_env env, napi_callback_info info) {
  return callStep(env, info, inferLooseStep);
}

}  // namespace

void exportSteps(Napi::Env env, Napi::Object exports, Environment* environment) {
  environment->step = std::make_unique<LooseStep>();
  exportPlain(env, exports, "runStep", runStep, environment);
  exportPlain(env, exports, "inferStep", inferStep, environment);
}

}  // namespace nabla
