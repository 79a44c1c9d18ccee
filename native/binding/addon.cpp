// The binding: unwraps arguments, calls the engine, turns faults into JavaScript errors. No maths.
//
// Steps reach the engine through `words`, a Float64Array that this file owns: filling it costs a
// fraction of what Node-API takes for as many arguments. It is read on the calling thread, during
// the call, and holds no tensor's data.

#include "binding/addon.hpp"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "binding/addon-epoch.hpp"
#include "binding/addon-memory.hpp"
#include "binding/addon-number.hpp"
#include "binding/addon-step.hpp"
#include "binding/words.hpp"
#include "blas/blas.hpp"
#include "blas/select-kernels.hpp"
#include "plan/pieces.hpp"
#include "run/epoch.hpp"
#include "run/team.hpp"
#include "table/cost.hpp"
#include "table/registry.hpp"
#include "table/type-query.hpp"

namespace nabla {

Environment::Environment() { environments.fetch_add(1); }

Environment::~Environment() {
  epochs = nullptr;
  if (environments.fetch_sub(1) != 1) return;
  stopAllEpochs();
  stopTeam();
}

bool Environment::hasWords(napi_env env) const {
  napi_value storage = nullptr;
  bool isDetached = true;
  napi_get_reference_value(env, wordsReference, &storage);
  return napi_is_detached_arraybuffer(env, storage, &isDetached) == napi_ok && !isDetached;
}

BoundPlan* Environment::findPlan(int id) const {
  if (id < 0 || static_cast<std::size_t>(id) >= plans.size()) return nullptr;
  return plans[static_cast<std::size_t>(id)].get();
}

int integerArgument(const Napi::CallbackInfo& info, std::size_t index, const char* name) {
  const Napi::Value value = info[index];
  if (!value.IsNumber()) throw failure(info.Env(), std::string("expected a number for ") + name);
  return value.As<Napi::Number>().Int32Value();
}

void reportMemory(Napi::Env env, Environment& environment) {
  constexpr std::ptrdiff_t kReportBytes = 1 << 18;  // V8 hears of changes from 256 KiB on
  const std::ptrdiff_t change = environment.handles.byteChange();
  if (change < kReportBytes && change > -kReportBytes) return;
  Napi::MemoryManagement::AdjustExternalMemory(env, change);
  environment.handles.settle();
}

void exportPlain(napi_env env, Napi::Object exports, const char* name, napi_callback callback,
                 Environment* environment) {
  napi_value function = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, environment, &function);
  exports.Set(name, Napi::Value(env, function));
}

}  // namespace nabla

