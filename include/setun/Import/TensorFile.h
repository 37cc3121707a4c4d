// Reads the tensors that ONNX's backend tests keep as gold data: one serialized
// TensorProto a file.
#ifndef SETUN_IMPORT_TENSORFILE_H
#define SETUN_IMPORT_TENSORFILE_H

#include "setun/Support/Npy.h"

namespace setun {

/// The tensor in the file `path`, elements below 8 bits widened to whole bytes.
/// Errors begin with the path. Types that NumPy does not know are refused.
llvm::Expected<NpyArray> readTensorFile(llvm::StringRef path);

} // namespace setun

#endif // SETUN_IMPORT_TENSORFILE_H
