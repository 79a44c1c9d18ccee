// The arithmetic of a training step and nothing else: the cblas_sgemm calls of a fully connected
// network's forward and backward pass, with beta = 0. What every contender of the benchmark is
// measured against.
//
//   bare-gemm THREADS BATCH UNITS...              e.g. bare-gemm 1 32 784 32 64 128 10
//   bare-gemm --forward THREADS BATCH UNITS...    the forward pass alone
//   bare-gemm --version                           that of OpenBLAS
//
// The threads are OpenBLAS' own. Reads numbers of steps from standard input, one a line; answers
// each with microseconds a step.

#include <cblas.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

extern "C" void openblas_set_num_threads(int);
extern "C" char* openblas_get_config(void);
extern "C" char* openblas_get_corename(void);

namespace {

struct Layer {
  int inputs, units;
  std::vector<float> weights, gradient;  // [inputs, units]
  std::vector<float> x, dx;              // [batch, inputs]
};

std::vector<float> values(int count) {
  std::vector<float> result(static_cast<std::size_t>(count));
  for (int i = 0; i < count; i++) result[static_cast<std::size_t>(i)] = 0.01f * (i % 17 - 8);
  return result;
}

struct Network {
  int batch;
  std::vector<Layer> layers;
  std::vector<float> y, dy;  // [batch, outputs]

  Network(int batch, const std::vector<int>& units) : batch(batch) {
    for (std::size_t i = 0; i + 1 < units.size(); i++) {
      const int in = units[i], out = units[i + 1];
      layers.push_back(
          {in, out, values(in * out), values(in * out), values(batch * in), values(batch * in)});
    }
    y = dy = values(batch * units.back());
  }

  void forward() {
    const std::size_t last = layers.size() - 1;
    for (std::size_t i = 0; i <= last; i++) {
      Layer& l = layers[i];
      float* out = i == last ? y.data() : layers[i + 1].x.data();
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, batch, l.units, l.inputs, 1,
                  l.x.data(), l.inputs, l.weights.data(), l.units, 0, out, l.units);
    }
  }

  void backward() {
    const std::size_t last = layers.size() - 1;
    for (std::size_t i = last + 1; i-- > 0;) {
      Layer& l = layers[i];
      const float* d = i == last ? dy.data() : layers[i + 1].dx.data();
      cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, l.inputs, l.units, batch, 1, l.x.data(),
                  l.inputs, d, l.units, 0, l.gradient.data(), l.units);
      // The first layer's input needs no gradient.
      if (i == 0) break;
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, batch, l.inputs, l.units, 1, d, l.units,
                  l.weights.data(), l.units, 0, l.dx.data(), l.inputs);
    }
  }
};

int usage() {
  std::fprintf(stderr, "usage: bare-gemm [--forward] THREADS BATCH UNITS...\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--version") == 0) {
    std::printf("%s, %s kernels\n", openblas_get_config(), openblas_get_corename());
    return 0;
  }
  const bool forwardOnly = argc > 1 && std::strcmp(argv[1], "--forward") == 0;
  const int first = forwardOnly ? 2 : 1;
  if (argc < first + 4) return usage();
  openblas_set_num_threads(std::atoi(argv[first]));
  std::vector<int> units;
  for (int i = first + 2; i < argc; i++) units.push_back(std::atoi(argv[i]));
  Network network(std::atoi(argv[first + 1]), units);
  int steps;
  while (std::scanf("%d", &steps) == 1) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < steps; i++) {
      network.forward();
      if (!forwardOnly) network.backward();
    }
    const std::chrono::duration<double, std::micro> elapsed =
        std::chrono::steady_clock::now() - start;
    std::printf("%.6f\n", elapsed.count() / steps);
    std::fflush(stdout);
  }
}