namespace {

using namespace nabla;

constexpr int kMaxArguments = 4096;  // of a plan, and results

const View& viewArgument(const Napi::CallbackInfo& info, const Handles& handles) {
  const View* view = handles.find(integerArgument(info, 0, "handle"));
  if (view == nullptr) throw failure(info.Env(), "the tensor's memory was released");
  return *view;
}

/// The memory of a typed array.
struct Bytes {
  std::uint8_t* data;
  std::size_t size;
};

Bytes bytesArgument(const Napi::CallbackInfo& info, std::size_t index) {
  const Napi::Value value = info[index];
  if (!value.IsTypedArray()) throw failure(info.Env(), "expected a typed array for the data");
  void* data = nullptr;
  napi_get_typedarray_info(info.Env(), value, nullptr, nullptr, &data, nullptr, nullptr);
  return {static_cast<std::uint8_t*>(data), value.As<Napi::TypedArray>().ByteLength()};
}

View viewFromDims(const Napi::CallbackInfo& info, int dtype, const Napi::Value& dims) {
  if (!dims.IsArray()) throw failure(info.Env(), "expected an array for the shape");
  const Napi::Array array = dims.As<Napi::Array>();
  std::vector<double> numbers{static_cast<double>(dtype), static_cast<double>(array.Length())};
  for (std::uint32_t i = 0; i < array.Length(); i++) {
    const Napi::Value dim = array.Get(i);
    if (!dim.IsNumber()) throw failure(info.Env(), "expected numbers in the shape");
    numbers.push_back(dim.As<Napi::Number>().DoubleValue());
  }
  Words words(numbers.data(), numbers.size());
  const View view = viewOf(words.type());
  if (words.bad()) throw failure(info.Env(), "the shape is not one that a tensor can have");
  return view;
}

BufferRef allocateFor(Napi::Env env, const View& view) {
  BufferRef buffer = BufferRef::allocate(view.bytes());
  if (!buffer) {
    throw failure(env, "out of memory: " + describeType(view) + " needs " +
                           std::to_string(view.bytes()) + " bytes");
  }
  return buffer;
}

/// create(dtype, dims, data): a handle to a copy of the data.
Napi::Value create(const Napi::CallbackInfo& info) {
  Environment& environment = environmentOf(info);
  const View view = viewFromDims(info, integerArgument(info, 0, "dtype"), info[1]);
  const Bytes bytes = bytesArgument(info, 2);
  if (bytes.size != view.bytes()) throw failure(info.Env(), "the data does not fit the shape");
  BufferRef buffer = allocateFor(info.Env(), view);
  if (bytes.size > 0) std::memcpy(buffer.data(), bytes.data, bytes.size);
  const int handle = environment.handles.add(std::move(buffer), view);
  reportMemory(info.Env(), environment);
  return Napi::Number::New(info.Env(), handle);
}

/// allocate(dtype, dims): a handle to memory whose content is undefined, to be filled by
/// writeRange.
Napi::Value allocate(const Napi::CallbackInfo& info) {
  Environment& environment = environmentOf(info);
  const View view = viewFromDims(info, integerArgument(info, 0, "dtype"), info[1]);
  const int handle = environment.handles.add(allocateFor(info.Env(), view), view);
  reportMemory(info.Env(), environment);
  return Napi::Number::New(info.Env(), handle);
}

/// read(handle, target): copies the data out.
void read(const Napi::CallbackInfo& info) {
  const View& view = viewArgument(info, environmentOf(info).handles);
  const Bytes bytes = bytesArgument(info, 1);
  if (bytes.size != view.bytes()) throw failure(info.Env(), "the target does not fit the shape");
  if (bytes.size > 0) std::memcpy(bytes.data, view.data, bytes.size);
}

/// The memory of a tensor from the byte that the second argument names, as long as `bytes`.
std::uint8_t* rangeArgument(const Napi::CallbackInfo& info, const Bytes& bytes) {
  const View& view = viewArgument(info, environmentOf(info).handles);
  const double most = static_cast<double>(view.bytes()) - static_cast<double>(bytes.size);
  const double first = info[1].IsNumber() ? info[1].As<Napi::Number>().DoubleValue() : -1;
  if (!(first >= 0 && first <= most)) throw failure(info.Env(), "the range exceeds the tensor");
  return view.as<std::uint8_t>() + static_cast<std::size_t>(first);
}

/// readRange(handle, first, target): copies the bytes from number `first` on out.
void readRange(const Napi::CallbackInfo& info) {
  const Bytes bytes = bytesArgument(info, 2);
  const std::uint8_t* range = rangeArgument(info, bytes);
  if (bytes.size > 0) std::memcpy(bytes.data, range, bytes.size);
}

/// writeRange(handle, first, source): copies bytes in, from number `first` on.
void writeRange(const Napi::CallbackInfo& info) {
  const Bytes bytes = bytesArgument(info, 2);
  std::uint8_t* range = rangeArgument(info, bytes);
  if (bytes.size > 0) std::memcpy(range, bytes.data, bytes.size);
}

/// alias(handle, dims): another handle to the same memory, under a shape of the same size.
Napi::Value alias(const Napi::CallbackInfo& info) {
  Environment& environment = environmentOf(info);
  const int dtype = static_cast<int>(viewArgument(info, environment.handles).dtype);
  const View view = viewFromDims(info, dtype, info[1]);
  // Reading the shape may have run JavaScript: only now is it known that the tensor is still there.
  const View& source = viewArgument(info, environment.handles);
  if (view.dtype != source.dtype || view.size != source.size) {
    throw failure(info.Env(), "the shapes differ in size");
  }
  const BufferRef& buffer = environment.handles.bufferOf(integerArgument(info, 0, "handle"));
  return Napi::Number::New(info.Env(), environment.handles.add(buffer, view));
}

/// duplicate(handle): a handle to a copy of the tensor.
Napi::Value duplicate(const Napi::CallbackInfo& info) {
  Environment& environment = environmentOf(info);
  const View& source = viewArgument(info, environment.handles);
  BufferRef buffer = allocateFor(info.Env(), source);
  if (source.size > 0) std::memcpy(buffer.data(), source.data, source.bytes());
  const int handle = environment.handles.add(std::move(buffer), source);
  reportMemory(info.Env(), environment);
  return Napi::Number::New(info.Env(), handle);
}

void release(const Napi::CallbackInfo& info) {
  Environment& environment = environmentOf(info);
  environment.handles.release(integerArgument(info, 0, "handle"));
  reportMemory(info.Env(), environment);
}

/// releaseMany(count): the handles stand in `words`.
void releaseMany(const Napi::CallbackInfo& info) {
  Environment& environment = environmentOf(info);
  const int count = integerArgument(info, 0, "count");
  if (!environment.hasWords(info.Env())) throw failure(info.Env(), kNoWords);
  Words words(environment.words, kWordCount);
  for (int i = 0; i < count && !words.bad(); i++) {
    environment.handles.release(words.integer(-1, 1 << 30));
  }
  reportMemory(info.Env(), environment);
}

/// createPlan(words, fuse): an id for runPlan. The layout is that of readGraph.
Napi::Value createPlan(const Napi::CallbackInfo& info) {
  Environment& environment = environmentOf(info);
  if (!info[0].IsTypedArray() ||
      info[0].As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) {
    throw failure(info.Env(), "expected a Float64Array for the plan");
  }
  const Napi::Float64Array array = info[0].As<Napi::Float64Array>();
  Graph graph;
  if (!readGraph(Words(array.Data(), array.ElementLength()), environment.handles, graph)) {
    throw failure(info.Env(), "the plan is malformed or refers to a disposed tensor");
  }
  PlanOptions options;
  options.fuse = info[1].ToBoolean();
  std::string error;
  std::unique_ptr<Plan> plan = Plan::build(std::move(graph), options, error);
  if (plan == nullptr) throw failure(info.Env(), error);
  if (plan->inputCount() > kMaxArguments || plan->outputCount() > kMaxArguments) {
    throw failure(info.Env(), "a plan has at most " + std::to_string(kMaxArguments) +
                                  " arguments and as many results but this one has " +
                                  std::to_string(plan->inputCount()) + " and " +
                                  std::to_string(plan->outputCount()));
  }
  const auto bound = std::make_shared<BoundPlan>();
  bound->plan = std::move(plan);
  if (environment.freePlans.empty()) {
    environment.freePlans.reserve(environment.plans.size() + 1);  // so that releasing needs none
    environment.plans.push_back(bound);
    return Napi::Number::New(info.Env(), static_cast<double>(environment.plans.size() - 1));
  }
  const int id = environment.freePlans.back();
  environment.freePlans.pop_back();
  environment.plans[static_cast<std::size_t>(id)] = bound;
  return Napi::Number::New(info.Env(), id);
}

bool bindInputs(Environment& environment, const Plan& plan, std::string& error) {
  Words words(environment.words, kWordCount);
  environment.planInputs.clear();
  for (int i = 0; i < plan.inputCount(); i++) {
    const View* view = environment.handles.find(words.integer(-1, 1 << 30));
    const View& expected = plan.inputView(i);
    if (view == nullptr || !sameType(*view, expected)) {
      error = "argument " + std::to_string(i) + " of the plan: expected " + describeType(expected) +
              " but received " + (view == nullptr ? "a disposed tensor" : describeType(*view));
      return false;
    }
    if (plan.isWritten(view->data)) {
      error = "argument " + std::to_string(i) + " of the plan is a Variable that the plan writes";
      return false;
    }
    environment.planInputs.push_back(view->data);
  }
  return true;
}

void runBoundPlan(napi_env env, Environment& environment, int id) {
  const BoundPlan* bound = environment.findPlan(id);
  std::string error;
  if (bound == nullptr)
    error = "the plan was released";
  else if (bound->isBusy)
    error = "the plan is in use by an epoch that runs";
  else if (!environment.hasWords(env))
    error = kNoWords;
  if (error.empty()) environment.handles.makeRoom(bound->plan->outputCount());
  const bool done = error.empty() && bindInputs(environment, *bound->plan, error) &&
                    bound->plan->run(environment.planInputs.data(), environment.planOutputs, error);
  if (!done) {
    napi_throw_error(env, nullptr, error.c_str());
    return;
  }
  for (int i = 0; i < bound->plan->outputCount(); i++) {
    BufferRef& buffer = environment.planOutputs[static_cast<std::size_t>(i)];
    environment.words[i] = environment.handles.add(std::move(buffer), bound->plan->outputView(i));
  }
  reportMemory(env, environment);
}

/// runPlan(id): input handles stand in `words`, output handles are written there. A plain C call:
/// this is the path of every captured step.
napi_value runPlan(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_value argument = nullptr;
  std::size_t count = 1;
  napi_get_cb_info(env, info, &count, &argument, nullptr, &data);
  int id = -1;
  if (count < 1 || napi_get_value_int32(env, argument, &id) != napi_ok) id = -1;
  return catching(env, [&]() -> napi_value {
    runBoundPlan(env, *static_cast<Environment*>(data), id);
    return nullptr;
  });
}

void releasePlan(const Napi::CallbackInfo& info) {
  Environment& environment = environmentOf(info);
  const int id = integerArgument(info, 0, "plan");
  if (environment.findPlan(id) == nullptr) return;
  environment.plans[static_cast<std::size_t>(id)].reset();
  environment.freePlans.push_back(id);
}

Napi::Value describePlan(const Napi::CallbackInfo& info) {
  const BoundPlan* bound = environmentOf(info).findPlan(integerArgument(info, 0, "plan"));
  if (bound == nullptr) throw failure(info.Env(), "the plan was released");
  return Napi::String::New(info.Env(), bound->plan->describe());
}

/// [[dtype, dim, dim, ...], ...]
Napi::Array describeViews(Napi::Env env, const std::vector<const View*>& views) {
  Napi::Array result = Napi::Array::New(env, views.size());
  for (std::uint32_t i = 0; i < views.size(); i++) {
    Napi::Array type = Napi::Array::New(env);
    type.Set(0u, static_cast<int>(views[i]->dtype));
    for (int axis = 0; axis < views[i]->rank; axis++) {
      type.Set(static_cast<std::uint32_t>(axis + 1), static_cast<double>(views[i]->dims[axis]));
    }
    result.Set(i, type);
  }
  return result;
}

/// planSteps(plan): the steps in the order of their execution, each [op, inputs, outputs].
Napi::Value planSteps(const Napi::CallbackInfo& info) {
  const BoundPlan* bound = environmentOf(info).findPlan(integerArgument(info, 0, "plan"));
  if (bound == nullptr) throw failure(info.Env(), "the plan was released");
  const Plan* plan = bound->plan.get();
  Napi::Array result = Napi::Array::New(info.Env());
  for (int i = 0; i < plan->stepCount(); i++) {
    Napi::Array step = Napi::Array::New(info.Env(), 3);
    step.Set(0u, plan->stepName(i));
    step.Set(1u, describeViews(info.Env(), plan->stepInputs(i)));
    step.Set(2u, describeViews(info.Env(), plan->stepOutputs(i)));
    result.Set(static_cast<std::uint32_t>(i), step);
  }
  return result;
}

/// memory(): handles and plans of this environment, buffers and bytes of the process.
Napi::Value memory(const Napi::CallbackInfo& info) {
  const Environment& environment = environmentOf(info);
  const MemoryStats stats = memoryStats();
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("handles", environment.handles.count());
  result.Set("plans", static_cast<double>(environment.plans.size() - environment.freePlans.size()));
  result.Set("buffers", static_cast<double>(stats.liveBuffers));
  result.Set("bytes", static_cast<double>(stats.liveBytes));
  result.Set("pooledBytes", static_cast<double>(stats.pooledBytes));
  return result;
}

Napi::Value threads(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), threadCount());
}

