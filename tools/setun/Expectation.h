// What a model's outputs have to agree with: expect.json beside the model, and
// the comparison of one output with its gold data.
#ifndef SETUN_TOOLS_SETUN_EXPECTATION_H
#define SETUN_TOOLS_SETUN_EXPECTATION_H

#include "setun/Support/Npy.h"

#include <string>

namespace setun::driver {

/// The contents of expect.json. Without the file these are the ONNX backend
/// suite's tolerances.
struct Expectation {
  double atol = 1e-7;
  double rtol = 1e-3;
  /// The class (largest value of the last dimension) must be the same, too.
  bool argmax = false;
  /// This part of the values may be off by more, but not by more than
  /// `mismatchAtol` if that is given (not negative).
  double maxMismatchFraction = 0;
  double mismatchAtol = -1;
  /// What a refusal by the compiler means: as good as a match, a failure, or,
  /// where nobody says, only a refusal.
  enum class Refusal { Fine, Fails, Unspecified };
  Refusal refusal = Refusal::Unspecified;
};

/// Reads expect.json of a model's folder; defaults if there is none. Unknown
/// keys are errors: a misspelt tolerance must not be ignored.
llvm::Expected<Expectation> readExpectation(llvm::StringRef folder);

/// The outcome of comparing one output.
struct Comparison {
  bool matches = false;
  /// Largest |got - want| of a match.
  double maxError = 0;
  /// What is wrong, otherwise.
  std::string reason;
};

/// Compares with |got - want| <= atol + rtol * |want|. Integers know no rtol:
/// they are equal unless atol is 1 or more. NaN equals NaN.
Comparison compareArrays(const NpyArray &got, const NpyArray &want,
                         const Expectation &expectation);

/// Element `index` as a number; 64-bit integers beyond 2^53 are rounded.
double getElement(const NpyArray &array, int64_t index);

/// The index of the largest of `count` elements from `first` on; the first of
/// equals.
int64_t getArgmax(const NpyArray &array, int64_t first, int64_t count);

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_EXPECTATION_H
