// Times the I2_S kernels of bitnet.cpp like the products of products.c, in its
// format: bitnet SECONDS THREADS. Inputs are codes already, and the kernels are
// called as bitnet.cpp calls them: 16 outputs a call for one row of inputs, 4
// rows a call for each output otherwise.
//
// run.py --bitnet FOLDER compiles this with the kernel file of a copy of
// bitnet.cpp; what that file takes from its own ggml is declared here.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "measure.h"

#define GGML_API
#define UNUSED(x) (void)(x)
enum ggml_type { GGML_TYPE_I2_S };
static size_t ggml_row_size(ggml_type, int64_t inputs) {
  return (size_t)inputs / 4;
}
#include "ggml-bitnet-mad.cpp"

struct Product {
  const char *name;
  bool isCold;
  size_t rows, outputs, inputs;
};

static void multiply(const Product &p, const uint8_t *weights, const uint8_t *x,
                     float *y) {
  const int inputs = (int)p.inputs;
  if (p.rows == 1) {
#pragma omp parallel for num_threads(threads)
    for (size_t n = 0; n < p.outputs; n += 16)
      ggml_vec_dot_i2_i8_s_1x1(inputs, y + n, 0, weights + n * p.inputs / 4,
                               p.inputs, x, 0, 16);
    return;
  }
#pragma omp parallel for num_threads(threads)
  for (size_t row = 0; row < p.rows; row += 16)
    for (size_t n = 0; n < p.outputs; ++n)
      ggml_vec_dot_i2_i8_s_Nx1(inputs, y + n * p.rows + row, 1,
                               weights + n * p.inputs / 4, 0,
                               x + row * p.inputs, p.inputs, 16);
}

static void measure(const Product &p, double seconds) {
  const size_t bytes = p.outputs * p.inputs / 4;
  const size_t matrices = p.isCold ? ((size_t)256 << 20) / bytes : 1;
  auto *weights = static_cast<uint8_t *>(allocate(bytes * matrices));
  auto *x = static_cast<uint8_t *>(allocate(p.rows * p.inputs));
  auto *y = static_cast<float *>(allocate(p.rows * p.outputs * sizeof(float)));
  fill(weights, bytes * matrices);
  fill(x, p.rows * p.inputs);
  double least = 1e30, total = 0;
  for (int turn = 0; turn < 3 || total < seconds * 1e6; ++turn) {
    const double start = now();
    for (size_t i = 0; i < matrices; ++i)
      multiply(p, weights + i * bytes, x, y);
    const double time = now() - start;
    total += time;
    least = time < least ? time : least;
  }
  report(p.name, least / (double)matrices, (double)bytes,
         2.0 * (double)p.rows * (double)p.outputs * (double)p.inputs);
  free(weights);
  free(x);
  free(y);
}

int main(int count, char **arguments) {
  const double seconds = count > 1 ? atof(arguments[1]) : 0.2;
  threads = count > 2 ? atoi(arguments[2]) : 1;
  const Product products[] = {
      {"I2_S 2560x2560, cold", true, 1, 2560, 2560},
      {"I2_S 6912x2560, cold", true, 1, 6912, 2560},
      {"I2_S 2560x6912, cold", true, 1, 2560, 6912},
      {"I2_S 2560x2560, resident", false, 1, 2560, 2560},
      {"I2_S 2560x2560, 512 rows", false, 512, 2560, 2560},
  };
  for (const Product &product : products)
    measure(product, seconds);
}
