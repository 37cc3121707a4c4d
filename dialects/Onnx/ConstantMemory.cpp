// Resources are entries of a map in the builtin dialect. They stay there, only
// their bytes go.
#include "dialects/Onnx/ConstantMemory.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinDialect.h"

using namespace mlir;
using namespace setun::onnx;

BlobSet setun::onnx::findBlobs(Operation *root) {
  BlobSet blobs;
  root->walk([&](Operation *op) {
    op->getAttrDictionary().walk([&](DenseResourceElementsAttr attr) {
      blobs.insert(attr.getRawHandle().getResource());
    });
  });
  return blobs;
}

BlobSet setun::onnx::findAllBlobs(MLIRContext *context) {
  BlobSet blobs;
  DialectResourceBlobManager &manager =
      DenseResourceElementsHandle::getManagerInterface(context)
          .getBlobManager();
  manager.getBlobMap([&](const llvm::StringMap<Blob> &map) {
    for (const llvm::StringMapEntry<Blob> &entry : map)
      blobs.insert(const_cast<Blob *>(&entry.getValue()));
  });
  return blobs;
}

void setun::onnx::releaseUnused(const BlobSet &blobs, const BlobSet &used) {
  for (Blob *blob : blobs)
    if (!used.contains(blob) && blob->getBlob())
      blob->setBlob(AsmResourceBlob());
}
