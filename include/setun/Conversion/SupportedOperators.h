// Which operators of ONNX the conversions know by name. The importer expands
// the others where ONNX says how.
#ifndef SETUN_CONVERSION_SUPPORTEDOPERATORS_H
#define SETUN_CONVERSION_SUPPORTEDOPERATORS_H

#include "llvm/ADT/StringRef.h"

namespace setun {

/// Is there a handler for this operator?
bool isSupportedOperator(llvm::StringRef domain, llvm::StringRef opType);

} // namespace setun

#endif // SETUN_CONVERSION_SUPPORTEDOPERATORS_H
