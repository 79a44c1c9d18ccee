#include "binding/addon-number.hpp"

#include <cstdint>
#include <utility>

#include "memory/buffer-ref.hpp"

namespace nabla {

namespace {

/// Whether an element of the dtype can be such a number.
bool holds(DType dtype, double value) {
  if (isFloat(dtype)) return true;
  const double low = dtype == DType::Int32 ? -2147483648.0 : 0;
  const double high = dtype == DType::Int32 ? 2147483647.0 : 255;
  return value >= low && value <= high;
}

void put(const View& view, double value) {
  switch (view.dtype) {
    case DType::Float32:
      *view.as<float>() = static_cast<float>(value);
      break;
    case DType::Float64:
      *view.as<double>() = value;
      break;
    case DType::Int32:
      *view.as<std::int32_t>() = static_cast<std::int32_t>(value);
      break;
    case DType::Uint8:
      *view.as<std::uint8_t>() = static_cast<std::uint8_t>(value);
  }
}

double get(const View& view) {
  switch (view.dtype) {
    case DType::Float32:
      return *view.as<float>();
    case DType::Float64:
      return *view.as<double>();
    case DType::Int32:
      return *view.as<std::int32_t>();
    case DType::Uint8:
      return *view.as<std::uint8_t>();
  }
  return 0;
}

/// createNumber(dtype, value): a handle to a tensor of rank 0.
napi_value createNumber(napi_env env, napi_callback_info info) {
  std::size_t count = 2;
  napi_value arguments[2];
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
  Environment& environment = *static_cast<Environment*>(data);
  return catching(env, [&]() -> napi_value {
    std::int32_t code = -1;
    double value = 0;
    const bool isRead = napi_get_value_int32(env, arguments[0], &code) == napi_ok &&
                        napi_get_value_double(env, arguments[1], &value) == napi_ok;
    if (!isRead || code < 0 || code >= kDTypeCount || !holds(static_cast<DType>(code), value)) {
      throw failure(env, "expected a dtype and a number of it");
    }
    Type type;
    type.dtype = static_cast<DType>(code);
    View view = viewOf(type);
    BufferRef buffer = BufferRef::allocate(view.bytes());
    if (!buffer) throw failure(env, "out of memory for a number");
    view.data = buffer.data();
    put(view, value);
    napi_value handle = nullptr;
    napi_create_int32(env, environment.handles.add(std::move(buffer), view), &handle);
    reportMemory(env, environment);
    return handle;
  });
}

/// readNumber(handle): the value of a tensor of one element.
napi_value readNumber(napi_env env, napi_callback_info info) {
  std::size_t count = 1;
  napi_value argument = nullptr;
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, &argument, nullptr, &data);
  const Handles& handles = static_cast<Environment*>(data)->handles;
  return catching(env, [&]() -> napi_value {
    std::int32_t handle = -1;
    const bool isRead = napi_get_value_int32(env, argument, &handle) == napi_ok;
    const View* view = isRead ? handles.find(handle) : nullptr;
    if (view == nullptr || view->size != 1) throw failure(env, "expected a tensor of one element");
    napi_value value = nullptr;
    napi_create_double(env, get(*view), &value);
    return value;
  });
}

}  // namespace

void exportNumbers(Napi::Env env, Napi::Object exports, Environment* environment) {
  exportPlain(env, exports, "createNumber", createNumber, environment);
  exportPlain(env, exports, "readNumber", readNumber, environment);
}

}  // namespace nabla
