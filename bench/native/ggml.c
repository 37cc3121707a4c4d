/* Times the products of ggml, the library of llama.cpp, like those of
 * products.c, in its format: ggml SECONDS THREADS.
 *
 * Needs a build of ggml with its include folder; run.py --ggml gives both.
 * Inputs are floats that ggml quantises itself. Weights that count as cold are
 * many matrices in turns, one graph of one product each: a time is the mean of
 * a whole turn, the least of many turns.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "measure.h"

#include "ggml-alloc.h"
#include "ggml-backend.h"
#include "ggml-cpu.h"
#include "ggml.h"

#include <string.h>

struct product {
  const char *name, *buffer; /* of weights: of ggml's extra buffer types */
  enum ggml_type type;
  int is_cold;
  int64_t rows, outputs, inputs;
};

static ggml_backend_buffer_type_t find_buffer_type(const char *name) {
  ggml_backend_dev_t device =
      ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
  if (!name)
    return ggml_backend_dev_buffer_type(device);
  ggml_backend_dev_get_extra_bufts_t get_extra =
      (ggml_backend_dev_get_extra_bufts_t)ggml_backend_reg_get_proc_address(
          ggml_backend_dev_backend_reg(device),
          "ggml_backend_dev_get_extra_bufts");
  ggml_backend_buffer_type_t *types = get_extra ? get_extra(device) : NULL;
  for (; types && *types; ++types)
    if (strcmp(ggml_backend_buft_name(*types), name) == 0)
      return *types;
  return NULL;
}

/* In large pages if the system has them, as for every program of run.py. */
static void use_large_pages(ggml_backend_buffer_t buffer) {
#ifdef MADV_HUGEPAGE
  const uintptr_t page = (uintptr_t)2 << 20;
  const uintptr_t from = (uintptr_t)ggml_backend_buffer_get_base(buffer);
  const uintptr_t to = from + ggml_backend_buffer_get_size(buffer);
  const uintptr_t start = (from + page - 1) / page * page;
  if (start + page <= to)
    madvise((void *)start, (to - start) / page * page, MADV_HUGEPAGE);
#endif
}

static struct ggml_context *make_context(size_t tensors) {
  const struct ggml_init_params parameters = {
      (tensors + 64) * ggml_tensor_overhead() +
          tensors * ggml_graph_overhead_custom(8, 0),
      NULL, 1};
  return ggml_init(parameters);
}

/* -1, 0 and 1 times one scale, which no type of ggml rounds. */
static void set_weights(struct ggml_tensor *weights, int64_t outputs,
                        int64_t inputs) {
  const size_t count = (size_t)(outputs * inputs);
  float *values = malloc(count * sizeof *values);
  void *packed = malloc(ggml_nbytes(weights));
  uint32_t state = 1;
  for (size_t i = 0; i < count; ++i) {
    state = state * 1664525u + 1013904223u;
    values[i] = (float)((int32_t)((state >> 24) % 3u) - 1);
  }
  ggml_quantize_chunk(weights->type, values, packed, 0, outputs, inputs, NULL);
  ggml_backend_tensor_set(weights, packed, 0, ggml_nbytes(weights));
  free(packed);
  free(values);
}

