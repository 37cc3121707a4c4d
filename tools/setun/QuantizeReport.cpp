// The table of setun quantize.
#include "QuantizeReport.h"

#include "Diagnostics.h"
#include "Expectation.h"

#include "llvm/Support/raw_ostream.h"

#include <fmt/format.h>

using namespace llvm;
using namespace setun::quantize;

namespace setun::driver {

Progress::Progress(StringRef phase, int64_t total, StringRef what)
    : phase(phase.str()), what(what.str()), total(total),
      counts(errs().is_displayed()) {
  if (counts)
    print();
  else
    errs() << "setun: " << phase << ": " << total << ' ' << what << '\n';
}

Progress::~Progress() {
  if (counts)
    errs() << '\n';
}

void Progress::step() {
  ++done;
  // A terminal need not see more than a few hundred changes.
  if (counts &&
      (done == total || done % std::max<int64_t>(1, total / 200) == 0))
    print();
}

void Progress::print() {
  errs() << "\rsetun: " << phase << ": " << done << " of " << total << ' '
         << what;
}

void Accuracy::add(const NpyArray &output, int64_t label) {
  ++total;
  bool isClass = !isNpyFloat(output.dtype) && output.size() == 1;
  int64_t given = isClass ? static_cast<int64_t>(getElement(output, 0))
                          : getArgmax(output, 0, output.size());
  right += given == label;
}

ReportRow describeLayer(const QuantizedLayer &quantized,
                        const ActivationQuantizer *activation, bool isPacked) {
  const ProductLayer &layer = quantized.layer;
  ReportRow row;
  row.name = layer.name;
  row.opType = layer.opType;
  row.weights = getSchemeName(quantized.options.scheme);
  if (quantized.options.scheme == WeightScheme::Int4 && !isPacked)
    row.weights += " in int8";
  if (quantized.options.group > 0)
    row.weights += fmt::format(" per {}", quantized.options.group);
  row.activation = !activation            ? "float"
                   : activation->isSigned ? "int8"
                                          : "uint8";
  row.weightError.add(layer.weights,
                      quantized.weights.dequantize(layer.columns));
  return row;
}

/// One line of a terminal; of a long name the end is kept.
static std::string cut(StringRef name) {
  constexpr size_t most = 40;
  std::string text = escapeForTerminal(name);
  return text.size() <= most ? text
                             : "..." + text.substr(text.size() - most + 3);
}

static std::string decibels(const ErrorSum &error) {
  return error.noise == 0 ? "exact"
                          : fmt::format("{:.1f} dB", error.getDecibels());
}

std::string QuantizeReport::print() const {
  std::string text = fmt::format("{:40} {:8} {:16} {:11} {:>9}", "layer",
                                 "operator", "codes", "activation", "weights");
  text +=
      samples > 0 ? fmt::format(" {:>9} {:>9}\n", "result", "relative") : "\n";
  auto result = [&](const ErrorSum &error) {
    return samples > 0 ? fmt::format(" {:>9} {:>9.3g}\n", decibels(error),
                                     error.getRelative())
                       : "\n";
  };
  for (const ReportRow &row : layers)
    text +=
        fmt::format("{:40} {:8} {:16} {:11} {:>9}", cut(row.name), row.opType,
                    row.weights, row.activation, decibels(row.weightError)) +
        result(row.resultError);
  for (const ReportRow &row : outputs)
    text += fmt::format("{:40} {:8} {:16} {:11} {:>9}", cut(row.name), "output",
                        "", "", "") +
            result(row.resultError);
  for (const FloatLayer &layer : left)
    text += fmt::format("left float: node '{}' ({}): {}\n",
                        escapeForTerminal(layer.name),
                        escapeForTerminal(layer.opType), layer.reason);
  for (const std::string &note : notes)
    text += "note: " + note + "\n";
  if (floatAccuracy.total > 0) {
    auto percent = [](const Accuracy &accuracy) {
      return 100.0 * static_cast<double>(accuracy.right) /
             static_cast<double>(accuracy.total);
    };
    text += fmt::format("accuracy: {:.2f} % float, {:.2f} % quantised "
                        "({} and {} of {})\n",
                        percent(floatAccuracy), percent(quantizedAccuracy),
                        floatAccuracy.right, quantizedAccuracy.right,
                        floatAccuracy.total);
  }
  return text;
}

} // namespace setun::driver
