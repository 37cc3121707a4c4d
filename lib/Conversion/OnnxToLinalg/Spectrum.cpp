//===- Spectrum.cpp - Fourier transforms and what stands around them ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// DFT, STFT: every output number is one sum over the signal, in double
// precision and in the order of the samples, rounded once. The factors come
// from a table of N angles, so memory grows with the length and not with its
// square. MelWeightMatrix is a constant.
//===----------------------------------------------------------------------===//

#include "IndexBuilders.h"
#include "ScalarBuilder.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cmath>

using namespace mlir;
using namespace setun::onnx;

//===----------------------------------------------------------------------===//
// One sum
//===----------------------------------------------------------------------===//

namespace {

/// out[k] = 1/N * sum over n of weight(n) * x[n] * e^(sign * 2 pi i k n / N);
/// the inverse has the sign + and the factor 1/N.
struct Transform {
  int64_t length = 0;  // N
  int64_t samples = 0; // numbers of the signal that count: n below this
  bool isInverse = false;
  /// The samples are half a spectrum: all but the first and the middle one
  /// stand for two, and the result is real.
  bool isHalf = false;
  bool isComplex = false; // has the signal an imaginary part?
};

/// Factors of the parts of a sample: real' = a[0] * re + b[0] * im, imaginary'
/// = a[1] * re + b[1] * im, at angle j in element part * N + j.
struct Factors {
  Value real, imaginary;
};

} // namespace

/// cos and sin of 2 pi j / N, exact at the quarters.
static std::pair<double, double> makeAngle(int64_t j, int64_t length) {
  constexpr double pi = 3.14159265358979323846;
  if (4 * j % length == 0) {
    constexpr double cosines[] = {1, 0, -1, 0}, sines[] = {0, 1, 0, -1};
    return {cosines[4 * j / length], sines[4 * j / length]};
  }
  double angle = 2 * pi * static_cast<double>(j) / static_cast<double>(length);
  return {std::cos(angle), std::sin(angle)};
}

static Factors makeFactors(NodeLowering &node, const Transform &transform) {
  int64_t n = transform.length;
  SmallVector<double> real(2 * n), imaginary(2 * n);
  double sign = transform.isInverse ? 1 : -1;
  for (int64_t j = 0; j < n; ++j) {
    auto [cosine, sine] = makeAngle(j, n);
    real[j] = imaginary[n + j] = cosine;
    real[n + j] = sign * sine;
    imaginary[j] = -sign * sine;
  }
  Type f64 = node.builder.getF64Type();
  return {makeFloatTable(node, f64, real, "angles"),
          transform.isComplex ? makeFloatTable(node, f64, imaginary, "angles")
                              : Value()};
}

