//===- Windows.cpp - What walks over an image -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "StageBuilder.h"

#include "llvm/Support/MathExtras.h"

#include "setun/Analysis/LayerFacts.h"
#include "setun/Analysis/ValueBounds.h"

#include <cmath>

using namespace mlir;

namespace setun::hls {

bool ImageWindow::isTrivial() const {
  for (int d = 0; d < 2; ++d)
    if (size[d] != 1 || strides[d] != 1 || before[d] != 0 || in[d] != out[d])
      return false;
  return true;
}

int64_t ImageWindow::getBorderedPixels() const {
  int64_t pixels = images;
  for (int d = 0; d < 2; ++d)
    pixels *= std::max(before[d] + in[d], (out[d] - 1) * strides[d] +
                                              (size[d] - 1) * steps[d] + 1);
  return pixels;
}

/// The library counts the rounds of an image in 32 bits, and countRounds() goes
/// through its windows one by one.
static LogicalResult checkRounds(Operation *op, const ImageWindow &window) {
  constexpr uint64_t maxSteps = uint64_t(1) << 28;
  auto multiply = [](uint64_t a, uint64_t b) {
    return llvm::SaturatingMultiply(a, b);
  };
  uint64_t pixels = multiply(window.in[0], window.in[1]);
  uint64_t places = multiply(window.out[0], window.out[1]);
  uint64_t taps = multiply(window.size[0], window.size[1]);
  uint64_t steps =
      llvm::SaturatingAdd(multiply(places, taps), multiply(3, pixels));
  if (window.isTrivial() ||
      (steps <= maxSteps && multiply(steps, window.channels) <= INT32_MAX))
    return success();
  return op->emitError() << "has " << pixels << " pixels and " << places
                         << " windows of " << taps << " in " << window.channels
                         << " channels; HLS code accepts 3 * pixels + windows "
                            "* size of at most "
                         << maxSteps << ", and " << INT32_MAX
                         << " times the channels";
}

FailureOr<ImageWindow> StageBuilder::readWindow(Operation *op, Value input,
                                                lowbit::WindowAttr window,
                                                Value result) {
  ArrayRef<int64_t> in = getShape(input), out = getShape(result);
  unsigned rank = window.getRank();
  if (rank > 2 || in.size() != rank + 2 || out.size() != rank + 2)
    return op->emitError() << "has " << rank
                           << " spatial dimensions; HLS code accepts images "
                              "of one or two";
  ImageWindow read;
  read.images = in[0];
  read.channels = in[1];
  for (int d = 0; d < 2; ++d) {
    // A signal is an image of one line.
    int from = d - (2 - static_cast<int>(rank));
    bool exists = from >= 0;
    read.in[d] = exists ? in[2 + from] : 1;
    read.out[d] = exists ? out[2 + from] : 1;
    read.size[d] = exists ? window.getSize()[from] : 1;
    read.strides[d] = exists ? window.getStrides()[from] : 1;
    read.steps[d] = exists ? window.getDilations()[from] : 1;
    read.before[d] = exists ? window.getBegin(from) : 0;
    if (exists && window.getOutputs(from, read.in[d]) != read.out[d])
      return op->emitError("its output has another size than its window "
                           "says; HLS code does not accept ceil_mode");
  }
  if (failed(checkRounds(op, read)))
    return failure();
  return read;
}

FailureOr<lowbit::WindowAttr> StageBuilder::readNodeWindow(onnx::NodeOp op) {
  ArrayRef<int64_t> in = getShape(op.getInputs()[0]);
  int64_t rank = in.size() - 2;
  StringRef padding = op.getString("auto_pad", "NOTSET");
  bool isSame = padding == "SAME_UPPER" || padding == "SAME_LOWER";
  if (rank < 1 || (padding != "NOTSET" && padding != "VALID" && !isSame))
    return op.emitError()
           << "auto_pad is '" << padding
           << "'; HLS code accepts NOTSET, VALID, SAME_UPPER and "
              "SAME_LOWER, and images";
  SmallVector<int64_t> ones(rank, 1), zeros(2 * rank, 0);
  ArrayRef<int64_t> size;
  if (auto given = op.getInts("kernel_shape"))
    size = *given;
  else if (op.getInputs().size() > 1)
    size = getShape(op.getInputs()[1]).drop_front(2);
  ArrayRef<int64_t> strides = op.getInts("strides").value_or(ones),
                    dilations = op.getInts("dilations").value_or(ones),
                    pads = op.getInts("pads").value_or(zeros);
  if (padding == "VALID")
    pads = zeros;
  if (static_cast<int64_t>(size.size()) != rank ||
      static_cast<int64_t>(strides.size()) != rank ||
      static_cast<int64_t>(dilations.size()) != rank ||
      static_cast<int64_t>(pads.size()) != 2 * rank)
    return op.emitError("its attributes do not have a number for each spatial "
                        "dimension");
  // ceil(in / stride) places; what is missing is shared, the odd one goes where
  // the name says.
  SmallVector<int64_t> same(2 * rank, 0);
  for (int64_t d = 0; isSame && d < rank; ++d) {
    int64_t stride = std::max<int64_t>(strides[d], 1);
    int64_t places = (in[2 + d] + stride - 1) / stride;
    int64_t missing = std::max<int64_t>(
        (places - 1) * stride + (size[d] - 1) * dilations[d] + 1 - in[2 + d],
        0);
    same[d] = padding == "SAME_UPPER" ? missing / 2 : missing - missing / 2;
    same[rank + d] = missing - same[d];
  }
  if (isSame)
    pads = same;
  auto attribute = lowbit::WindowAttr::getChecked(
      [&] { return op.emitError(); }, op.getContext(), size, strides, dilations,
      pads);
  if (!attribute)
    return failure();
  return attribute;
}

static std::string printShape(const ImageWindow &window) {
  return fmt::format(
      "typedef setun_hls::window_shape<{}, {}, {}, {}, {}, {}, {}, {}, {}, "
      "{}, {}, {}> shape;",
      window.in[0], window.in[1], window.out[0], window.out[1], window.size[0],
      window.size[1], window.strides[0], window.strides[1], window.steps[0],
      window.steps[1], window.before[0], window.before[1]);
}

/// Elements that come before those of the first window are complete.
static int64_t getDelay(const ImageWindow &window) {
  int64_t lines = (window.size[0] - 1) * window.steps[0] + 1 - window.before[0];
  return std::clamp<int64_t>(lines, 1, window.in[0]) * window.in[1] *
         window.channels;
}

namespace {
/// In which rounds of slide_window() a pixel has come, and a window gone.
struct WindowRounds {
  std::vector<int64_t> came, gone;
  int64_t all = 0;
};
} // namespace

/// Of an image whose pixels are `beats` each: pixels come one after the other,
/// where they replace what no window needs; windows go one after the other,
/// each beat three rounds after it has come.
static WindowRounds countRounds(const ImageWindow &window, int64_t beats) {
  constexpr int64_t settling = 3;
  int64_t rows = window.in[0], columns = window.in[1];
  int64_t span = (window.size[0] - 1) * window.steps[0] + 1;
  WindowRounds rounds;
  std::vector<int64_t> &came = rounds.came; // the round behind a pixel
  int64_t now = 0;                          // the round behind the last window
  auto readUpTo = [&](int64_t pixels) {
    for (int64_t p = came.size(); p < std::min(pixels, rows * columns); ++p)
      came.push_back(std::max(came.empty() ? 0 : came.back(), now) + beats);
  };
  for (int64_t y = 0; y < window.out[0]; ++y)
    for (int64_t x = 0; x < window.out[1]; ++x) {
      int64_t top = y * window.strides[0] - window.before[0];
      int64_t left = x * window.strides[1] - window.before[1];
      int64_t needed =
          top < 0 ? 0
                  : top * columns + std::clamp<int64_t>(left, 0, columns - 1);
      readUpTo(needed + span * columns);
      for (int64_t ky = 0; ky < window.size[0]; ++ky)
        for (int64_t kx = 0; kx < window.size[1]; ++kx) {
          int64_t row = top + ky * window.steps[0],
                  column = left + kx * window.steps[1];
          if (row >= 0 && row < rows && column >= 0 && column < columns)
            now =
                std::max(now, came[row * columns + column] - beats + settling);
          now += beats;
        }
      rounds.gone.push_back(now);
    }
  readUpTo(rows * columns);
  rounds.all = std::max(now, came.empty() ? 0 : came.back());
  return rounds;
}

/// Of one image: windows are the steps in which beats are counted.
static Pace getPace(const ImageWindow &window, int64_t beats,
                    WindowRounds counted) {
  if (window.images != 1)
    return {};
  auto rounds = std::make_shared<WindowRounds>(std::move(counted));
  int64_t perWindow = window.getTaps() * beats;
  return {[=](int64_t wanted, bool late) {
            int64_t windows =
                late ? llvm::divideCeil(wanted, perWindow) : wanted / perWindow;
            return windows == 0 ? 0 : rounds->gone[windows - 1];
          },
          [=](int64_t round, bool late) {
            // Begun, or complete.
            int64_t last = late ? round + beats : round;
            return (llvm::upper_bound(rounds->came, last) -
                    rounds->came.begin()) *
                   beats;
          }};
}

static int64_t getBorderedColumns(const ImageWindow &window) {
  return std::max(window.before[1] + window.in[1],
                  (window.out[1] - 1) * window.strides[1] +
                      (window.size[1] - 1) * window.steps[1] + 1);
}

Stream *StageBuilder::addWholeWindowStage(Operation *op, StringRef name,
                                          const ImageWindow &window,
                                          Stream *input, StringRef padding) {
  Stage *stage = design.addStage(design.names.unique((name + "_window").str()));
  stage->comment = fmt::format(
      "Lines of the image for {}: {} x {} at {} places, whole.", getTitle(op),
      window.size[0], window.size[1], window.getPlaces());
  int64_t beat = window.getTaps() * window.channels;
  stage->inputs.push_back({input, "in", window.channels});
  Stream *stream =
      design.addStream(stage->name + "_out", input->type,
                       StreamOrder({{window.getPlaces() * beat, 1}}), beat);
  stage->outputs.push_back({stream, "out", beat});
  stage->statements.push_back(printShape(window));
  stage->statements.push_back(
      fmt::format("setun_hls::whole_window<shape, {}, {}, {}>(in, out, {});",
                  window.images, window.channels, input->type, padding));
  stage->cycles = window.getBorderedPixels();
  if (window.images == 1)
    stage->pace = {
        [=](int64_t beats, bool) {
          int64_t y = (beats - 1) / window.out[1],
                  x = (beats - 1) % window.out[1];
          int64_t width = (window.size[1] - 1) * window.steps[1] + 1;
          return beats == 0 ? 0
                            : (y * window.strides[0] +
                               (window.size[0] - 1) * window.steps[0]) *
                                      getBorderedColumns(window) +
                                  x * window.strides[1] + width;
        },
        [=](int64_t rounds, bool) {
          int64_t row = rounds / getBorderedColumns(window) - window.before[0],
                  column =
                      rounds % getBorderedColumns(window) - window.before[1];
          if (row < 0 || row >= window.in[0])
            return row < 0 ? int64_t(0) : window.in[0] * window.in[1];
          return row * window.in[1] +
                 std::clamp<int64_t>(column, 0, window.in[1]);
        }};
  stage->delay = getDelay(window);
  // A memory for each line but the newest, and what the window sees.
  int64_t pixel = window.channels * getTypeBits(input->type);
  int64_t span = (window.size[0] - 1) * window.steps[0] + 1,
          width = (window.size[1] - 1) * window.steps[1] + 1;
  int64_t columns = window.getBorderedPixels() /
                    std::max<int64_t>(1, window.images * window.in[0]);
  addPart(*stage, "lines", (span - 1) * fpga::ram(columns, pixel));
  addPart(*stage, "window", {0, span * width * pixel});
  return stream;
}

Stream *StageBuilder::addWindowStage(Operation *op, StringRef name,
                                     const ImageWindow &window, Stream *input,
                                     int64_t lanes, StringRef padding) {
  Stage *stage = design.addStage(design.names.unique((name + "_window").str()));
  stage->comment = fmt::format(
      "Lines of the image for {}: {} x {} at {} places.", getTitle(op),
      window.size[0], window.size[1], window.getPlaces());
  int64_t elements = window.getPlaces() * window.getTaps() * window.channels;
  stage->inputs.push_back({input, "in", lanes});
  Stream *stream = design.addStream(stage->name + "_out", input->type,
                                    StreamOrder({{elements, 1}}), lanes);
  stage->outputs.push_back({stream, "out", lanes});
  stage->statements.push_back(printShape(window));
  stage->statements.push_back(
      fmt::format("setun_hls::slide_window<shape, {}, {}, {}>(in, out, {});",
                  window.images, window.channels, input->type, padding));
  WindowRounds rounds = countRounds(window, window.channels / lanes);
  stage->cycles = window.images * rounds.all;
  stage->pace = getPace(window, window.channels / lanes, std::move(rounds));
  stage->delay = getDelay(window);
  // The last line of places comes behind the last line of the image.
  stage->tail = window.out[1] * window.getTaps() * window.channels / lanes;
  int64_t span = (window.size[0] - 1) * window.steps[0] + 1;
  addPart(*stage, "lines",
          fpga::ram(span * window.in[1] * window.channels / lanes,
                    lanes * getTypeBits(input->type)));
  return stream;
}

FailureOr<Stream *> StageBuilder::addCodeWindow(Operation *op, StringRef name,
                                                const ImageWindow &window,
                                                Stream *input, Value codes,
                                                int64_t padding,
                                                int64_t lanes) {
  if (window.isTrivial())
    return input;
  Type code = getElementTypeOrSelf(codes.getType());
  bool isPadded = op->getAttrOfType<lowbit::WindowAttr>("window").isPadded();
  if (isPadded && !lowbit::isCodeValue(code, padding)) {
    // The code outside of the image is none of those inside.
    lowbit::CodeRange range = lowbit::getCodeRange(code);
    std::string type =
        fmt::format("ap_int<{}>", getSignedBits(std::min(range.min, padding),
                                                std::max(range.max, padding)));
    Stage *stage =
        design.addStage(design.names.unique((name + "_widened").str()));
    stage->comment = "Codes of a type that has one for what is outside of the "
                     "image.";
    stage->declarations = fmt::format(
        "struct {0}_step {{\n  {1} operator()(const {2} &x, int) const {{\n"
        "#pragma HLS INLINE\n    return {1}(setun_hls::to_integer(x));\n  "
        "}}\n}};\n",
        stage->name, type, input->type);
    stage->inputs.push_back({input, "in", 1});
    Stream *stream =
        design.addStream(stage->name + "_out", type, input->order, 1);
    stage->outputs.push_back({stream, "out", 1});
    stage->statements.push_back(
        fmt::format("const {}_step step = {{}};", stage->name));
    stage->statements.push_back(fmt::format(
        "setun_hls::map<{}, 1>(in, out, step);", input->getElements()));
    stage->cycles = input->getElements();
    input = stream;
  }
  std::string literal =
      input->type == "setun_hls::bipolar"
          ? fmt::format("setun_hls::make_bipolar({})", padding > 0)
          : fmt::format("{}({})", input->type, padding);
  return lanes == 0 ? addWholeWindowStage(op, name, window, input, literal)
                    : addWindowStage(op, name, window, input, lanes, literal);
}

//===----------------------------------------------------------------------===//
// Pools
//===----------------------------------------------------------------------===//

LogicalResult StageBuilder::buildPooling(Operation *op, Value input,
                                         Value result,
                                         const ImageWindow &window,
                                         StringRef combine, StringRef padding,
                                         int64_t divisor) {
  FailureOr<Stream *> source =
      getInOrder(input, StreamOrder::channelsLast(getShape(input)), op);
  if (failed(source))
    return failure();
  std::string name = nameStage(op);
  int64_t lanes =
      window.channels % (*source)->lanes == 0 ? (*source)->lanes : 1;
  lanes = limitLanes(
      lanes, getChainBits(result, StreamOrder::channelsLast(getShape(result)),
                          window.channels));
  Stream *places = window.isTrivial() ? *source
                                      : addWindowStage(op, name, window,
                                                       *source, lanes, padding);
  StreamOrder order = StreamOrder::channelsLast(getShape(result));
  Functor functor(design, name, order, window.channels);
  std::string type = getElementType(result);
  functor.addParameter(result, "x", type);
  if (divisor != 1)
    functor.addDivision(result, float(divisor), op);
  FailureOr<Chain> chain = buildChain(functor, result, window.channels, name);
  if (failed(chain))
    return failure();
  Stage *stage = design.addStage(name);
  stage->comment = fmt::format("{}: {} windows of {}.", commentOf(op, *chain),
                               window.getPlaces(), window.getTaps());
  stage->inputs.push_back({places, "in", lanes});
  addMembers(*stage, *chain);
  stage->statements.push_back(fmt::format(
      "setun_hls::pool_windows<{}, {}, {}>(in, out, setun_hls::{}(), step);",
      window.getPlaces(), window.getTaps(), window.channels, combine));
  stage->cycles =
      window.getPlaces() * window.getTaps() * window.channels / lanes;
  int64_t pixel = window.channels / lanes, taps = window.getTaps();
  stage->pace = {[=](int64_t beats, bool) {
                   // The last place of a window gives a beat for a beat.
                   return beats == 0 ? 0
                                     : (beats - 1) / pixel * taps * pixel +
                                           (taps - 1) * pixel +
                                           (beats - 1) % pixel + 1;
                 },
                 [](int64_t rounds, bool) { return rounds; }};
  estimatePool(*stage, combine.starts_with("take_max"), type, window.channels,
               lanes);
  finishStage(*stage, *chain, order, lanes);
  return success();
}

/// One code as C++ writes it.
static std::string printCode(StringRef type, int64_t value) {
  return type == "setun_hls::bipolar"
             ? fmt::format("setun_hls::make_bipolar({})", value > 0)
             : fmt::format("{}({})", type, value);
}

LogicalResult StageBuilder::buildPool(lowbit::PoolOp op) {
  if (op.getChannelsLast())
    return op.emitError("has its channels last, which HLS code does not "
                        "expect");
  FailureOr<ImageWindow> window =
      readWindow(op, op.getInput(), op.getWindow(), op.getResult());
  if (failed(window))
    return failure();
  std::string type = getElementType(op.getResult());
  int64_t lowest = lowbit::getCodeRange(op.getType().getElementType()).min;
  return buildPooling(op, op.getInput(), op.getResult(), *window,
                      fmt::format("take_max<{}>", type),
                      printCode(type, lowest));
}

LogicalResult StageBuilder::buildSumPool(lowbit::SumPoolOp op) {
  if (op.getChannelsLast())
    return op.emitError("has its channels last, which HLS code does not "
                        "expect");
  FailureOr<ImageWindow> window =
      readWindow(op, op.getInput(), op.getWindow(), op.getResult());
  if (failed(window))
    return failure();
  Type code = op.getInput().getType().getElementType();
  int64_t zero = op.getZeroPoint();
  if (op.getWindow().isPadded() && !lowbit::isCodeValue(code, zero))
    return op.emitError("is padded with a zero point that is no code; HLS "
                        "code accepts a code");
  std::string type = getElementType(op.getInput());
  lowbit::CodeRange range = getValueBounds(op.getResult()).getHull();
  return buildPooling(op, op.getInput(), op.getResult(), *window,
                      fmt::format("take_sum<{}, {}>",
                                  getSignedBits(range.min, range.max), zero),
                      printCode(type, zero));
}

LogicalResult StageBuilder::buildFloatPool(onnx::NodeOp op) {
  Value input = op.getInputs()[0], result = op.getOutputs()[0];
  bool isMax = op.getOpType() == "MaxPool";
  Type element = getElementTypeOrSelf(input.getType());
  if (!(element.isF32() || (isMax && element.isInteger(32))) ||
      op.getOutputs().size() != 1)
    return op.emitError("HLS code accepts pools of f32 with one output");
  FailureOr<lowbit::WindowAttr> attribute = readNodeWindow(op);
  if (failed(attribute))
    return failure();
  FailureOr<ImageWindow> window = readWindow(op, input, *attribute, result);
  if (failed(window))
    return failure();
  if (element.isInteger(32)) {
    // Fixed point: no window lies outside of the image.
    std::string type = getElementType(result);
    lowbit::CodeRange range = getValueBounds(result).getHull();
    return buildPooling(op, input, result, *window,
                        fmt::format("take_max<{}>", type),
                        fmt::format("{}({}LL)", type, range.min));
  }
  if (isMax)
    return buildPooling(op, input, result, *window, "take_max_float",
                        "setun_hls::bits_to_float(0xff800000u)");
  if (attribute->isPadded())
    return op.emitError("is padded; HLS code accepts AveragePool without "
                        "pads");
  return buildPooling(op, input, result, *window, "take_sum_float", "0.0f",
                      /*divisor=*/window->getTaps());
}

//===----------------------------------------------------------------------===//
// Other sizes
//===----------------------------------------------------------------------===//

/// Where output `o` of a dimension is taken from; negative if nobody knows.
static int64_t getSource(StringRef transform, StringRef rounding, double scale,
                         int64_t o, int64_t inputs) {
  double source = double(o) / scale;
  if (transform == "half_pixel")
    source = (double(o) + 0.5) / scale - 0.5;
  else if (transform != "asymmetric")
    return -1;
  double rounded;
  if (rounding == "simple")
    rounded = scale < 1 ? std::ceil(source) : std::trunc(source);
  else if (rounding == "floor")
    rounded = std::floor(source);
  else if (rounding == "ceil")
    rounded = std::ceil(source);
  else if (rounding == "round_prefer_ceil")
    rounded = std::floor(source + 0.5);
  else
    rounded = std::ceil(source - 0.5);
  return int64_t(std::clamp(rounded, 0.0, double(inputs - 1)));
}

LogicalResult StageBuilder::buildResize(onnx::NodeOp op) {
  Value input = op.getInputs()[0], result = op.getOutputs()[0];
  ArrayRef<int64_t> in = getShape(input), out = getShape(result);
  bool isOld = op.getSinceVersion() < 11 || op.getOpType() == "Upsample";
  StringRef transform =
      isOld ? "asymmetric"
            : op.getString("coordinate_transformation_mode", "half_pixel");
  StringRef rounding =
      isOld ? "simple" : op.getString("nearest_mode", "round_prefer_floor");
  if (in.size() != 4 || in[0] != out[0] || in[1] != out[1] ||
      op.getString("mode", "nearest") != "nearest" || op.getInts("axes"))
    return op.emitError("HLS code accepts Resize of mode nearest that changes "
                        "lines and columns of an image");
  Value scalesInput = op.getInputOrNull(isOld ? 1 : 2);
  std::optional<Numbers> scales;
  if (scalesInput && isa<RankedTensorType>(scalesInput.getType()))
    scales = getNumbers(scalesInput);
  std::string name = nameStage(op);
  std::string tables[2];
  for (int d = 0; d < 2; ++d) {
    double scale = double(out[2 + d]) / double(in[2 + d]);
    if (scales && scales->isFloat && scales->floats.size() == 4)
      scale = scales->floats[2 + d];
    Numbers sources;
    for (int64_t o = 0; o < out[2 + d]; ++o)
      sources.integers.push_back(
          getSource(transform, rounding, scale, o, in[2 + d]));
    if (sources.integers.front() < 0)
      return op.emitError()
             << "has coordinate_transformation_mode '" << transform
             << "'; HLS code accepts asymmetric and half_pixel";
    tables[d] = design.names.unique(name + (d == 0 ? "_rows" : "_columns"));
    addTable(design, "Where each line or column is taken from.", tables[d],
             sources, out[2 + d]);
  }
  FailureOr<Stream *> source =
      getInOrder(input, StreamOrder::channelsLast(in), op);
  if (failed(source))
    return failure();
  int64_t lanes = in[1] % (*source)->lanes == 0 ? (*source)->lanes : 1;
  Stage *stage = design.addStage(name);
  stage->comment = fmt::format("{}: {} x {} -> {} x {}.", getTitle(op), in[2],
                               in[3], out[2], out[3]);
  stage->inputs.push_back({*source, "in", lanes});
  Stream *stream = design.addStream(stage->name + "_out", (*source)->type,
                                    StreamOrder::channelsLast(out), lanes);
  stage->outputs.push_back({stream, "out", lanes});
  stage->statements.push_back(fmt::format(
      "setun_hls::resize_nearest<{}, {}, {}, {}, {}, {}>(in, out, {}, {});",
      in[0], in[2], in[3], out[2], out[3], in[1], tables[0], tables[1]));
  stage->cycles = (stream->getElements() + (*source)->getElements()) / lanes;
  stage->delay = in[3] * in[1];
  stage->tail = (out[2] + in[2] - 1) / in[2] * out[3] * in[1] / lanes;
  addPart(
      *stage, "line",
      fpga::ram(in[3] * in[1] / lanes, lanes * getTypeBits((*source)->type)));
  flows[result] = {stream, stream->order};
  return success();
}

} // namespace setun::hls
