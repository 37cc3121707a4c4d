// What the rows of weights of a layer see, and the moments of that.
#include "setun/Quantize/ProductLayer.h"

#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace llvm;

namespace setun::quantize {

/// Wider layers get only squares: products take columns^2 numbers a group.
static constexpr int64_t kMostColumns = 1152;
static constexpr int64_t kMostProducts = 1 << 23;

/// Rows of inputs for each layer, and fewer where each has many products.
static constexpr int64_t kMostRows = 1 << 14;
static constexpr int64_t kMostSteps = int64_t(1) << 32;
static int64_t countElements(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

/// A position in `shape` from its row-major number.
static std::vector<int64_t> unravel(int64_t index, ArrayRef<int64_t> shape) {
  std::vector<int64_t> position(shape.size());
  for (size_t axis = shape.size(); axis-- > 0; index /= shape[axis])
    position[axis] = index % shape[axis];
  return position;
}

namespace {
/// One spatial axis of a convolution: how many places, and where they begin.
struct Axis {
  int64_t places, pad;
};
} // namespace

static Axis getAxis(const Window &window, size_t axis, int64_t extent) {
  int64_t span = (window.kernel[axis] - 1) * window.dilations[axis] + 1;
  int64_t stride = window.strides[axis];
  // How outputs of a given size are padded, moments are not worth knowing.
  if (window.transposed && !window.autoPad.empty())
    return {0, 0};
  if (window.transposed)
    return {(extent - 1) * stride + span + window.outputPadding[axis] -
                window.padsBegin[axis] - window.padsEnd[axis],
            window.padsBegin[axis]};
  if (window.autoPad == "SAME_UPPER" || window.autoPad == "SAME_LOWER") {
    int64_t places = (extent + stride - 1) / stride;
    int64_t pads = std::max<int64_t>(0, (places - 1) * stride + span - extent);
    return {places,
            window.autoPad == "SAME_UPPER" ? pads / 2 : pads - pads / 2};
  }
  bool none = window.autoPad == "VALID";
  int64_t before = none ? 0 : window.padsBegin[axis];
  int64_t after = none ? 0 : window.padsEnd[axis];
  return {(extent + before + after - span) / stride + 1, before};
}

/// What tap `offset` of the window reads at place `at` of the output, or -1.
static int64_t getInput(const Window &window, size_t axis, const Axis &places,
                        int64_t extent, int64_t at, int64_t offset) {
  int64_t reach = offset * window.dilations[axis];
  int64_t position = window.transposed
                         ? at + places.pad - reach
                         : at * window.strides[axis] - places.pad + reach;
  if (window.transposed) {
    if (position % window.strides[axis] != 0)
      return -1;
    position /= window.strides[axis];
  }
  return position >= 0 && position < extent ? position : -1;
}

/// The pixel that each tap reads at a place of the output, -1 for zero.
static std::vector<int64_t> getPixels(const Window &window, ArrayRef<Axis> axes,
                                      ArrayRef<int64_t> image,
                                      ArrayRef<int64_t> at) {
  std::vector<int64_t> pixels(countElements(window.kernel));
  for (auto [tap, pixel] : enumerate(pixels)) {
    std::vector<int64_t> offset = unravel(tap, window.kernel);
    for (size_t axis = 0; axis < axes.size() && pixel >= 0; ++axis) {
      int64_t position = getInput(window, axis, axes[axis], image[axis],
                                  at[axis], offset[axis]);
      pixel = position < 0 ? -1 : pixel * image[axis] + position;
    }
  }
  return pixels;
}

static void forEachPatch(const ProductLayer &layer, FloatTensor input,
                         int64_t most,
                         function_ref<void(int64_t, ArrayRef<float>)> visit) {
  const Window &window = layer.window;
  size_t spatial = window.kernel.size();
  if (input.shape.size() != spatial + 2)
    return;
  ArrayRef<int64_t> image = input.shape.drop_front(2);
  SmallVector<Axis> axes;
  std::vector<int64_t> places;
  for (size_t axis = 0; axis < spatial; ++axis) {
    axes.push_back(getAxis(window, axis, image[axis]));
    places.push_back(axes.back().places);
    if (places.back() <= 0)
      return;
  }
  int64_t channels = input.shape[1], pixels = countElements(image);
  int64_t perGroup = channels / layer.groups;
  int64_t taps = countElements(window.kernel);
  int64_t placesPerImage = countElements(places);
  int64_t total = input.shape[0] * placesPerImage;
  int64_t step = std::max<int64_t>(1, total / std::max<int64_t>(most, 1));
  std::vector<float> row(layer.columns);
  if (perGroup * taps != layer.columns)
    return;

  for (int64_t place = step / 2; place < total; place += step) {
    ArrayRef<float> sample = input.values.slice(
        place / placesPerImage * channels * pixels, channels * pixels);
    std::vector<int64_t> pixelOf =
        getPixels(window, axes, image, unravel(place % placesPerImage, places));
    for (int64_t group = 0; group < layer.groups; ++group) {
      for (int64_t c = 0; c < perGroup; ++c)
        for (int64_t tap = 0; tap < taps; ++tap)
          row[c * taps + tap] =
              pixelOf[tap] < 0
                  ? 0
                  : sample[(group * perGroup + c) * pixels + pixelOf[tap]];
      visit(group, row);
    }
  }
}

void forEachInputRow(const ProductLayer &layer, FloatTensor input, int64_t most,
                     function_ref<void(int64_t, ArrayRef<float>)> visit) {
  if (layer.isConvolution())
    return forEachPatch(layer, input, most, visit);
  if (layer.columns == 0)
    return;
  auto rows = static_cast<int64_t>(input.values.size()) / layer.columns;
  int64_t step = std::max<int64_t>(1, rows / std::max<int64_t>(most, 1));
  std::vector<float> transposed(layer.columns);
  for (int64_t row = step / 2; row < rows; row += step) {
    if (!layer.transposedInput) {
      visit(0, input.values.slice(row * layer.columns, layer.columns));
      continue;
    }
    for (int64_t column = 0; column < layer.columns; ++column)
      transposed[column] = input.values[column * rows + row];
    visit(0, transposed);
  }
}

InputMoments::InputMoments(const ProductLayer &layer, bool needProducts)
    : floatMeans(layer.groups * layer.columns),
      quantizedMeans(layer.groups * layer.columns), most(kMostRows) {
  if (!needProducts)
    return;
  int64_t perColumn = layer.columns;
  if (layer.columns > kMostColumns ||
      layer.groups * layer.columns > kMostProducts / layer.columns)
    perColumn = 1;
  products.assign(layer.groups, std::vector<double>(layer.columns * perColumn));
  int64_t perRow = layer.groups * layer.columns * perColumn;
  most = std::min(most, kMostSteps / std::max<int64_t>(perRow, 1));
}

void InputMoments::add(const ProductLayer &layer, FloatTensor input,
                       const ActivationQuantizer *quantizer, int64_t most) {
  std::vector<double> quantized(layer.columns);
  forEachInputRow(layer, input, most, [&](int64_t group, ArrayRef<float> row) {
    count += group == 0;
    for (int64_t i = 0; i < layer.columns; ++i) {
      quantized[i] = quantizer ? quantizer->apply(row[i]) : row[i];
      floatMeans[group * layer.columns + i] += row[i];
      quantizedMeans[group * layer.columns + i] += quantized[i];
    }
    if (products.empty())
      return;
    bool squares = isDiagonal(products[group], layer.columns);
    for (int64_t i = 0; i < layer.columns; ++i) {
      if (squares) {
        products[group][i] += quantized[i] * quantized[i];
        continue;
      }
      double *sums = &products[group][i * layer.columns];
      for (int64_t k = i; quantized[i] != 0 && k < layer.columns; ++k)
        sums[k] += quantized[i] * quantized[k];
    }
  });
}

void InputMoments::finish() {
  double factor = count > 0 ? 1.0 / static_cast<double>(count) : 0;
  for (double &mean : floatMeans)
    mean *= factor;
  for (double &mean : quantizedMeans)
    mean *= factor;
  int64_t columns = floatMeans.size() / std::max<size_t>(products.size(), 1);
  for (std::vector<double> &matrix : products) {
    for (double &mean : matrix)
      mean *= factor;
    for (int64_t i = 0; i < columns && !isDiagonal(matrix, columns); ++i)
      for (int64_t k = i + 1; k < columns; ++k)
        matrix[k * columns + i] = matrix[i * columns + k];
  }
  auto areFinite = [](ArrayRef<double> values) {
    return all_of(values, [](double value) { return std::isfinite(value); });
  };
  if (count > 0 && areFinite(floatMeans) && areFinite(quantizedMeans) &&
      all_of(products, areFinite))
    return;
  products.clear();
  llvm::fill(floatMeans, 0);
  llvm::fill(quantizedMeans, 0);
}

void InputMoments::addProducts(const InputMoments &other) {
  for (auto [matrix, more] : zip(products, other.products))
    for (auto [product, number] : zip_equal(matrix, more))
      product += number;
}

} // namespace setun::quantize
