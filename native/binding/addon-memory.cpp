#include "binding/addon-memory.hpp"

#include <cstdint>
#include <memory>

namespace nabla {
namespace {

constexpr double kMostLent = double{1 << 30};  // bytes; far below what an ArrayBuffer can have

/// lend(handle, first, length): an ArrayBuffer over so many bytes of the tensor's memory, from
/// number `first` on, which it keeps alive until `takeBack`; null where the runtime allows no
/// memory of others in ArrayBuffers.
Napi::Value lend(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Handles& handles = environmentOf(info).handles;
  const int handle = integerArgument(info, 0, "handle");
  const View* view = handles.find(handle);
  if (view == nullptr) throw failure(env, "the tensor's memory was released");
  const double first = info[1].IsNumber() ? info[1].As<Napi::Number>().DoubleValue() : -1;
  const double length = info[2].IsNumber() ? info[2].As<Napi::Number>().DoubleValue() : -1;
  const double most = static_cast<double>(view->bytes()) - first;
  if (!(first >= 0 && length > 0 && length <= most && length <= kMostLent)) {
    throw failure(env, "the range exceeds the tensor");
  }
  auto held = std::make_unique<BufferRef>(handles.bufferOf(handle));
  const napi_finalize release = [](napi_env, void*, void* hint) {
    delete static_cast<BufferRef*>(hint);
  };
  napi_value lent = nullptr;
  const napi_status status = napi_create_external_arraybuffer(
      env, view->as<std::uint8_t>() + static_cast<std::size_t>(first),
      static_cast<std::size_t>(length), release, held.get(), &lent);
  if (status == napi_no_external_buffers_allowed) return env.Null();
  if (status != napi_ok) throw Napi::Error::New(env);
  held.release();
  return Napi::Value(env, lent);
}

/// takeBack(buffer): detaches what `lend` gave.
void takeBack(const Napi::CallbackInfo& info) {
  if (info[0].IsArrayBuffer()) info[0].As<Napi::ArrayBuffer>().Detach();
}

}  // namespace

void exportLending(Napi::Env env, Napi::Object exports, Environment* environment) {
  exportFunction<lend>(env, exports, "lend", environment);
  exportFunction<takeBack>(env, exports, "takeBack", environment);
}

}  // namespace nabla
