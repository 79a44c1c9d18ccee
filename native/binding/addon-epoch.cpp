#include "binding/addon-epoch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <system_error>

#include "table/type-query.hpp"

namespace nabla {

namespace {

/// An event as a pointer, since there may be no memory for more: twice the id, and whether it is
/// the end.
void* eventOf(int id, bool isEnd) {
  return reinterpret_cast<void*>(static_cast<std::intptr_t>(id) * 2 + (isEnd ? 1 : 0));
}

}  // namespace

Epochs::Run::~Run() {
  epoch = nullptr;  // joined before anything that it uses goes
  for (const auto& plan : plans) plan->isBusy = false;
}

Epochs::~Epochs() { close(); }

int Epochs::start(std::unique_ptr<Run> run, EpochWork work) {
  openChannel();
  const int id = ++lastId_;
  EpochEvents events{[this, id] { send(id, false); }, [this, id] { send(id, true); }};
  for (const auto& plan : run->plans) plan->isBusy = true;
  const auto [place, isNew] = runs_.emplace(id, std::move(run));
  try {
    place->second->epoch = std::make_unique<Epoch>(std::move(work), std::move(events));
  } catch (...) {
    runs_.erase(place);
    throw;
  }
  if (runs_.size() == 1) napi_ref_threadsafe_function(env_, channel_);
  return id;
}

Epoch* Epochs::find(int id) const {
  const auto found = runs_.find(id);
  return found == runs_.end() ? nullptr : found->second->epoch.get();
}

void Epochs::openChannel() {
  if (channel_ != nullptr) return;
  const Napi::String name = Napi::String::New(env_, "nabla epoch");
  const napi_status status = napi_create_threadsafe_function(
      env_, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, receive, &channel_);
  if (status != napi_ok) throw failure(env_, "the environment of the epoch is ending");
  napi_unref_threadsafe_function(env_, channel_);
  // Hooks run in reverse order: this one before the channel's own, so that no thread uses the
  // channel any more when Node.js closes it.
  napi_add_env_cleanup_hook(
      env_, [](void* epochs) { static_cast<Epochs*>(epochs)->close(); }, this);
}

void Epochs::close() {
  // All at once: those that wait for a turn must not get one because others have ended.
  for (const auto& [id, run] : runs_) run->epoch->stop();
  runs_.clear();
}

void Epochs::send(int id, bool isEnd) const {
  // Refused only while the environment ends: nobody listens any more.
  napi_call_threadsafe_function(channel_, eventOf(id, isEnd), napi_tsfn_nonblocking);
}

void Epochs::receive(napi_env env, napi_value, void* context, void* data) {
  const auto event = reinterpret_cast<std::intptr_t>(data);
  if (env == nullptr) return;
  catching(env, [&]() -> napi_value {
    static_cast<Epochs*>(context)->report(static_cast<int>(event / 2), event % 2 == 1);
    return nullptr;
  });
}

void Epochs::report(int id, bool isEnd) {
  const auto found = runs_.find(id);
  if (found == runs_.end()) return;
  const Napi::HandleScope scope(env_);
  const Napi::Function callback = found->second->report.Value();
  Epoch& epoch = *found->second->epoch;
  if (isEnd) epoch.join();
  const Napi::Value done = Napi::Number::New(env_, static_cast<double>(epoch.batchesDone()));
  const std::string error = isEnd ? epoch.takeError() : "";
  if (isEnd) {
    runs_.erase(found);
    if (runs_.empty()) napi_unref_threadsafe_function(env_, channel_);
  }
  const Napi::Value message = error.empty() ? Napi::Env(env_).Undefined()
                                            : Napi::String::New(env_, error).As<Napi::Value>();
  const napi_value arguments[] = {Napi::Boolean::New(env_, isEnd), done, message};
  // What the callback throws is Node.js' to report.
  napi_call_function(env_, Napi::Env(env_).Undefined(), callback, 3, arguments, nullptr);
}

namespace {

/// What JavaScript asks for, read before any of it is looked up: reading may run JavaScript.
struct Request {
  int full = -1, other = -1, result = -1, finite = -1;
  std::vector<int> inputs;
  std::vector<std::int64_t> offsets;
  std::int64_t progressMilliseconds = 0, progressBatches = 0;
};

constexpr double kMaxOffset = 9007199254740992.0;  // 2^53

int integerProperty(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (!value.IsNumber()) {
    throw failure(object.Env(), std::string("expected a number for ") + name);
  }
  return value.As<Napi::Number>().Int32Value();
}

std::vector<int> inputHandles(const Napi::Object& object) {
  const Napi::Value value = object.Get("inputs");
  if (!value.IsArray()) throw failure(object.Env(), "expected an array for inputs");
  const Napi::Array array = value.As<Napi::Array>();
  std::vector<int> handles;
  for (std::uint32_t i = 0; i < array.Length(); i++) {
    const Napi::Value handle = array.Get(i);
    if (!handle.IsNumber()) throw failure(object.Env(), "expected numbers in inputs");
    handles.push_back(handle.As<Napi::Number>().Int32Value());
  }
  return handles;
}

/// Offsets of an Int32Array, or of a Float64Array where there are more rows than int32 can count.
std::vector<std::int64_t> batchOffsets(const Napi::Object& object) {
  const Napi::Value value = object.Get("offsets");
  const auto type =
      value.IsTypedArray() ? value.As<Napi::TypedArray>().TypedArrayType() : napi_uint8_array;
  std::vector<std::int64_t> offsets;
  if (type == napi_int32_array) {
    const Napi::Int32Array array = value.As<Napi::Int32Array>();
    offsets.assign(array.Data(), array.Data() + array.ElementLength());
  } else if (type == napi_float64_array) {
    const Napi::Float64Array array = value.As<Napi::Float64Array>();
    const auto isCount = [](double x) { return x >= 0 && x <= kMaxOffset && x == std::floor(x); };
    if (std::all_of(array.Data(), array.Data() + array.ElementLength(), isCount)) {
      offsets.assign(array.Data(), array.Data() + array.ElementLength());
    }
  } else {
    throw failure(object.Env(), "expected an Int32Array for offsets, or a Float64Array");
  }
  const bool isSeries =
      !offsets.empty() && offsets.front() >= 0 && std::is_sorted(offsets.begin(), offsets.end());
  if (!isSeries) throw failure(object.Env(), "expected offsets that do not decrease");
  return offsets;
}

Request readRequest(const Napi::CallbackInfo& info) {
  if (!info[0].IsObject() || !info[1].IsFunction()) {
    throw failure(info.Env(), "expected an object and a function for the epoch");
  }
  const Napi::Object object = info[0].As<Napi::Object>();
  Request request;
  request.full = integerProperty(object, "full");
  request.other = integerProperty(object, "other");
  request.result = integerProperty(object, "result");
  request.finite = integerProperty(object, "finite");
  request.progressMilliseconds = std::max(0, integerProperty(object, "progressMilliseconds"));
  request.progressBatches = std::max(0, integerProperty(object, "progressBatches"));
  request.inputs = inputHandles(object);
  request.offsets = batchOffsets(object);
  return request;
}

std::shared_ptr<BoundPlan> idlePlan(Napi::Env env, const Environment& environment, int id) {
  const BoundPlan* bound = environment.findPlan(id);
  if (bound == nullptr) throw failure(env, "the epoch's plan was released");
  if (bound->isBusy) throw failure(env, "the plan is in use by an epoch that runs");
  return environment.plans[static_cast<std::size_t>(id)];
}

const View& liveView(Napi::Env env, const Environment& environment, int handle) {
  const View* view = environment.handles.find(handle);
  if (view == nullptr) throw failure(env, "the memory of a tensor of the epoch was released");
  return *view;
}

bool sameRows(const View& a, const View& b) {
  return a.rank == b.rank && a.dtype == b.dtype &&
         std::equal(a.dims + 1, a.dims + a.rank, b.dims + 1);
}

/// Number of rows that the plan takes at a time; checks that the inputs have rows like its
/// arguments.
std::int64_t rowsOf(Napi::Env env, const Plan& plan, const std::vector<const View*>& inputs) {
  if (plan.inputCount() < 1 || inputs.size() != static_cast<std::size_t>(plan.inputCount())) {
    throw failure(env, "expected as many inputs as the epoch's plan has arguments");
  }
  for (int i = 0; i < plan.inputCount(); i++) {
    const View& expected = plan.inputView(i);
    const View& input = *inputs[static_cast<std::size_t>(i)];
    const bool fits = expected.rank > 0 && sameRows(input, expected) &&
                      expected.dims[0] == plan.inputView(0).dims[0] &&
                      input.dims[0] == inputs[0]->dims[0];
    if (!fits) {
      throw failure(env, "input " + std::to_string(i) + " of the epoch: expected rows of " +
                             describeType(expected) + " but received " + describeType(input));
    }
    if (plan.isWritten(input.data)) {
      throw failure(env, "an input of the epoch is a Variable that its plan writes");
    }
  }
  return plan.inputView(0).dims[0];
}

/// Bytes of the first output over all batches; checks that each batch has a plan.
std::size_t checkBatches(Napi::Env env, const EpochWork& work, std::int64_t otherRows) {
  std::size_t bytes = 0;
  for (std::size_t i = 1; i < work.offsets.size(); i++) {
    const std::int64_t rows = work.offsets[i] - work.offsets[i - 1];
    const Plan* plan = rows == work.fullRows ? work.full : work.other;
    if (plan == nullptr || (plan == work.other && rows != otherRows)) {
      throw failure(env, "no plan of the epoch takes a batch of " + std::to_string(rows) + " rows");
    }
    if (work.result) bytes += plan->outputView(0).bytes();
  }
  return bytes;
}

BufferRef holdBuffer(const Environment& environment, Epochs::Run& run, int handle) {
  run.buffers.push_back(environment.handles.bufferOf(handle));
  return run.buffers.back();
}

void bindPlans(Napi::Env env, Environment& environment, const Request& request, Epochs::Run& run,
               EpochWork& work) {
  run.plans.push_back(idlePlan(env, environment, request.full));
  work.full = run.plans[0]->plan.get();
  if (request.other == -1 || request.other == request.full) return;
  run.plans.push_back(idlePlan(env, environment, request.other));
  work.other = run.plans[1]->plan.get();
}

void bindRows(Napi::Env env, Environment& environment, const Request& request, Epochs::Run& run,
              EpochWork& work) {
  std::vector<const View*> views;
  for (int handle : request.inputs) views.push_back(&liveView(env, environment, handle));
  work.fullRows = rowsOf(env, *work.full, views);
  const std::int64_t otherRows = work.other == nullptr ? 0 : rowsOf(env, *work.other, views);
  if (request.offsets.back() > views[0]->dims[0]) {
    throw failure(env, "the epoch's batches have more rows than its inputs");
  }
  for (int handle : request.inputs) {
    const View& view = liveView(env, environment, handle);
    const std::int64_t rows = std::max<std::int64_t>(view.dims[0], 1);
    const BufferRef buffer = holdBuffer(environment, run, handle);
    work.inputs.push_back(
        {static_cast<char*>(buffer.data()), view.bytes() / static_cast<std::size_t>(rows)});
  }
  work.offsets = request.offsets;
  if (request.result != -1) {
    const View& result = liveView(env, environment, request.result);
    if (work.full->outputCount() < 1 || (work.other != nullptr && work.other->outputCount() < 1)) {
      throw failure(env, "the epoch's plan returns nothing for the result");
    }
    work.result = holdBuffer(environment, run, request.result);
    if (checkBatches(env, work, otherRows) != result.bytes()) {
      throw failure(env, "the result of the epoch has another size than its batches' outputs");
    }
  } else {
    checkBatches(env, work, otherRows);
  }
}

void bindFinite(Napi::Env env, const Environment& environment, const Request& request,
                Epochs::Run& run, EpochWork& work) {
  if (request.finite == -1) return;
  const View& view = liveView(env, environment, request.finite);
  if (view.dtype != DType::Float64 || view.size != 1) {
    throw failure(env, "expected one float64 number for finite but received " + describeType(view));
  }
  work.finite = static_cast<const double*>(holdBuffer(environment, run, request.finite).data());
}

/// startEpoch(request, report): an id. `report(isEnd, batchesDone, error)` is called when progress
/// is due, the epoch parked until resumeEpoch, and once at its end.
Napi::Value startEpoch(const Napi::CallbackInfo& info) {
  Environment& environment = environmentOf(info);
  const Request request = readRequest(info);
  auto run = std::make_unique<Epochs::Run>();
  EpochWork work;
  bindPlans(info.Env(), environment, request, *run, work);
  bindRows(info.Env(), environment, request, *run, work);
  bindFinite(info.Env(), environment, request, *run, work);
  work.progressEvery = std::chrono::milliseconds(request.progressMilliseconds);
  work.progressBatches = request.progressBatches;
  run->report = Napi::Persistent(info[1].As<Napi::Function>());
  if (environment.epochs == nullptr) environment.epochs = std::make_unique<Epochs>(info.Env());
  try {
    const int id = environment.epochs->start(std::move(run), std::move(work));
    return Napi::Number::New(info.Env(), id);
  } catch (const std::system_error&) {
    throw failure(info.Env(), "the system grants no thread for an epoch");
  }
}

Epoch* epochArgument(const Napi::CallbackInfo& info) {
  const Environment& environment = environmentOf(info);
  const int id = integerArgument(info, 0, "epoch");
  return environment.epochs == nullptr ? nullptr : environment.epochs->find(id);
}

/// resumeEpoch(id): goes on after a report of progress. Nothing happens once it has ended.
void resumeEpoch(const Napi::CallbackInfo& info) {
  if (Epoch* epoch = epochArgument(info)) epoch->resume();
}

/// stopEpoch(id): ends it after the step that runs now; its end is reported as usual.
void stopEpoch(const Napi::CallbackInfo& info) {
  if (Epoch* epoch = epochArgument(info)) epoch->stop();
}

}  // namespace

void exportEpochs(Napi::Env env, Napi::Object exports, Environment* environment) {
  exportFunction<startEpoch>(env, exports, "startEpoch", environment);
  exportFunction<resumeEpoch>(env, exports, "resumeEpoch", environment);
  exportFunction<stopEpoch>(env, exports, "stopEpoch", environment);
}

}  // namespace nabla
