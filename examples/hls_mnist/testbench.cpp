// Runs the design in a C++ simulation.
//
//   testbench                             the recorded frames in golden/
//   testbench FRAMES IN.bin... OUT.bin... frames back to back
//
// Files hold the elements of a tensor row-major, as the model has them,
// little-endian; FRAMES frames stand one after the other. The order in which
// elements cross the border of the design is NAME_test.h's.

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

typedef std::vector<unsigned char> bytes;

// A loop over the elements of a tensor: how often, and by how many elements it
// steps.
struct loop {
  long extent, stride;
};

// The row-major index of the element at a position of a stream.
template <size_t N> long locate(const loop (&loops)[N], long position) {
  long index = 0;
  for (size_t i = N; i-- > 0;) {
    index += position % loops[i].extent * loops[i].stride;
    position /= loops[i].extent;
  }
  return index;
}

// Element `index` of `size` bytes, extended by its sign.
static long long get_element(const bytes &tensor, long index, int size) {
  unsigned long long value = 0;
  for (int i = 0; i < size; ++i)
    value |=
        (unsigned long long)(tensor[size_t(index) * size_t(size) + size_t(i)])
        << (8 * i);
  if (size < 8 && (value >> (8 * size - 1) & 1))
    value |= ~0ull << (8 * size);
  return (long long)(value);
}

static void set_element(bytes &tensor, long index, int size,
                        unsigned long long value) {
  for (int i = 0; i < size; ++i)
    tensor[size_t(index) * size_t(size) + size_t(i)] =
        (unsigned char)(value >> (8 * i));
}

// What the word of the border, an ap_uint of some bits, holds as an element of
// the model.
template <typename Word>
unsigned long long extend(const Word &word, int bits, bool is_signed) {
  unsigned long long value = (unsigned long long)(word.to_uint64());
  if (is_signed && bits < 64 && (value >> (bits - 1) & 1))
    value |= ~0ull << bits;
  return value;
}

#include TEST_HEADER

static bool read_file(const std::string &path, bytes &contents) {
  std::ifstream file(path.c_str(), std::ios::binary);
  if (!file)
    return false;
  contents.assign(std::istreambuf_iterator<char>(file),
                  std::istreambuf_iterator<char>());
  return true;
}

static float get_float(const bytes &tensor, long index) {
  const uint32_t bits = uint32_t(get_element(tensor, index, 4));
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

// |got - want| <= atol + rtol * |want|; integers are equal.
static bool compare(const bytes &got, const bytes &want, const border &output,
                    double &worst) {
  if (got.size() != want.size())
    return false;
  bool matches = true;
  for (long i = 0; i < output.elements; ++i) {
    double g, w, limit = 0;
    if (output.is_float) {
      g = get_float(got, i);
      w = get_float(want, i);
      limit = atol_of_test + rtol_of_test * std::fabs(w);
      if (g != g && w != w)
        continue;
    } else {
      g = double(get_element(got, i, output.bytes));
      w = double(get_element(want, i, output.bytes));
    }
    const double error = g == w ? 0 : std::fabs(g - w);
    worst = error > worst ? error : worst;
    matches = matches && error <= limit;
  }
  return matches;
}

static int run_golden() {
  int frames = 0, failures = 0;
  for (;; ++frames) {
    std::vector<bytes> in(inputs_of_test), out(outputs_of_test);
    const std::string set = "golden/set_" + std::to_string(frames);
    for (int i = 0; i < inputs_of_test; ++i)
      if (!read_file(set + "_input_" + std::to_string(i) + ".bin",
                     in[size_t(i)])) {
        std::printf("%d of %d recorded frames match\n", frames - failures,
                    frames);
        if (frames == 0)
          std::printf("golden/ holds no frames\n");
        return failures == 0 && frames > 0 ? 0 : 1;
      }
    run_frame(in, out);
    bool matches = true;
    for (int i = 0; i < outputs_of_test; ++i) {
      bytes want;
      double worst = 0;
      if (!read_file(set + "_output_" + std::to_string(i) + ".bin", want) ||
          !compare(out[size_t(i)], want, output_borders[i], worst)) {
        std::printf("frame %d: output %d is wrong, by %g\n", frames, i, worst);
        matches = false;
      }
    }
    failures += matches ? 0 : 1;
  }
}

static int run_files(int argc, char **argv) {
  if (argc != 2 + inputs_of_test + outputs_of_test) {
    std::fprintf(stderr, "usage: %s [FRAMES %d inputs %d outputs]\n", argv[0],
                 inputs_of_test, outputs_of_test);
    return 2;
  }
  const long frames = std::atol(argv[1]);
  std::vector<bytes> all(inputs_of_test), results(outputs_of_test);
  for (int i = 0; i < inputs_of_test; ++i)
    if (!read_file(argv[2 + i], all[size_t(i)]) ||
        all[size_t(i)].size() != size_t(frames) *
                                     size_t(input_borders[i].elements) *
                                     size_t(input_borders[i].bytes)) {
      std::fprintf(stderr, "%s does not hold %ld frames\n", argv[2 + i],
                   frames);
      return 1;
    }
  for (long frame = 0; frame < frames; ++frame) {
    std::vector<bytes> in(inputs_of_test), out(outputs_of_test);
    for (int i = 0; i < inputs_of_test; ++i) {
      const long size = input_borders[i].elements * input_borders[i].bytes;
      in[size_t(i)].assign(all[size_t(i)].begin() + frame * size,
                           all[size_t(i)].begin() + (frame + 1) * size);
    }
    run_frame(in, out);
    for (int i = 0; i < outputs_of_test; ++i)
      results[size_t(i)].insert(results[size_t(i)].end(),
                                out[size_t(i)].begin(), out[size_t(i)].end());
  }
  for (int i = 0; i < outputs_of_test; ++i) {
    std::ofstream file(argv[2 + inputs_of_test + i], std::ios::binary);
    file.write(reinterpret_cast<const char *>(results[size_t(i)].data()),
               std::streamsize(results[size_t(i)].size()));
    if (!file) {
      std::fprintf(stderr, "%s cannot be written\n",
                   argv[2 + inputs_of_test + i]);
      return 1;
    }
  }
  return 0;
}

int main(int argc, char **argv) {
  return argc == 1 ? run_golden() : run_files(argc, argv);
}
