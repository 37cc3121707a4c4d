// Values of small tensors during type inference: what Shape gives, and what
// Gather, Concat, Div and the like make of it before a Reshape uses it. Sizes
// go through floats, too, on their way to a Resize.
#ifndef SETUN_LIB_IMPORT_SHAPEARITHMETIC_H
#define SETUN_LIB_IMPORT_SHAPEARITHMETIC_H

#include "onnx/defs/schema.h"
#include "llvm/ADT/StringRef.h"

namespace setun::importer {

/// A tensor of shape arithmetic has at most this many elements.
inline constexpr int64_t kMaxShapeElements = 4096;

/// Evaluates `opType` of the default domain on what is known of its inputs.
/// Null if values do not go through this operator, or ONNX's own function for
/// it serves. The ones here cover every opset and count in 64 bits.
::onnx::DataPropagationFunction getShapeArithmetic(llvm::StringRef opType);

/// Wraps the inference of an operator so that a completely known input looks
/// like an initializer: most operators ask for nothing else. A vector of
/// one element does so as a scalar if `asScalars` is set.
::onnx::InferenceFunction
withKnownInputs(::onnx::InferenceFunction inferenceFunction, bool asScalars);

} // namespace setun::importer

#endif // SETUN_LIB_IMPORT_SHAPEARITHMETIC_H
