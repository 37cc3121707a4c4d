// When the bytes of constants are given back. MLIR keeps a resource as long as
// its context, also where nobody can read it any more; of big models that would
// be several copies of all weights.
#ifndef SETUN_DIALECTS_ONNX_CONSTANTMEMORY_H
#define SETUN_DIALECTS_ONNX_CONSTANTMEMORY_H

#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseSet.h"

namespace setun::onnx {

using Blob = mlir::DialectResourceBlobManager::BlobEntry;
using BlobSet = llvm::DenseSet<Blob *>;

/// The resources that attributes of `root` and of the ops in it refer to.
BlobSet findBlobs(mlir::Operation *root);

/// All resources of the context.
BlobSet findAllBlobs(mlir::MLIRContext *context);

/// Frees the bytes of those of `blobs` that are not in `used`.
void releaseUnused(const BlobSet &blobs, const BlobSet &used);

} // namespace setun::onnx

#endif // SETUN_DIALECTS_ONNX_CONSTANTMEMORY_H