/// setThreads(count): for this process, from the next step or plan on.
void setThreads(const Napi::CallbackInfo& info) {
  setThreadCount(integerArgument(info, 0, "threads"));
}

/// setDefaultThreads(count): like setThreads, unless the count is known already.
void setDefaultThreads(const Napi::CallbackInfo& info) {
  setDefaultThreadCount(integerArgument(info, 0, "threads"));
}

/// setWorthAPart(nanoseconds): see cost.hpp. For tests.
void setPartCost(const Napi::CallbackInfo& info) {
  setWorthAPart(integerArgument(info, 0, "nanoseconds"));
}

/// setPieceBytes(bytes): see pieces.hpp. For tests.
void setPieceSize(const Napi::CallbackInfo& info) {
  setPieceBytes(integerArgument(info, 0, "bytes"));
}

const char* nameOf(AttributeKind kind) {
  switch (kind) {
    case AttributeKind::Number:
    case AttributeKind::Activation:
      return "number";
    case AttributeKind::Flag:
      return "flag";
    case AttributeKind::Axis:
      return "axis";
    case AttributeKind::Axes:
      return "axes";
    case AttributeKind::Shape:
      return "shape";
    case AttributeKind::DType:
      return "dtype";
  }
  return "number";
}

/// The rows that JavaScript may ask for, by number.
Napi::Array describeOps(Napi::Env env) {
  Napi::Array ops = Napi::Array::New(env, static_cast<std::size_t>(recordedOpCount()));
  for (int i = 0; i < recordedOpCount(); i++) {
    const OpRow& row = opRow(i);
    Napi::Array inputs = Napi::Array::New(env), written = Napi::Array::New(env);
    for (int k = 0; k < row.inputCount; k++) {
      inputs.Set(static_cast<std::uint32_t>(k), row.inputs[k].name);
      if (row.inputs[k].written) written.Set(written.Length(), k);
    }
    Napi::Array outputs = Napi::Array::New(env);
    for (int k = 0; k < row.outputCount; k++) {
      outputs.Set(static_cast<std::uint32_t>(k), row.outputs[k].name);
    }
    Napi::Array attributes = Napi::Array::New(env);
    for (int k = 0; k < row.attributeCount; k++) {
      Napi::Object attribute = Napi::Object::New(env);
      attribute.Set("name", row.attributes[k].name);
      attribute.Set("kind", nameOf(row.attributes[k].kind));
      attributes.Set(static_cast<std::uint32_t>(k), attribute);
    }
    Napi::Object op = Napi::Object::New(env);
    op.Set("name", row.name);
    op.Set("inputs", inputs);
    op.Set("repeated", row.repeated);
    op.Set("written", written);
    op.Set("outputs", outputs);
    op.Set("attributes", attributes);
    op.Set("doc", row.doc);
    ops.Set(static_cast<std::uint32_t>(i), op);
  }
  return ops;
}

