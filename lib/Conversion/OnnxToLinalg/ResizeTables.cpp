//===- ResizeTables.cpp - Where Resize takes each element from ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ResizeTables.h"

#include <algorithm>
#include <cmath>

using namespace setun::onnx;

/// The position in the input, between elements, of output `o`.
static double getSource(const ResizeOptions &options, const ResizeAxis &axis,
                        int64_t o) {
  // The size that the scale asks for; the output is its whole part.
  double size = axis.scale * static_cast<double>(axis.input);
  double last = static_cast<double>(axis.input - 1);
  double center = (static_cast<double>(o) + 0.5) / axis.scale - 0.5;
  if (options.transform == "asymmetric")
    return static_cast<double>(o) / axis.scale;
  if (options.transform == "align_corners")
    return size == 1 ? 0 : static_cast<double>(o) * last / (size - 1);
  if (options.transform == "tf_crop_and_resize") {
    double range = (axis.roiEnd - axis.roiStart) * last;
    double inside =
        size == 1 ? range / 2 : static_cast<double>(o) * range / (size - 1);
    return inside + axis.roiStart * last;
  }
  if (options.transform == "tf_half_pixel_for_nn")
    return (static_cast<double>(o) + 0.5) / axis.scale;
  if (options.transform == "pytorch_half_pixel")
    return size == 1 ? -0.5 : center;
  if (options.transform == "half_pixel_symmetric") {
    // The middle of the input comes to the middle of the output.
    double adjustment = static_cast<double>(axis.output) / size;
    return static_cast<double>(axis.input) / 2 * (1 - adjustment) + center;
  }
  return center; // half_pixel
}

static double roundSource(llvm::StringRef mode, double source, double scale) {
  if (mode == "simple")
    return scale < 1 ? std::ceil(source) : std::trunc(source);
  if (mode == "floor")
    return std::floor(source);
  if (mode == "ceil")
    return std::ceil(source);
  if (mode == "round_prefer_ceil")
    return std::floor(source + 0.5);
  return std::ceil(source - 0.5); // round_prefer_floor
}

/// The cubic convolution kernel of Keys at distance `x`.
static double cubicKernel(double x, double a) {
  x = std::abs(x);
  if (x <= 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2)
    return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}

/// The weight of an element at distance `x`.
static double getWeight(const ResizeOptions &options, double x) {
  if (options.mode == "cubic")
    return cubicKernel(x, options.cubicA);
  return std::max(0.0, 1 - std::abs(x));
}

/// With antialias the kernel is stretched where the output is smaller.
static double getStretch(const ResizeOptions &options, double scale) {
  return options.antialias ? std::min(scale, 1.0) : 1.0;
}

int64_t setun::onnx::getResizeTaps(const ResizeOptions &options, double scale) {
  if (options.mode == "nearest")
    return 1;
  double reach = options.mode == "cubic" ? 2 : 1;
  double first = std::floor(-reach / getStretch(options, scale)) + 1;
  // Tables of this size are refused anyway.
  return first < -1e9 ? int64_t(1) << 31 : 2 - 2 * static_cast<int64_t>(first);
}

/// Divides the weights by their sum, unless that is 0.
static void normalize(std::vector<double> &weights) {
  double sum = 0;
  for (double weight : weights)
    sum += weight;
  if (sum != 0)
    for (double &weight : weights)
      weight /= sum;
}

/// Weights and positions of one output. The elements are those around `source`
/// in (base, base + 1].
static void addTaps(const ResizeOptions &options, const ResizeAxis &axis,
                    double source, ResizeTables &tables) {
  double base = std::ceil(source) - 1, ratio = source - base;
  double stretch = getStretch(options, axis.scale);
  int64_t first = 1 - tables.taps / 2;
  std::vector<double> weights;
  for (int64_t tap = 0; tap < tables.taps; ++tap) {
    double distance = static_cast<double>(first + tap) - ratio;
    weights.push_back(getWeight(options, distance * stretch));
  }
  if (options.antialias)
    normalize(weights);
  std::vector<int64_t> positions;
  for (int64_t tap = 0; tap < tables.taps; ++tap)
    positions.push_back(static_cast<int64_t>(base) + first + tap);
  if (options.excludeOutside) {
    for (int64_t tap = 0; tap < tables.taps; ++tap)
      if (positions[tap] < 0 || positions[tap] >= axis.input)
        weights[tap] = 0;
    normalize(weights);
  }
  for (int64_t position : positions)
    tables.positions.push_back(
        static_cast<int32_t>(std::clamp<int64_t>(position, 0, axis.input - 1)));
  tables.weights.insert(tables.weights.end(), weights.begin(), weights.end());
}

ResizeTables setun::onnx::makeResizeTables(const ResizeOptions &options,
                                           const ResizeAxis &axis) {
  ResizeTables tables;
  tables.taps = getResizeTaps(options, axis.scale);
  double last = static_cast<double>(axis.input - 1);
  bool anyOutside = false;
  for (int64_t o = 0; o < axis.output; ++o) {
    double source = getSource(options, axis, o);
    bool isOutside = options.transform == "tf_crop_and_resize" &&
                     !(source >= 0 && source <= last);
    tables.outside.push_back(isOutside);
    anyOutside |= isOutside;
    // All taps of a position far outside are the same element.
    double reach = static_cast<double>(tables.taps) + 2;
    source = source > -reach ? std::min(source, last + reach) : -reach;
    if (options.mode == "nearest") {
      double nearest = roundSource(options.nearest, source, axis.scale);
      tables.positions.push_back(
          static_cast<int32_t>(std::clamp(nearest, 0.0, last)));
      continue;
    }
    addTaps(options, axis, source, tables);
  }
  if (!anyOutside)
    tables.outside.clear();
  return tables;
}
