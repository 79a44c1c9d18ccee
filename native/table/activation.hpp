// Activations that fused ops apply, as numbers in their attributes.
#pragma once

namespace nabla {

enum class Activation : int { Linear = 0, Relu, Sigmoid, Tanh, Softmax };

constexpr const char* nameOf(Activation activation) {
  constexpr const char* kNames[] = {"linear", "relu", "sigmoid", "tanh", "softmax"};
  return kNames[static_cast<int>(activation)];
}

}  // namespace nabla
