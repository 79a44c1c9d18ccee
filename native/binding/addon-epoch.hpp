// The binding of epochs: those that run in an environment, and how they report to JavaScript.
#pragma once

#include <map>

#include "binding/addon.hpp"
#include "run/epoch.hpp"

namespace nabla {

class Epochs {
 public:
  explicit Epochs(napi_env env) : env_(env) {}
  /// Stops and joins all.
  ~Epochs();
  Epochs(const Epochs&) = delete;
  Epochs& operator=(const Epochs&) = delete;

  /// An epoch, and what it uses until its end.
  struct Run {
    ~Run();
    std::vector<std::shared_ptr<BoundPlan>> plans;
    std::vector<BufferRef> buffers;
    Napi::FunctionReference report;
    std::unique_ptr<Epoch> epoch;
  };

  /// Takes over the run and starts its epoch. Keeps the process alive until it has ended.
  int start(std::unique_ptr<Run> run, EpochWork work);

  /// Null if there is none of that id, or no more.
  Epoch* find(int id) const;

 private:
  void openChannel();
  void send(int id, bool isEnd) const;
  static void receive(napi_env env, napi_value, void* context, void* data);
  void report(int id, bool isEnd);
  void close();

  napi_env env_;
  napi_threadsafe_function channel_ = nullptr;
  std::map<int, std::unique_ptr<Run>> runs_;
  int lastId_ = 0;
};

/// Adds the functions of epochs.
void exportEpochs(Napi::Env env, Napi::Object exports, Environment* environment);

}  // namespace nabla