static int measure(const struct product *p, ggml_backend_t backend,
                   double seconds) {
  ggml_backend_buffer_type_t type = find_buffer_type(p->buffer);
  if (!type) {
    fprintf(stderr, "ggml %s: skipped, this build has no buffers of type %s\n",
            p->name, p->buffer);
    return 0;
  }
  const size_t bytes = ggml_row_size(p->type, p->inputs) * (size_t)p->outputs;
  const size_t matrices = p->is_cold ? ((size_t)256 << 20) / bytes : 1;
  struct ggml_context *held = make_context(matrices);
  struct ggml_context *context = make_context(4 * matrices);
  struct ggml_tensor **weights = malloc(matrices * sizeof *weights);
  for (size_t i = 0; i < matrices; ++i)
    weights[i] = ggml_new_tensor_2d(held, p->type, p->inputs, p->outputs);
  ggml_backend_buffer_t buffer =
      ggml_backend_alloc_ctx_tensors_from_buft(held, type);
  if (!buffer)
    return 1;
  use_large_pages(buffer);
  ggml_backend_buffer_set_usage(buffer, GGML_BACKEND_BUFFER_USAGE_WEIGHTS);
  for (size_t i = 0; i < matrices; ++i)
    set_weights(weights[i], p->outputs, p->inputs);

  struct ggml_tensor *x =
      ggml_new_tensor_2d(context, GGML_TYPE_F32, p->inputs, p->rows);
  struct ggml_cgraph **graphs = malloc(matrices * sizeof *graphs);
  for (size_t i = 0; i < matrices; ++i) {
    graphs[i] = ggml_new_graph_custom(context, 8, 0);
    ggml_build_forward_expand(graphs[i], ggml_mul_mat(context, weights[i], x));
  }
  ggml_backend_buffer_t values =
      ggml_backend_alloc_ctx_tensors(context, backend);
  if (!values)
    return 1;
  const size_t inputs = (size_t)(p->rows * p->inputs);
  float *codes = malloc(inputs * sizeof *codes);
  for (size_t i = 0; i < inputs; ++i)
    codes[i] = (float)((int)(i * 37 % 255) - 127);
  ggml_backend_tensor_set(x, codes, 0, inputs * sizeof *codes);

  double least = 1e30, total = 0;
  for (int turn = 0; turn < 3 || total < seconds * 1e6; ++turn) {
    const double start = now();
    for (size_t i = 0; i < matrices; ++i)
      ggml_backend_graph_compute(backend, graphs[i]);
    const double time = now() - start;
    total += time;
    least = time < least ? time : least;
  }
  report(p->name, least / (double)matrices, (double)bytes,
         2.0 * (double)p->rows * (double)p->outputs * (double)p->inputs);
  free(codes);
  free(graphs);
  free(weights);
  ggml_backend_buffer_free(values);
  ggml_backend_buffer_free(buffer);
  ggml_free(context);
  ggml_free(held);
  return 0;
}

static void keep_quiet(enum ggml_log_level level, const char *text,
                       void *data) {
  (void)data;
  if (level == GGML_LOG_LEVEL_ERROR)
    fputs(text, stderr);
}

int main(int count, char **arguments) {
  const double seconds = count > 1 ? atof(arguments[1]) : 0.2;
  threads = count > 2 ? atoi(arguments[2]) : 1;
  static const struct product products[] = {
      {"TQ2_0 2560x2560, cold", 0, GGML_TYPE_TQ2_0, 1, 1, 2560, 2560},
      {"TQ2_0 6912x2560, cold", 0, GGML_TYPE_TQ2_0, 1, 1, 6912, 2560},
      {"TQ2_0 2560x6912, cold", 0, GGML_TYPE_TQ2_0, 1, 1, 2560, 6912},
      {"TQ2_0 2560x2560, resident", 0, GGML_TYPE_TQ2_0, 0, 1, 2560, 2560},
      {"TQ2_0 2560x2560, 512 rows", 0, GGML_TYPE_TQ2_0, 0, 512, 2560, 2560},
      {"TQ1_0 2560x2560, cold", 0, GGML_TYPE_TQ1_0, 1, 1, 2560, 2560},
      {"Q4_0 repacked 2560x2560, cold", "CPU_REPACK", GGML_TYPE_Q4_0, 1, 1,
       2560, 2560},
      {"Q4_0 repacked 6912x2560, cold", "CPU_REPACK", GGML_TYPE_Q4_0, 1, 1,
       6912, 2560},
      {"Q4_0 repacked 2560x2560, 512 rows", "CPU_REPACK", GGML_TYPE_Q4_0, 0,
       512, 2560, 2560},
      {"Q4_0 in AMX tiles 2560x2560, cold", "AMX", GGML_TYPE_Q4_0, 1, 1, 2560,
       2560},
  };
  ggml_log_set(keep_quiet, NULL);
  ggml_backend_t backend = ggml_backend_cpu_init();
  struct ggml_threadpool_params parameters;
  ggml_threadpool_params_init(&parameters, threads);
  ggml_threadpool_t pool = ggml_threadpool_new(&parameters);
  ggml_backend_cpu_set_n_threads(backend, threads);
  ggml_backend_cpu_set_threadpool(backend, pool);
  for (size_t i = 0; i < sizeof products / sizeof *products; ++i)
    if (measure(&products[i], backend, seconds) != 0) {
      fprintf(stderr, "ggml %s: out of memory\n", products[i].name);
      return 1;
    }
  ggml_backend_free(backend);
  ggml_threadpool_free(pool);
  return 0;
}
