// How far a quantised tensor is from the float one, over all samples.
#ifndef SETUN_QUANTIZE_ERRORSUM_H
#define SETUN_QUANTIZE_ERRORSUM_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <limits>

namespace setun::quantize {

struct ErrorSum {
  /// Sums of squares of the values and of what they are off by.
  double signal = 0, noise = 0;

  void add(llvm::ArrayRef<float> exact, llvm::ArrayRef<float> quantized) {
    for (auto [x, y] : llvm::zip_equal(exact, quantized)) {
      double difference = static_cast<double>(y) - x;
      signal += static_cast<double>(x) * x;
      noise += difference * difference;
    }
  }

  /// ||quantised - exact|| / ||exact||
  double getRelative() const {
    return noise == 0    ? 0
           : signal == 0 ? std::numeric_limits<double>::infinity()
                         : std::sqrt(noise / signal);
  }

  /// The ratio of signal to quantisation noise in decibels.
  double getDecibels() const { return -20 * std::log10(getRelative()); }
};

} // namespace setun::quantize

#endif // SETUN_QUANTIZE_ERRORSUM_H