/// The number of frequency k, part `part`. `readSample` gives sample n, part p.
static Value makeFrequency(
    OpBuilder &builder, Location loc, const Transform &transform,
    const Factors &factors, Value k, Value part, FloatType element,
    llvm::function_ref<Value(OpBuilder &, Value n, int64_t part)> readSample) {
  auto index = [&](OpBuilder &b, int64_t value) {
    return makeIndex(b, loc, value);
  };
  int64_t length = transform.length;
  Type f64 = builder.getF64Type();
  Value zero = arith::ConstantOp::create(builder, loc, getNumber(f64, 0));
  Value first =
      arith::MulIOp::create(builder, loc, part, index(builder, length));
  auto loop = scf::ForOp::create(
      builder, loc, index(builder, 0), index(builder, transform.samples),
      index(builder, 1), ValueRange{zero, index(builder, 0)},
      [&](OpBuilder &b, Location, Value n, ValueRange state) {
        ScalarBuilder s(b, loc, /*isUnsigned=*/false);
        Value sum = state[0], angle = state[1];
        Value at = s.add(first, angle);
        auto product = [&](Value table, int64_t p) {
          Value factor = tensor::ExtractOp::create(b, loc, table, at);
          return s.mul(s.cast(readSample(b, n, p), f64), factor);
        };
        Value term = product(factors.real, 0);
        if (transform.isComplex)
          term = s.add(term, product(factors.imaginary, 1));
        if (transform.isHalf) {
          Value isFirst = s.equal(n, index(b, 0));
          Value isMiddle = s.equal(s.add(n, n), index(b, length));
          Value isOne = arith::OrIOp::create(b, loc, isFirst, isMiddle);
          term = s.select(isOne, term, s.add(term, term));
        }
        // k * n modulo N, without a product that could overflow.
        Value next = s.add(angle, k);
        Value wrapped = s.sub(next, index(b, length));
        next = s.select(s.less(next, index(b, length)), next, wrapped);
        scf::YieldOp::create(b, loc, ValueRange{s.add(sum, term), next});
      });
  ScalarBuilder s(builder, loc, /*isUnsigned=*/false);
  Value sum = loop.getResult(0);
  if (transform.isInverse)
    sum = s.div(sum, s.numberLike(sum, static_cast<double>(length)));
  return s.cast(sum, element);
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

/// The one number of constant input `index`.
static FailureOr<int64_t> readNumber(NodeLowering &node, unsigned index,
                                     StringRef what) {
  FailureOr<SmallVector<int64_t>> values = node.constantInts(index, what);
  if (failed(values))
    return failure();
  if (values->size() != 1)
    return node.error("input " + Twine(index) + " (" + what +
                      ") must be one number");
  return values->front();
}

static LogicalResult checkSignal(NodeLowering &node, int64_t minimumRank) {
  RankedTensorType type = node.inputType(0);
  if (type.getRank() < minimumRank || !isa<FloatType>(type.getElementType()) ||
      (type.getShape().back() != 1 && type.getShape().back() != 2))
    return node.error("expects floats of rank " + Twine(minimumRank) +
                      " or more whose last dimension holds a real or a complex "
                      "number");
  return success();
}

/// The size that dimension `dim` of the output must have.
static LogicalResult checkOutput(NodeLowering &node, ArrayRef<int64_t> shape) {
  if (node.outputType().getShape() == shape)
    return success();
  return node.error("computes [")
         << shape << "], but the output is declared as ["
         << node.outputType().getShape() << "]";
}

static LogicalResult lowerDFT(NodeLowering &node) {
  if (failed(checkSignal(node, 2)))
    return failure();
  RankedTensorType type = node.inputType(0);
  int64_t rank = type.getRank(), axis = node.opset() < 20 ? 1 : -2;
  if (node.opset() < 20) {
    axis = node.node.getInt("axis", axis);
  } else if (node.has(2)) {
    FailureOr<int64_t> given = readNumber(node, 2, "axis");
    if (failed(given))
      return failure();
    axis = *given;
  }
  FailureOr<int64_t> along = node.normalizeAxis(axis, rank);
  if (failed(along))
    return failure();
  if (*along == rank - 1)
    return node.error("the axis must not be that of real and imaginary part");

  Transform transform;
  bool isOneSided = node.node.getInt("onesided", 0) != 0;
  transform.isComplex = type.getShape().back() == 2;
  transform.isInverse = node.node.getInt("inverse", 0) != 0;
  transform.isHalf = isOneSided && transform.isInverse;
  if (isOneSided && transform.isComplex != transform.isInverse)
    return node.error("onesided expects a real signal, or half the spectrum of "
                      "one to go back from");
  int64_t size = type.getDimSize(*along);
  transform.length = transform.isHalf ? 2 * (size - 1) : size;
  if (node.has(1)) {
    FailureOr<int64_t> given = readNumber(node, 1, "dft_length");
    if (failed(given))
      return failure();
    transform.length = *given;
  }
  int64_t length = transform.length;
  if (length < 1)
    return node.error("the length must be at least 1, not " + Twine(length));
  if (failed(checkTableSize(node, length)))
    return failure();
  int64_t half = length / 2 + 1;
  transform.samples = std::min(size, transform.isHalf ? half : length);
  SmallVector<int64_t> shape(type.getShape());
  shape[*along] = isOneSided && !transform.isInverse ? half : length;
  shape.back() = transform.isHalf ? 1 : 2;
  if (failed(checkOutput(node, shape)))
    return failure();

  Factors factors = makeFactors(node, transform);
  Value signal = node.input(0);
  auto element = cast<FloatType>(type.getElementType());
  return node.replaceWith(makeFromIndices(
      node, node.outputType(), [&](OpBuilder &builder, ValueRange at) {
        auto readSample = [&](OpBuilder &b, Value n, int64_t part) -> Value {
          SmallVector<Value> from(at);
          from[*along] = n;
          from.back() = makeIndex(b, node.loc, part);
          return tensor::ExtractOp::create(b, node.loc, signal, from);
        };
        return makeFrequency(builder, node.loc, transform, factors, at[*along],
                             at.back(), element, readSample);
      }));
}

/// out[b, f, k] = DFT over n of signal[b, f * step + n] * window[n]
static LogicalResult lowerSTFT(NodeLowering &node) {
  if (failed(checkSignal(node, 3)))
    return failure();
  RankedTensorType type = node.inputType(0);
  FailureOr<int64_t> step = readNumber(node, 1, "frame_step");
  if (failed(step))
    return failure();
  Transform transform;
  transform.isComplex = type.getShape().back() == 2;
  if (node.has(3)) {
    FailureOr<int64_t> given = readNumber(node, 3, "frame_length");
    if (failed(given))
      return failure();
    transform.length = *given;
  } else if (node.has(2) && node.inputType(2).getRank() == 1) {
    transform.length = node.inputType(2).getDimSize(0);
  } else {
    return node.error("expects a window or a frame_length");
  }
  int64_t length = transform.samples = transform.length;
  int64_t size = type.getDimSize(1);
  if (type.getRank() != 3 || *step < 1 || length < 1 || length > size)
    return node.error("expects a signal [batch, samples, 1 or 2] of at least "
                      "one frame, and a step of at least 1");
  if (failed(checkTableSize(node, length)))
    return failure();
  auto element = cast<FloatType>(type.getElementType());
  if (node.has(2) &&
      node.inputType(2) != RankedTensorType::get({length}, element))
    return node.error("the window must have one number for each of the " +
                      Twine(length) + " samples of a frame");
  bool isOneSided = node.node.getInt("onesided", 1) != 0;
  if (isOneSided && transform.isComplex)
    return node.error("onesided expects a real signal");
  if (failed(checkOutput(node, {type.getDimSize(0), 1 + (size - length) / *step,
                                isOneSided ? length / 2 + 1 : length, 2})))
    return failure();

  Factors factors = makeFactors(node, transform);
  Value signal = node.input(0);
  Value window = node.has(2) ? node.input(2) : Value();
  return node.replaceWith(makeFromIndices(
      node, node.outputType(), [&](OpBuilder &builder, ValueRange at) {
        Value start = arith::MulIOp::create(
            builder, node.loc, at[1], makeIndex(builder, node.loc, *step));
        auto readSample = [&](OpBuilder &b, Value n, int64_t part) -> Value {
          ScalarBuilder s(b, node.loc, /*isUnsigned=*/false);
          SmallVector<Value> from = {at[0], s.add(start, n),
                                     makeIndex(b, node.loc, part)};
          Value x = tensor::ExtractOp::create(b, node.loc, signal, from);
          if (!window)
            return x;
          return s.mul(x, tensor::ExtractOp::create(b, node.loc, window, n));
        };
        return makeFrequency(builder, node.loc, transform, factors, at[2],
                             at[3], element, readSample);
      }));
}

//===----------------------------------------------------------------------===//
// MelWeightMatrix
//===----------------------------------------------------------------------===//

/// Where the triangles of the filters begin, one behind the other: equal steps
/// on the mel scale 2595 * log10(1 + f / 700), as bins of the spectrum.
static SmallVector<double> makeMelBins(int64_t filters, int64_t length,
                                       int64_t rate, double low, double high) {
  auto toMel = [](double hertz) { return 2595 * std::log10(1 + hertz / 700); };
  double step = (toMel(high) - toMel(low)) / static_cast<double>(filters + 2);
  SmallVector<double> bins;
  for (int64_t i = 0; i < filters + 2; ++i) {
    double mel = static_cast<double>(i) * step + toMel(low);
    double hertz = 700 * (std::pow(10, mel / 2595) - 1);
    bins.push_back(std::floor(static_cast<double>(length + 1) * hertz /
                              static_cast<double>(rate)));
  }
  return bins;
}

/// [length / 2 + 1, filters]: column i rises from 0 in bin i to 1 in bin i + 1
/// and falls to 0 in bin i + 2.
static LogicalResult lowerMelWeightMatrix(NodeLowering &node) {
  FailureOr<int64_t> filters = readNumber(node, 0, "num_mel_bins");
  FailureOr<int64_t> length = readNumber(node, 1, "dft_length");
  FailureOr<int64_t> rate = readNumber(node, 2, "sample_rate");
  std::optional<ConstantData> low = node.constant(3), high = node.constant(4);
  if (failed(filters) || failed(length) || failed(rate))
    return failure();
  if (!low || !high || low->size() != 1 || high->size() != 1 ||
      !isa<FloatType>(low->getElementType()) ||
      !isa<FloatType>(high->getElementType()))
    return node.errorOfShape("the edges must be constants");
  RankedTensorType type = node.outputType();
  Type element = type.getElementType();
  constexpr int64_t kMost = 1 << 20;
  if (*filters < 1 || *filters > kMost || *length < 1 || *length > kMost ||
      *rate < 1)
    return node.error("the numbers of filters and samples must lie between 1 "
                      "and " +
                      Twine(kMost) + ", and the rate must be positive");
  int64_t bins = *length / 2 + 1;
  if (failed(checkOutput(node, {bins, *filters})) ||
      failed(checkTableSize(node, bins * *filters)))
    return failure();
  if (!isa<FloatType>(element))
    return node.error("only floats are supported, not ")
           << node.onnxOutputElementType();
  SmallVector<double> edges = makeMelBins(*filters, *length, *rate,
                                          low->asDouble(0), high->asDouble(0));
  for (double edge : edges)
    if (!(edge >= 0 && edge < static_cast<double>(bins)))
      return node.error("the edges must lie between 0 and half the rate");

  SmallVector<double> weights(bins * *filters, 0);
  for (int64_t i = 0; i < *filters; ++i) {
    auto edge = [&](int64_t k) { return static_cast<int64_t>(edges[i + k]); };
    auto weight = [&](int64_t bin) -> double & {
      return weights[bin * *filters + i];
    };
    int64_t rise = edge(1) - edge(0), fall = edge(2) - edge(1);
    weight(edge(1)) = 1;
    for (int64_t bin = edge(0); bin < edge(1); ++bin)
      weight(bin) = static_cast<double>(bin - edge(0)) / rise;
    for (int64_t bin = edge(1); bin < edge(2); ++bin)
      weight(bin) = static_cast<double>(edge(2) - bin) / fall;
  }
  Value table = makeFloatTable(node, element, weights, "filters");
  return node.replaceWith(makeReshape(node, table, type.getShape()));
}

void setun::onnx::registerSpectrum(HandlerTable &table) {
  table["DFT"] = lowerDFT;
  table["STFT"] = {lowerSTFT, 2};
  table["MelWeightMatrix"] = {lowerMelWeightMatrix, 5};
}
