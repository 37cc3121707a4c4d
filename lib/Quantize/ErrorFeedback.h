// Rounding weights one after the other, each making up for those before it.
#ifndef SETUN_LIB_QUANTIZE_ERRORFEEDBACK_H
#define SETUN_LIB_QUANTIZE_ERRORFEEDBACK_H

#include "setun/Quantize/WeightQuantizer.h"

namespace setun::quantize {

/// Replaces the codes of each row (and its scale, where it has one of its own)
/// by better ones if rounding with feedback finds them.
void feedBackErrors(QuantizedMatrix &matrix, llvm::ArrayRef<float> weights,
                    int64_t columns, const WeightOptions &options,
                    llvm::ArrayRef<double> moments);

} // namespace setun::quantize

#endif // SETUN_LIB_QUANTIZE_ERRORFEEDBACK_H
