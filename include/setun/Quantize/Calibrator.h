// What calibration data says about a tensor of activations: the range that is
// worth having codes for, and the quantiser of 8 bits that follows.
#ifndef SETUN_QUANTIZE_CALIBRATOR_H
#define SETUN_QUANTIZE_CALIBRATOR_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <vector>

namespace setun::quantize {

enum class Calibration { MinMax, Percentile, Mse };

/// real = scale * (code - zero point); codes are 0..255, or -128..127.
struct ActivationQuantizer {
  float scale = 1;
  int zeroPoint = 0;
  bool isSigned = false;

  /// The value that stands for `x`, as QuantizeLinear and DequantizeLinear give
  /// it.
  float apply(float x) const;
};

/// The quantiser for values from `low` to `high`, widened to include 0, which
/// has a code: 0..255 with zero point 0 where nothing is negative.
ActivationQuantizer makeActivationQuantizer(float low, float high);

/// Collects the values of one tensor in a histogram whose range doubles as
/// needed.
class RangeObserver {
public:
  RangeObserver();

  void add(llvm::ArrayRef<float> values);

  /// False once a value was infinite or no number.
  bool isFinite() const { return finite; }
  float getLowest() const { return lowest; }
  float getHighest() const { return highest; }

  /// With Percentile, `percentile` percent of the values lie below the end of
  /// the range, and as many above its start. With Mse, the range with the least
  /// squared error among parts of the full one.
  ActivationQuantizer choose(Calibration method, double percentile) const;

private:
  void grow(float magnitude);
  int64_t getBin(float value) const;
  /// The value in the middle of a bin.
  float getCenter(int64_t bin) const;
  double getError(const ActivationQuantizer &quantizer) const;

  float lowest = 0, highest = 0;
  bool finite = true;
  /// Bins cover [-limit, limit); `limit` is a power of two.
  float limit;
  std::vector<int64_t> counts;
};

} // namespace setun::quantize

#endif // SETUN_QUANTIZE_CALIBRATOR_H
