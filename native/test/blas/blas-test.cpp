// OpenBLAS has to compute on the calling thread alone: the team's threads share out the work.
#include "blas/blas.hpp"

#include "test/check.hpp"

extern "C" int openblas_get_num_threads(void);

int main() {
  using namespace nabla;
  initBlas();
  test::check(openblas_get_num_threads() == 1, "OpenBLAS uses one thread");
  return test::report("blas-test");
}
