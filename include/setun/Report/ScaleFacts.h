//===- ScaleFacts.h - What fixed scales change ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How far a model with fixed point or static scales is from its own floats, as
// seen on data.
//===----------------------------------------------------------------------===//

#ifndef SETUN_REPORT_SCALEFACTS_H
#define SETUN_REPORT_SCALEFACTS_H

#include <cstdint>
#include <string>
#include <vector>

namespace setun {

/// A scale that rows would find at run time, and that data has fixed.
struct StaticScaleFacts {
  /// The ONNX node.
  std::string node;
  /// The largest magnitudes of rows: of all, and the least of them. No value
  /// that was seen is clipped, since the largest row has the scale.
  double largest = 0, least = 0;
  int64_t samples = 0;

  std::string describe() const;
};

/// The difference between two compilations of a model.
struct ScaleFacts {
  std::vector<StaticScaleFacts> staticScales;
  int64_t samples = 0;
  /// No data was given, and none lies beside the model.
  bool isRandom = false;
  /// The largest |difference| of any output.
  double largestError = 0;
  /// Rows of float outputs whose largest element is another, and all.
  int64_t classes = 0, rows = 0;
  /// Codes inside of the model, and integers of outputs, that differ, and all.
  int64_t codes = 0, allCodes = 0;

  std::string describe() const;
};

} // namespace setun

#endif // SETUN_REPORT_SCALEFACTS_H
