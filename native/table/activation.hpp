// Activations that fused ops apply, as numbers in their attributes.
#pragma once

namespace nabla {

enum class Activation : int { Linear = 0, Relu, Sigmoid, Tanh, Softmax };

constexpr int kActivationCount = 5;

}  // namespace nabla
