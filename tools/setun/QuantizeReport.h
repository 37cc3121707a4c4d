// What setun quantize says: progress, and how much was lost.
#ifndef SETUN_TOOLS_SETUN_QUANTIZEREPORT_H
#define SETUN_TOOLS_SETUN_QUANTIZEREPORT_H

#include "setun/Quantize/ErrorSum.h"
#include "setun/Quantize/GraphRewriter.h"
#include "setun/Support/Npy.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace setun::driver {

/// A line on stderr for each phase; on a terminal it counts.
class Progress {
public:
  /// `what` are the steps: samples, layers.
  Progress(llvm::StringRef phase, int64_t total, llvm::StringRef what);
  ~Progress();
  void step();

private:
  void print();

  std::string phase, what;
  int64_t total, done = 0;
  bool counts;
};

/// How often the first output's largest value is the label.
struct Accuracy {
  int64_t right = 0, total = 0;
  void add(const NpyArray &output, int64_t label);
};

/// A row of the table: a layer or an output of the model.
struct ReportRow {
  std::string name, opType, weights, activation;
  quantize::ErrorSum weightError, resultError;
};

struct QuantizeReport {
  /// Are there results, of so many samples?
  int64_t samples = 0;
  std::vector<ReportRow> layers, outputs;
  std::vector<quantize::FloatLayer> left;
  std::vector<std::string> notes;
  Accuracy floatAccuracy, quantizedAccuracy;

  std::string print() const;
};

/// The row of a layer, without results.
ReportRow describeLayer(const quantize::QuantizedLayer &layer,
                        const quantize::ActivationQuantizer *activation,
                        bool isPacked);

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_QUANTIZEREPORT_H