Napi::Object describeBlas(Napi::Env env, const BlasStatus& status) {
  Napi::Object blas = Napi::Object::New(env);
  blas.Set("config", status.config);
  blas.Set("kernels", status.kernels);
  blas.Set("instructionSet", nameOf(status.kernelClass));
  blas.Set("processor", nameOf(status.processorClass));
  blas.Set("forced", status.forced);
  return blas;
}

void fillExports(Napi::Env env, Napi::Object exports) {
  const BlasStatus& blas = initBlas();
  // Before what OpenBLAS and others do at the process's exit, while an epoch may still compute.
  static const int registered = std::atexit(stopAllEpochs);
  (void)registered;
  auto* environment = new Environment;
  env.SetInstanceData(environment);

  Napi::ArrayBuffer storage = Napi::ArrayBuffer::New(env, kWordCount * sizeof(double));
  environment->wordsReference = Napi::Reference<Napi::ArrayBuffer>::New(storage, 1);
  environment->words = static_cast<double*>(storage.Data());
  exports.Set("words", Napi::Float64Array::New(env, kWordCount, storage, 0));

  exports.Set("ops", describeOps(env));
  exports.Set("isa", isaName());
  exports.Set("blas", describeBlas(env, blas));
  // One thread of the process tells it.
  static std::atomic<bool> isTold{false};
  if (!blas.warning.empty() && !isTold.exchange(true)) exports.Set("blasWarning", blas.warning);
  exportFunction<create>(env, exports, "create", environment);
  exportFunction<allocate>(env, exports, "allocate", environment);
  exportFunction<read>(env, exports, "read", environment);
  exportFunction<readRange>(env, exports, "readRange", environment);
  exportFunction<writeRange>(env, exports, "writeRange", environment);
  exportFunction<alias>(env, exports, "alias", environment);
  exportFunction<duplicate>(env, exports, "duplicate", environment);
  exportFunction<release>(env, exports, "release", environment);
  exportFunction<releaseMany>(env, exports, "releaseMany", environment);
  exportFunction<createPlan>(env, exports, "createPlan", environment);
  exportFunction<releasePlan>(env, exports, "releasePlan", environment);
  exportFunction<describePlan>(env, exports, "describePlan", environment);
  exportFunction<planSteps>(env, exports, "planSteps", environment);
  exportFunction<threads>(env, exports, "threads", environment);
  exportFunction<setThreads>(env, exports, "setThreads", environment);
  exportFunction<setDefaultThreads>(env, exports, "setDefaultThreads", environment);
  exportFunction<setPartCost>(env, exports, "setWorthAPart", environment);
  exportFunction<setPieceSize>(env, exports, "setPieceBytes", environment);
  exportFunction<memory>(env, exports, "memory", environment);
  exportEpochs(env, exports, environment);
  exportLending(env, exports, environment);
  exportSteps(env, exports, environment);
  exportNumbers(env, exports, environment);
  exportPlain(env, exports, "runPlan", runPlan, environment);
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  catching(env, [&]() -> napi_value {
    fillExports(env, exports);
    return nullptr;
  });
  return exports;
}

}  // namespace

NODE_API_MODULE(nabla, init)
